import type { BytePath } from "../byte-path.ts";
import { fileIdentities } from "../content-hash.ts";
import { ClipfindError } from "../errors.ts";
import { isJpegHead } from "../metadata/is-jpeg-head.ts";
import { readMetadata } from "../metadata/read-metadata.ts";
import { serveParent } from "../threads/serve-parent.ts";
import type { PhotoIdentity } from "./photo-encoder.ts";
import type { DescribedFile } from "./photo-reader.ts";
import { maximumBytes, readPhoto } from "./read-photo.ts";

// The process behind PhotoReader.
serveParent(() => {
  const start = cpu();
  return {
    identify: (paths: readonly BytePath[]): Promise<(PhotoIdentity | undefined)[]> =>
      fileIdentities(paths, Number(maximumBytes)),
    describe: async (paths: readonly BytePath[]): Promise<(DescribedFile | string)[]> => {
      const described: (DescribedFile | string)[] = [];
      // One after the other: a photo is as large as it is.
      for (const path of paths) described.push(await describe(path));
      return described;
    },
    times: () => ({ start, hash: cpu() - start }),
  };
});

async function describe(path: BytePath): Promise<DescribedFile | string> {
  try {
    const { bytes, fingerprint } = await readPhoto(path, isJpegHead);
    return { fingerprint, metadata: readMetadata(bytes) };
  } catch (error) {
    if (!(error instanceof ClipfindError)) throw error;
    return error.message;
  }
}

/** CPU time of this process, in milliseconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

import type { BytePath } from "../byte-path.ts";
import { fileIdentities } from "../content-hash.ts";
import { serveParent } from "../threads/serve-parent.ts";
import type { PhotoIdentity } from "./photo-encoder.ts";
import { maximumBytes } from "./read-photo.ts";

// The process behind PhotoReader.
serveParent(() => {
  const start = cpu();
  return {
    identify: (paths: readonly BytePath[]): Promise<(PhotoIdentity | undefined)[]> =>
      fileIdentities(paths, Number(maximumBytes)),
    times: () => ({ start, hash: cpu() - start }),
  };
});

/** CPU time of this process, in milliseconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import type { ArchiveRules } from "./archive-rules.ts";

/** The bits of a Unix mode that say what an entry is, and what they are for a link and for nothing said (stat.h). */
const kinds = { mask: 0o170000, link: 0o120000, file: 0o100000, directory: 0o040000, unsaid: 0 };

/** Unpacks a zip archive to the directory `target`. */
export async function extractZip(
  archive: string,
  target: string,
  rules: ArchiveRules,
  signal: AbortSignal | undefined,
): Promise<void> {
  const zip = await openPromise(archive, { strictFileNames: true });
  for await (const entry of zip.eachEntry()) {
    signal?.throwIfAborted();
    const { fileName, uncompressedSize, externalFileAttributes } = entry;
    const kind = (externalFileAttributes >>> 16) & kinds.mask;
    const isPlain = kind === kinds.file || kind === kinds.directory || kind === kinds.unsaid;
    rules.check(
      fileName,
      uncompressedSize,
      isPlain ? undefined : kind === kinds.link ? "SymbolicLink" : "special file",
    );
    const path = join(target, fileName);
    if (fileName.endsWith("/")) {
      await mkdir(path, { recursive: true });
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    // The reader sees to it that an entry is as long as it says.
    const content = await zip.openReadStreamPromise(entry);
    await pipeline(content, createWriteStream(path, { flags: "wx" }), { signal });
  }
}

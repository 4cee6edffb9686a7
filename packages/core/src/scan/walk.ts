import { readdirSync, statSync } from "node:fs";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer, joinBytePath } from "../byte-path.ts";
import { type Fingerprint, fingerprintOf } from "../fingerprint.ts";
import { isImageName, isSkippedDirectory } from "./image-names.ts";

/** One directory of the walk: its candidate photos, or why it could not be read. */
export type WalkedDirectory =
  | { readonly path: BytePath; readonly photos: Map<BytePath, Fingerprint>; readonly error?: undefined }
  | { readonly path: BytePath; readonly photos?: undefined; readonly error: NodeJS.ErrnoException };

/**
 * Walks `root` depth-first in byte order, one directory at a time. Symbolic links are not followed, hidden entries and
 * the folders of {@link isSkippedDirectory} are left out, a directory that cannot be read is yielded with its error and
 * the walk goes on. A file that vanishes between listing and `stat` counts as not there.
 */
export function* walk(root: BytePath): Generator<WalkedDirectory, void, void> {
  const stack: BytePath[] = [root];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const photos = new Map<BytePath, Fingerprint>();
    const below: BytePath[] = [];
    try {
      for (const entry of readdirSync(bytePathToBuffer(path), { encoding: "buffer", withFileTypes: true })) {
        const name = bytePathFromBuffer(entry.name);
        if (entry.isDirectory()) {
          if (!isSkippedDirectory(name)) below.push(joinBytePath(path, name));
        } else if (entry.isFile() && isImageName(name)) {
          const fingerprint = fingerprintAt(joinBytePath(path, name));
          if (fingerprint !== undefined) photos.set(name, fingerprint);
        }
      }
    } catch (error) {
      yield { path, error: error as NodeJS.ErrnoException };
      continue;
    }
    yield { path, photos };
    // Pushed last to first, so that popping takes them in byte order.
    stack.push(...below.toSorted((a, b) => (a < b ? 1 : -1)));
  }
}

/** undefined when the file vanished after it was listed. */
function fingerprintAt(path: BytePath): Fingerprint | undefined {
  const stats = statSync(bytePathToBuffer(path), { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() === true ? fingerprintOf(stats) : undefined;
}

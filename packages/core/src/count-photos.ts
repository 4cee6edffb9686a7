import { bytePathFromText } from "./byte-path.ts";
import { walkDirectories } from "./directory-walk.ts";
import { resolveRoots } from "./indexing/resolve-roots.ts";
import { imageExtensions } from "./scan/image-names.ts";
import type { ScanRules } from "./scan-rules.ts";

/**
 * How many photos an index run would find in `directory` and below, by `rules`. Stops counting after `lookFor`
 * milliseconds, which `isAll` tells.
 * @throws ClipfindError NOT_A_DIRECTORY, PERMISSION_DENIED, INVALID_ARGUMENT
 */
export async function countPhotos(
  directory: string,
  rules: ScanRules,
  lookFor: number,
): Promise<{ readonly photos: number; readonly isAll: boolean }> {
  const until = performance.now() + lookFor;
  const [path = bytePathFromText(directory)] = resolveRoots([directory]);
  let photos = 0;
  for await (const batch of walkDirectories({ roots: [{ path, rules }], extensions: imageExtensions, known: [] })) {
    for (const { files } of batch.directories) photos += files.length;
    if (performance.now() > until) return { photos, isAll: false };
  }
  return { photos, isAll: true };
}

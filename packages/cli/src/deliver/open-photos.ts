import { openPhoto } from "./open-photo.ts";

/** Opens files with what the system opens such files with, and does not wait for it. @returns the reasons of those that failed */
export async function openPhotos(paths: readonly Buffer[]): Promise<{ path: Buffer; reason: string }[]> {
  const failed: { path: Buffer; reason: string }[] = [];
  for (const path of paths) {
    try {
      await openPhoto(path);
    } catch (error) {
      failed.push({ path, reason: (error as Error).message });
    }
  }
  return failed;
}

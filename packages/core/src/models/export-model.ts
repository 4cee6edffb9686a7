import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ClipfindError } from "../errors.ts";
import { checkDiskSpace } from "./disk-space.ts";
import { fileError } from "./file-error.ts";
import type { Model } from "./open-model.ts";
import { verifyModel } from "./verify-model.ts";

/**
 * Writes an installed model into a tar archive (compressed where the name ends in gz) that importModel() takes, after
 * checking it. The archive appears whole or not at all, and is the same bytes for the same model.
 * @throws ClipfindError MODEL_INVALID (damaged), INVALID_ARGUMENT (the file is there already), DISK_FULL, PERMISSION_DENIED
 */
export async function exportModel(model: Model, id: string, file: string): Promise<void> {
  const target = resolve(file);
  if (existsSync(target)) {
    throw new ClipfindError("INVALID_ARGUMENT", `${target} is there already`, { hint: "Name another file." });
  }
  await verifyModel(model);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const bytes = Object.values(model.manifest.files).reduce((sum, each) => sum + each.bytes, 0);
    await checkDiskSpace(dirname(target), bytes, "the archive");
    const { create } = await import("tar");
    const gzip = /gz$/i.test(target);
    const epoch = new Date(0);
    // Without owners and times: they are this machine's business.
    await create({ file: temporary, cwd: dirname(model.directory), gzip, portable: true, mtime: epoch, strict: true }, [
      id,
    ]);
    await using handle = await open(temporary, "r+");
    await handle.sync();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(error, target);
  }
}

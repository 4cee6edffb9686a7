import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { ClipfindError } from "@clipfind/core/errors";
import { fileProblem } from "./file-problem.ts";

/**
 * Writes a page durably under a temporary name beside `path`, and gives it its name when it is whole. A page that is there
 * is replaced, anything else is not: it might be someone's photo.
 *
 * @returns how many bytes were written
 * @throws ClipfindError INVALID_ARGUMENT, PERMISSION_DENIED, DISK_FULL; what `pieces` throws
 */
export async function writePage(path: string, pieces: AsyncIterable<string>): Promise<number> {
  const target = await realpath(path).catch(() => path);
  await assertReplaceable(target);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "wx");
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        const content = Buffer.from(piece);
        await file.writeFile(content);
        bytes += content.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    return bytes;
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileProblem(error, path);
  }
}

async function assertReplaceable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || (found.isFile() && (found.size === 0 || (await isPage(path))))) return;
  const what = found.isDirectory() ? "a folder" : found.isFile() ? "a file that is no HTML page" : "no file";
  throw new ClipfindError(
    "INVALID_ARGUMENT",
    `Expected the name of a new file or of an HTML page, found ${what}: ${path}`,
    {
      hint: "Name another file; - is standard output.",
    },
  );
}

async function isPage(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
  return /^\s*<(!doctype html|html)/i.test(buffer.toString("latin1", 0, bytesRead));
}

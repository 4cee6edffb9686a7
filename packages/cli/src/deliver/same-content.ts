import { type FileHandle, open, stat } from "node:fs/promises";

/** Bytes compared at a time. */
const chunk = 1 << 20;

/** Whether both paths lead to files of the same bytes; false where one cannot be read. */
export async function sameContent(one: Buffer, other: Buffer): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([stat(one), stat(other)]);
    // Opening a pipe would wait for its other end.
    if (!first.isFile() || !second.isFile() || first.size !== second.size) return false;
    await using a = await open(one);
    await using b = await open(other);
    const [left, right] = [Buffer.allocUnsafe(chunk), Buffer.allocUnsafe(chunk)];
    for (;;) {
      const [read, others] = [await fill(a, left), await fill(b, right)];
      if (!left.subarray(0, read).equals(right.subarray(0, others))) return false;
      if (read < chunk) return true;
    }
  } catch {
    return false;
  }
}

/** Reads until the buffer is full or the file ends; how many bytes. */
async function fill(file: FileHandle, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

import { close, constants, fstat, open, read } from "node:fs";
import { promisify } from "node:util";
import { type BytePath, bytePathToBuffer } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";
import { type Fingerprint, fingerprintOf, sameFingerprint } from "../fingerprint.ts";

const [openFile, statFile, readFile, closeFile] = [
  promisify(open),
  promisify(fstat),
  promisify(read),
  promisify(close),
];

/** No photo is larger; a file that is would have to fit into memory. */
export const maximumBytes: bigint = 2n ** 30n;

/** O_NONBLOCK: a named pipe put in the file's place must not hang the run. Windows has neither. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Read at first where the beginning may be enough. */
const headBytes = 256 * 1024;

/**
 * Reads a whole file once, making sure that it did not change meanwhile.
 * @param isEnough - whether the first 256 KiB will do, and the rest need not be read; asked once
 * @returns its bytes and the fingerprint they belong to
 * @throws ClipfindError IMAGE_UNREADABLE with a reason in plain words (`cause` keeps the system's error)
 */
export async function readPhoto(
  path: BytePath,
  isEnough?: (head: Buffer) => boolean,
): Promise<{ bytes: Buffer; fingerprint: Fingerprint }> {
  const descriptor = await openFile(bytePathToBuffer(path), flags).catch((cause: unknown) => {
    throw unreadable(reasonOf(cause), cause);
  });
  try {
    const before = await statFile(descriptor, { bigint: true });
    if (!before.isFile()) throw unreadable("not a regular file");
    if (before.size > maximumBytes) throw unreadable(`larger than 1 GiB (${before.size} bytes)`);
    const bytes = Buffer.allocUnsafeSlow(Number(before.size));
    let at = 0;
    let end = isEnough === undefined ? bytes.length : Math.min(headBytes, bytes.length);
    while (at < end) {
      // A file is read front to back: there is nothing to run in parallel.
      const { bytesRead } = await readFile(descriptor, bytes, at, end - at, at);
      if (bytesRead === 0) throw unreadable("became shorter while it was being read");
      at += bytesRead;
      if (at === headBytes && end === headBytes && isEnough?.(bytes.subarray(0, at)) === false) end = bytes.length;
    }
    const fingerprint = fingerprintOf(before);
    if (!sameFingerprint(fingerprint, fingerprintOf(await statFile(descriptor, { bigint: true })))) {
      throw unreadable("changed while it was being read");
    }
    return { bytes: bytes.subarray(0, at), fingerprint };
  } catch (cause) {
    throw cause instanceof ClipfindError ? cause : unreadable(reasonOf(cause), cause);
  } finally {
    await closeFile(descriptor);
  }
}

function unreadable(reason: string, cause?: unknown): ClipfindError {
  return new ClipfindError("IMAGE_UNREADABLE", reason, { cause });
}

/** The reason why the system refused to read a file or directory, in words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "input/output error: check the disk",
  ENOENT: "not found",
  ENOTDIR: "not found",
  ELOOP: "a loop of symbolic links",
  EMFILE: "too many open files",
};

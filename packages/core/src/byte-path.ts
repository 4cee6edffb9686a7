import { sep } from "node:path";

/**
 * A file path or name as the bytes the file system gave us, one character per byte (Latin-1). File names need not be
 * UTF-8; as a byte string every name survives, compares byte by byte and can be a Map key, which a Buffer cannot.
 */
export type BytePath = string & { readonly bytePath: unique symbol };

/** From a JavaScript string (an argument, a setting), which the file system stores as UTF-8. */
export function bytePathFromText(text: string): BytePath {
  return Buffer.from(text, "utf8").toString("latin1") as BytePath;
}

/** From the raw bytes that Node or SQLite hands out. */
export function bytePathFromBuffer(bytes: Uint8Array): BytePath {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as BytePath;
}

/** The raw bytes, as node:fs and SQLite blobs take them. */
export function bytePathToBuffer(path: BytePath): Buffer {
  return Buffer.from(path, "latin1");
}

/** For people: decoded as UTF-8; bytes that are not UTF-8 show as U+FFFD. */
export function bytePathToText(path: BytePath): string {
  return bytePathToBuffer(path).toString("utf8");
}

/** `directory` + separator + `name`. */
export function joinBytePath(directory: BytePath, name: BytePath): BytePath {
  return (directory.endsWith(sep) ? directory + name : directory + sep + name) as BytePath;
}

/** Whether `path` is `directory` itself or lies anywhere below it. */
export function isWithin(path: BytePath, directory: BytePath): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

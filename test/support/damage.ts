import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The directory of a library's vectors; it has those of one model only. */
export function storeOf(library: string): string {
  return join(library, "vectors", readdirSync(join(library, "vectors"))[0] ?? "");
}

/** The store's files whose names match, by name, as absolute paths. */
export function storeFiles(library: string, name: RegExp): string[] {
  const store = storeOf(library);
  const all = readdirSync(store, { recursive: true, encoding: "utf8" });
  return all
    .filter((path) => name.test(path))
    .toSorted()
    .map((path) => join(store, path));
}

/** The last of these files: the newest. */
export function newest(library: string, name: RegExp): string {
  const path = storeFiles(library, name).at(-1);
  if (path === undefined) throw new Error(`expected a file ${name} in ${storeOf(library)}`);
  return path;
}

/** Changes one bit of the byte at `offset`; from the end, if that is negative. */
export function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  const at = offset < 0 ? bytes.length + offset : offset;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  writeFileSync(path, bytes);
}

/** Where in a log its records begin. */
export function records(log: string): number[] {
  const text = readFileSync(log, "latin1");
  return Array.from(text.matchAll(/CLIPFREC/g), (match) => match.index);
}

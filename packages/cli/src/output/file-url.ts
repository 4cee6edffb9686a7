import { sep } from "node:path";

/** What stands for itself in a path of a URL (RFC 3986, unreserved), and the slash. */
const plain = /[A-Za-z0-9\-._~/]/;

/**
 * The file URL of an absolute path, from its bytes: a name need not be UTF-8. With `host` it names the machine, as terminals
 * want it, which may run on another one; browsers want none.
 */
export function fileUrl(path: Buffer, host = ""): string {
  return `file://${encodeURIComponent(host)}${sep === "/" ? "" : "/"}${encodedPath(path)}`;
}

/** The bytes of a path, percent-encoded for a URL, folders divided by slashes. */
export function encodedPath(path: Buffer): string {
  const slashed = sep === "/" ? path.toString("latin1") : path.toString("latin1").replaceAll(sep, "/");
  return Array.from(slashed, (byte, at) => {
    // The colon of C:/ stays.
    if (plain.test(byte) || (sep !== "/" && at === 1 && byte === ":")) return byte;
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

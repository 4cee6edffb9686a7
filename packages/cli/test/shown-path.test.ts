import { sep } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fileUrl } from "../src/output/file-url.ts";
import { shownPath } from "../src/output/shown-path.ts";

/** What docs/output.md says of the way back. */
function undone(shown: string): Buffer {
  const parts = shown.split(/(\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\\\)/);
  return Buffer.concat(
    parts.map((part) => {
      if (part === "\\\\") return Buffer.from("\\");
      if (part.startsWith("\\x")) return Buffer.of(Number.parseInt(part.slice(2), 16));
      if (part.startsWith("\\u")) return Buffer.from(String.fromCharCode(Number.parseInt(part.slice(2), 16)));
      return Buffer.from(part);
    }),
  );
}

const bytes = (...parts: (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))));

test.skipIf(sep !== "/").each([
  ["/photos/Käthe 🐈 日本.jpg", "/photos/Käthe 🐈 日本.jpg"],
  ["/photos/a\nb\t\u001b[31m\u007f.jpg", String.raw`/photos/a\x0ab\x09\x1b[31m\x7f.jpg`],
  ["/photos/\u0085\u202egpj.exe", String.raw`/photos/\u0085\u202egpj.exe`],
  [String.raw`/photos/a\x0ab.jpg`, String.raw`/photos/a\\x0ab.jpg`],
  [bytes("/photos/K", 0xe4, "the.jpg"), String.raw`/photos/K\xe4the.jpg`],
  [bytes("/", 0xff, 0xfe, "ä", 0xe2, 0x82, "\n"), String.raw`/\xff\xfeä\xe2\x82\x0a`],
  // Overlong and surrogates are no UTF-8; what stands for something unreadable is, where a name really has it.
  [bytes("/", 0xc0, 0xaf, 0xed, 0xa0, 0x80, "\ufffd"), "/\\xc0\\xaf\\xed\\xa0\\x80\ufffd"],
])("the path %j is shown as %s", (path, expected) => {
  expect(shownPath(Buffer.from(path))).toBe(expected);
});

test.skipIf(sep !== "/")("every path is one line of plain text, and can be had back from it", () => {
  const names = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
    fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    fc
      .array(fc.constantFrom("\\", "x", "0a", "u0041", "\n", "é", "\u202e"), { maxLength: 12 })
      .map((all) => Buffer.from(all.join(""))),
  );
  fc.assert(
    fc.property(names, (name) => {
      const shown = shownPath(name);
      // oxlint-disable-next-line no-control-regex -- none must be left
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
      expect(undone(shown)).toEqual(name);
    }),
  );
});

test.skipIf(sep !== "/")("a file URL is made from the bytes, and says nothing but the path", () => {
  const path = bytes("/a b/K", 0xe4, "the?#%;[é].jpg");
  expect(fileUrl(path)).toBe("file:///a%20b/K%E4the%3F%23%25%3B%5B%C3%A9%5D.jpg");
  expect(fileUrl(Buffer.from("/x.jpg"), "my host")).toBe("file://my%20host/x.jpg");
  // No terminal can be driven by it.
  expect(fileUrl(Buffer.from("/\u001b\\\u0007"))).toBe("file:///%1B%5C%07");
});

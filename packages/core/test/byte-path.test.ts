import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bytePathFromBuffer,
  bytePathFromText,
  bytePathToBuffer,
  bytePathToText,
  isWithin,
  joinBytePath,
} from "../src/byte-path.ts";

test("any bytes come back unchanged", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(new Uint8Array(bytePathToBuffer(bytePathFromBuffer(bytes)))).toEqual(bytes);
    }),
  );
});

test("text comes back unchanged, and bytes that are no text show as U+FFFD", () => {
  expect(bytePathToText(bytePathFromText("Fotos/Käthe 🐈.jpg"))).toBe("Fotos/Käthe 🐈.jpg");
  expect(bytePathToText(bytePathFromBuffer(Uint8Array.of(0x63, 0xe9)))).toBe("c\ufffd");
});

test("a directory holds itself and what is below, not its namesakes", () => {
  const within = (path: string, directory: string): boolean =>
    isWithin(bytePathFromText(path), bytePathFromText(directory));
  expect(within("/a/photos", "/a/photos")).toBe(true);
  expect(within("/a/photos/x.jpg", "/a/photos")).toBe(true);
  expect(within("/a/photos2", "/a/photos")).toBe(false);
  expect(within("/a/Photos/x.jpg", "/a/photos")).toBe(false);
  expect(within("/a", "/")).toBe(true);
});

test("joining below the root adds no second separator", () => {
  const [root, a] = [bytePathFromText("/"), bytePathFromText("a")];
  expect(joinBytePath(root, a)).toBe("/a");
  expect(joinBytePath(a, a)).toBe("a/a");
});

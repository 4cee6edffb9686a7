import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { directory as pictures } from "@clipfind/demo-photos";
import { expect, test } from "vitest";
import { needsShared, shared } from "../../../../test/support/shared.ts";
import { isJpegHead } from "../../src/metadata/is-jpeg-head.ts";
import { readMetadata } from "../../src/metadata/read-metadata.ts";

/** How many bytes of a file are a head, at least. */
function headOf(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isJpegHead(bytes.subarray(0, middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether the head of a JPEG is a part of it that says all. */
function headSaysAll(file: string): boolean {
  const bytes = readFileSync(file);
  const length = headOf(bytes);
  const [head, whole] = [bytes.subarray(0, length), bytes].map((part) => JSON.stringify(readMetadata(part)));
  return length < bytes.length && isJpegHead(bytes.subarray(0, length)) && head === whole;
}

test("the head of a JPEG says all that the JPEG says", () => {
  const folder = join(pictures, "first/camera/100_0412");
  const files = readdirSync(folder).filter((name) => name.endsWith(".jpg"));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((name) => !headSaysAll(join(folder, name)))).toEqual([]);
});

test.skipIf(shared === undefined)(needsShared("so it is with cameras' JPEGs"), () => {
  for (const folder of ["gps", "mobile", "exif-org", "xmp"]) {
    const path = join(shared!, "metadata/exif-samples/jpg", folder);
    expect(readdirSync(path).filter((name) => !headSaysAll(join(path, name)))).toEqual([]);
  }
});

test.each([
  ["nothing", ""],
  ["no JPEG", "\x89PNG\r\n\x1a\n"],
  ["a beginning", "\xff\xd8\xff\xe0\0\x10JFIF"],
  ["no marker", "\xff\xd8\xff\xe0\0\x04ab\0\0\xff\xda"],
  ["lengths of zero", `\xff\xd8${"\xff\xe0\0\0".repeat(1000)}`],
  ["fill bytes only", `\xff\xd8${"\xff".repeat(10_000)}`],
])("%s is no head", (_, text) => expect(isJpegHead(Buffer.from(text, "latin1"))).toBe(false));

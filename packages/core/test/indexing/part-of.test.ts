import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type BytePath, bytePathFromText } from "../../src/byte-path.ts";
import { partOf } from "../../src/indexing/part-of.ts";

const path = (text: string): BytePath => bytePathFromText(text);

test("a file's part depends on its path below the folder alone, wherever that is", () => {
  const part = partOf(path("/photos/2019/été.jpg"), path("/photos"), 8);
  expect(partOf(path("/mnt/nas/2019/été.jpg"), path("/mnt/nas"), 8)).toBe(part);
  expect(partOf(path("/2019/été.jpg"), path("/"), 8)).toBe(part);
});

test.skipIf(process.platform === "win32")("the formula is the documented one", () => {
  const sum = execFileSync("sha256sum", { input: "2019/été.jpg", encoding: "utf8" });
  expect(partOf(path("/photos/2019/été.jpg"), path("/photos"), 8)).toBe((Number(`0x${sum.slice(0, 12)}`) % 8) + 1);
  expect([1, 2, 3, 8, 1000].map((parts) => partOf(path("/photos/a/b.jpg"), path("/photos"), parts)))
    .toMatchInlineSnapshot(`
    [
      1,
      2,
      3,
      8,
      464,
    ]
  `);
});

test("parts are of about the same size, and none is left out", () => {
  const counts = Array.from({ length: 8 }, () => 0);
  for (let at = 0; at < 8000; at++) counts[partOf(path(`/p/IMG_${at}.jpg`), path("/p"), 8) - 1]! += 1;
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8000);
  expect(Math.min(...counts)).toBeGreaterThan(880);
  expect(Math.max(...counts)).toBeLessThan(1120);
});

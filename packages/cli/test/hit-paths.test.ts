import { sep } from "node:path";
import { expect, test } from "vitest";
import { hitPaths } from "../src/output/hit-paths.ts";

const hitOf = (path: Buffer | string): Parameters<typeof hitPaths>[0][number] => {
  const pathBytes = Buffer.from(path);
  return { id: 1, path: pathBytes.toString("utf8"), pathBytes, score: 0.5, copies: [] };
};

test.skipIf(sep !== "/")("paths come out as the file system's bytes, relative below the working directory", () => {
  const odd = Buffer.concat([Buffer.from("/photos/"), Buffer.of(0xff, 0xfe), Buffer.from(".jpg")]);
  const hits = ["/photos/a.jpg", odd, "/photos/-rf", "/photos/a\nb.jpg", "/photos2/c.jpg", "/photos"].map(hitOf);
  const expected = ["a.jpg", odd.subarray(8), "./-rf", "a\nb.jpg", "/photos2/c.jpg", "/photos"];
  for (const end of ["\n", "\0"] as const) {
    const whole = Buffer.concat(expected.flatMap((path) => [Buffer.from(path), Buffer.from(end)]));
    expect(hitPaths(hits, "/photos", end)).toEqual(whole);
  }
  expect(hitPaths(hits.slice(0, 1), "/", "\n").toString()).toBe("photos/a.jpg\n");
  expect(hitPaths([], "/photos", "\0")).toEqual(Buffer.alloc(0));
});

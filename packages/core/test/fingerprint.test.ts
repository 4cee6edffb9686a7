import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { fingerprintOf, sameFingerprint } from "../src/fingerprint.ts";

test("times beyond what 64 bits of nanoseconds hold are still numbers that SQLite takes", () => {
  const path = join(temporaryDirectory(), "a.jpg");
  writeFileSync(path, "x");
  utimesSync(path, 0, 9_500_000_000);
  const fingerprint = fingerprintOf(statSync(path, { bigint: true }));
  expect(fingerprint.mtimeNs).toBe(BigInt.asIntN(64, 9_500_000_000n * 1_000_000_000n));
  expect(sameFingerprint(fingerprint, fingerprint)).toBe(true);
});

test("what one of two does not know is no difference", () => {
  const one = { bytes: 1n, mtimeNs: 2n, ctimeNs: 3n, inode: 4n };
  expect(sameFingerprint(one, { ...one, ctimeNs: 0n, inode: 0n })).toBe(true);
  expect(sameFingerprint({ ...one, mtimeNs: 0n }, one)).toBe(false);
});

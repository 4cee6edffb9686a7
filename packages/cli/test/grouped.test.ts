import { expect, test } from "vitest";
import { grouped } from "../src/output/grouped.ts";

test.each([0, 7, 999, 1000, 12_345, 999_999, 1_000_000, 10_000_000, 123_456_789])("%d as Intl groups it", (count) => {
  expect(grouped(count)).toBe(count.toLocaleString("en-US"));
});

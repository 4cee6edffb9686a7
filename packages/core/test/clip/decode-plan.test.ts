import { expect, test } from "vitest";
import { decodePlan } from "../../src/clip/decode-plan.ts";

test.each([
  // Small ones are decoded as they are: the exact resampling does it all.
  [224, 224, 1, 1],
  [559, 700, 1, 1],
  // From 2.5 times the size on they are halved or more, so that twice the size is left.
  [1000, 1000, 2.23, 1],
  [1921, 1281, 3, 2],
  [1792, 1795, 4, 2],
  [4003, 3003, 6.7, 4],
  [6000, 4000, 9, 8],
])("a JPEG of %i x %i is asked for at 1/%f and read by libjpeg at 1/%i", (width, height, divisor, shrink) => {
  const plan = decodePlan(width, height, 224, "jpeg");
  expect(width / plan.width).toBeCloseTo(divisor, 1);
  expect([plan.coveredWidth, plan.coveredHeight]).toEqual([width - (width % shrink), height - (height % shrink)]);
});

test("other formats lose nothing at their edges", () => {
  expect(decodePlan(4003, 3003, 224, "png")).toMatchObject({ coveredWidth: 4003, coveredHeight: 3003 });
});

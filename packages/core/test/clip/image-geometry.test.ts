import { expect, test } from "vitest";
import { imageGeometry, seenRange } from "../../src/clip/image-geometry.ts";

const upright = { flipX: false, flipY: false };

test.each([
  [224, 224, 224, 0],
  [208, 495, 533, 154], // excess 309: 154.5 goes to the even 154
  [123, 456, 830, 303],
  [640, 427, 335, 56], // excess 111: 55.5 goes to the even 56
  [1, 20_000, 4_480_000, 2_239_888],
])("a picture of %i x %i becomes %i long and is cut from %i on", (width, height, target, offset) => {
  const { x, y } = imageGeometry(width, height, 224, upright);
  const [longer, shorter] = width > height ? [x, y] : [y, x];
  expect(shorter).toEqual({ source: Math.min(width, height), target: 224, offset: 0, size: 224 });
  expect(longer).toEqual({ source: Math.max(width, height), target, offset, size: 224 });
});

test("mirrors the crop on an axis that is read backwards", () => {
  expect(imageGeometry(208, 495, 224, { flipX: true, flipY: true }).y.offset).toBe(533 - 224 - 154);
  expect(imageGeometry(208, 495, 224, { flipX: true, flipY: false }).y.offset).toBe(154);
});

test("sees a small part of a strip, and never more than there is", () => {
  const { y } = imageGeometry(1, 20_000, 224, upright);
  expect(seenRange(y, 20_000)).toEqual({ start: 9995, length: 10 });
  const { x } = imageGeometry(4000, 3000, 224, upright);
  expect(seenRange(x, 4000)).toEqual({ start: 442, length: 3116 });
  expect(seenRange(imageGeometry(10, 10, 224, upright).x, 10)).toEqual({ start: 0, length: 10 });
});

test("squashing keeps all of a picture, whatever its shape and turn", () => {
  for (const [width, height] of [
    [4000, 3000],
    [1, 20_000],
  ] as const) {
    const { x, y } = imageGeometry(width, height, 384, { flipX: true, flipY: true }, "squash");
    expect(x).toEqual({ source: width, target: 384, offset: 0, size: 384 });
    expect(y).toEqual({ source: height, target: 384, offset: 0, size: 384 });
  }
});

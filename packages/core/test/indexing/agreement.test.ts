import { expect, test } from "vitest";
import { agreementOf, agrees, isSettled } from "../../src/indexing/agreement.ts";
import type { Agreement } from "../../src/precision.ts";

/** Unit vectors in a half circle, each turned by `turn` radians more. */
function vectors(count: number, turn: (index: number) => number = () => 0): Float32Array[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (Math.PI * index) / count + turn(index);
    return Float32Array.of(Math.cos(angle), Math.sin(angle));
  });
}

const good = {
  photos: 20,
  meanCosine: 0.99,
  minCosine: 0.97,
  overlap: 0.95,
  minTextCosine: 0.97,
  speedup: 1,
} satisfies Agreement;

test("equal vectors agree wholly", () => {
  const encoded = { vectors: vectors(40), texts: vectors(3), ms: 100 };
  const agreement = agreementOf({ ...encoded, ms: 300 }, encoded);
  expect(agreement).toEqual({
    photos: 40,
    meanCosine: expect.closeTo(1, 6),
    minCosine: expect.closeTo(1, 6),
    overlap: 1,
    minTextCosine: expect.closeTo(1, 6),
    speedup: 3,
  });
  expect(agrees(agreement)).toBe(true);
});

test("one photo that is far off shows in the smallest cosine, and in neighbours", () => {
  const exact = { vectors: vectors(40), texts: [], ms: 1 };
  const fast = { vectors: vectors(40, (index) => (index === 7 ? 1 : 0)), texts: [], ms: 1 };
  const agreement = agreementOf(exact, fast);
  expect(agreement.minCosine).toBeCloseTo(Math.cos(1), 5);
  expect(agreement.meanCosine).toBeCloseTo((39 + Math.cos(1)) / 40, 5);
  expect(agreement.overlap).toBeLessThan(1);
  expect(agrees(agreement)).toBe(false);
});

test("a hair below any bar is too little, and fewer than 20 photos settle nothing", () => {
  expect(agrees(good)).toBe(true);
  for (const key of Object.keys(good) as (keyof typeof good)[]) {
    expect(agrees({ ...good, [key]: good[key] - 1e-9 })).toBe(false);
  }
  expect(isSettled(good)).toBe(true);
  expect(isSettled({ ...good, photos: 19 })).toBe(false);
});

test("no photos at all neither agree nor break anything", () => {
  const nothing = { vectors: [], texts: [], ms: 0 };
  const agreement = agreementOf(nothing, nothing);
  expect(agreement).toMatchObject({ photos: 0, meanCosine: 0 });
  expect(agrees(agreement)).toBe(false);
});

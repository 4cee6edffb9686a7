import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePlan } from "../src/clip/decode-plan.ts";
import { imageGeometry, seenRange } from "../src/clip/image-geometry.ts";
import { orientationOf } from "../src/clip/orientation.ts";
import { resamplePicture } from "../src/resample-picture.ts";
import { resampleBicubic, upright } from "./clip/resample-bicubic.ts";

const side = fc.integer({ min: 1, max: 900 });

test("the add-on gives the bits of the JavaScript with which the first vectors were made", () => {
  fc.assert(
    fc.property(
      fc.record({
        width: side,
        height: side,
        size: fc.integer({ min: 16, max: 300 }),
        exif: fc.integer({ min: 1, max: 8 }),
        format: fc.constantFrom("jpeg", "png"),
        kind: fc.constantFrom("noise", "black and white", "ramp"),
        seed: fc.nat(),
      }),
      ({ width, height, size, exif, format, kind, seed }) => {
        // As preprocess() calls it, scaled JPEG decoding with its fractions of a pixel included.
        const plan = decodePlan(width, height, size, format);
        const orientation = orientationOf(exif);
        const geometry = imageGeometry(width, height, size, orientation);
        const x = { ...geometry.x, source: (width * plan.width) / plan.coveredWidth };
        const y = { ...geometry.y, source: (height * plan.height) / plan.coveredHeight };
        const [columns, rows] = [seenRange(x, plan.width), seenRange(y, plan.height)];
        const region = { left: columns.start, top: rows.start, width: columns.length, height: rows.length };
        const pixels = picture(kind, 3 * region.width * region.height, seed);
        const made = resamplePicture({ ...region, pixels }, x, y, orientation);
        const expected = upright(resampleBicubic({ ...region, pixels }, x, y), size, orientation);
        expect(Buffer.compare(made, expected)).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

test("a region that is not what it says is refused", () => {
  const axis = { source: 2, target: 2, offset: 0, size: 2 };
  const turn = orientationOf(1);
  const region = { pixels: new Uint8Array(12), width: 2, height: 2, left: 0, top: 0 };
  expect(resamplePicture(region, axis, axis, turn)).toHaveLength(12);
  expect(() => resamplePicture({ ...region, width: 3 }, axis, axis, turn)).toThrow("3 x 2 pixels, found 12 bytes");
  expect(() => resamplePicture({ ...region, left: 50 }, axis, axis, turn)).toThrow("expected source pixels");
});

/** Bytes that stress the arithmetic: noise, the steepest edges, and a slope. */
function picture(kind: string, length: number, seed: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const noise = state >>> 24;
    if (kind === "noise") return noise;
    return kind === "ramp" ? at >> 4 : noise < 128 ? 0 : 255;
  });
}

import { expect, test } from "vitest";
import { halfFloats } from "../../src/export/half-floats.ts";

/** What the engine itself makes of them. */
function expected(values: Float32Array): Uint16Array {
  return new Uint16Array(Float16Array.from(values).buffer);
}

test("every half is itself, and what lies between two halves goes to the nearer one, in the middle to the even one", () => {
  const halves = Float16Array.from(new Float16Array(Uint16Array.from({ length: 65_536 }, (_, bits) => bits).buffer));
  const finite = Float32Array.from(halves).filter((value) => Number.isFinite(value));
  expect(finite).toHaveLength(65_536 - 2 * 1024);
  expect(halfFloats(finite)).toEqual(expected(finite));
  const between = [...finite].flatMap((value, at) => {
    const next = finite[at + 1] ?? value;
    const middle = Math.fround((value + next) / 2);
    return [middle, Math.fround(middle * (1 + 2 ** -20)), Math.fround(middle * (1 - 2 ** -20))];
  });
  expect(halfFloats(Float32Array.from(between))).toEqual(expected(Float32Array.from(between)));
});

test("what is too large is infinite, what is too small is zero, and signs stay", () => {
  const values = Float32Array.of(
    65_519,
    65_520,
    -1e30,
    2 ** -25,
    2 ** -25 * 1.0001,
    -(2 ** -26),
    1e-40,
    -0,
    Infinity,
    -Infinity,
  );
  expect(halfFloats(values)).toEqual(expected(values));
  expect(halfFloats(Float32Array.of(Number.NaN))[0]! & 0x7c00).toBe(0x7c00);
});

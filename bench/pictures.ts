/**
 * A picture of `size` pixels, uint8 [size, size, 3]: waves of its own in each channel, and noise. No two are alike, and a
 * number means the same picture everywhere.
 */
export function picture(number: number, size: number): Uint8Array {
  const pixels = new Uint8Array(3 * size * size);
  let state = number + 1;
  for (let at = 0; at < pixels.length; at++) {
    const [channel, x, y] = [at % 3, Math.floor(at / 3) % size, Math.floor(at / 3 / size)];
    const wave = Math.sin(((x * (1 + (number % 5)) + y * (1 + channel)) * (1 + (number % 3))) / 40 + number);
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = 128 + 90 * wave + ((state >>> 16) % 64) - 32;
  }
  return pixels;
}

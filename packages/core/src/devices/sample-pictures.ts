/** As many as tell a mistake from rounding, in a second or two on a slow CPU. */
const count = 4;

/** Some pictures, uint8 [size, size, 3], the same on every machine: waves, coarse and fine, with noise. */
export function samplePictures(size: number): Uint8Array[] {
  return Array.from({ length: count }, (_, number) => {
    const pixels = new Uint8Array(3 * size * size);
    let state = number + 1;
    for (let at = 0; at < pixels.length; at++) {
      const [channel, x, y] = [at % 3, Math.floor(at / 3) % size, Math.floor(at / 3 / size)];
      const wave = Math.sin((x * (channel + 1) + y * (number + 1)) / (40 / (number + 1)) + channel * number);
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      pixels[at] = 128 + 90 * wave + ((state >>> 16) % 64) - 32;
    }
    return pixels;
  });
}

/** CLIP's mean and standard deviation, with an input size. */
export function clipImage(size = 224): {
  readonly size: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
} {
  return { size, mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };
}

/** Peak signal-to-noise ratio in dB of two tensors [3, n, n], as pixels 0..255. */
export function psnr(a: Float32Array, b: Float32Array): number {
  const { std } = clipImage();
  const plane = a.length / 3;
  let squares = 0;
  for (let at = 0; at < a.length; at++) squares += ((a[at]! - b[at]!) * std[Math.floor(at / plane)]! * 255) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / a.length));
}

/** Mean colour of a tensor [3, n, n] as whole numbers 0..255. */
export function meanColour(pixels: Float32Array): number[] {
  const { mean, std } = clipImage();
  const plane = pixels.length / 3;
  return mean.map((offset, channel) => {
    const values = pixels.subarray(channel * plane, (channel + 1) * plane);
    return Math.round((values.reduce((sum, value) => sum + value, 0) / plane) * std[channel]! * 255 + offset * 255) + 0; // no -0
  });
}

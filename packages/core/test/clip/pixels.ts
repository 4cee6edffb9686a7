/** CLIP's mean and standard deviation, with an input size. */
export function clipImage(size = 224): {
  readonly size: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
} {
  return { size, mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };
}

/** Peak signal-to-noise ratio in dB of two pictures, values 0..255 in the same order. */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0;
  for (let at = 0; at < a.length; at++) squares += (a[at]! - b[at]!) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / a.length));
}

/** The values 0..255, in the order of pixels [n, n, 3], that a normalised tensor [3, n, n] was made of. */
export function pixelsOf(tensor: Float32Array): Float32Array {
  const { mean, std } = clipImage();
  const plane = tensor.length / 3;
  return Float32Array.from(tensor, (_, at) => {
    const channel = at % 3;
    return (tensor[channel * plane + Math.floor(at / 3)]! * std[channel]! + mean[channel]!) * 255;
  });
}

/** Mean colour of pixels [n, n, 3] as whole numbers. */
export function meanColour(pixels: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (const [at, value] of pixels.entries()) sums[at % 3]! += value;
  return sums.map((sum) => Math.round(sum / (pixels.length / 3)));
}

import type { SharpFormat } from "./picture-format.ts";

/** The size at which a picture is decoded before the exact resampling, and what part of it that shows. */
export interface DecodePlan {
  /** Size asked of sharp; the stored size when the picture is decoded as it is. */
  readonly width: number;
  readonly height: number;
  /** The stored pixels, from the top left corner, that become these: a scaled JPEG loses the remainder of a division. */
  readonly coveredWidth: number;
  readonly coveredHeight: number;
}

/**
 * Factor by which the decoded picture stays larger than the input of the image tower. With 2, what sharp does in front
 * of the exact resampling costs 50 dB or more against Pillow; without it, odd sizes fall to 33 dB.
 */
const reserve = 2;

/** A reserve this small is taken (48.5 dB or more) where it lets libjpeg decode at half the size, twice as fast. */
export const leastReserve = 1.9;

/** Scaling by less is not worth it: the exact resampling alone is nearly as fast. */
const leastDivisor = 1.25;

/**
 * Plans the decoding of a picture whose shorter side will become `size`. sharp can decode a JPEG at 1/2, 1/4 or 1/8, at
 * a third of the time, but then takes `floor(side / n)` pixels for the whole side: up to a third of a pixel of the
 * tower's input. Knowing n, the resampling that follows can correct it.
 */
export function decodePlan(width: number, height: number, size: number, format: SharpFormat): DecodePlan {
  const ratio = Math.min(width, height) / size;
  const divisor = decodeDivisor(ratio);
  if (divisor < leastDivisor) return { width, height, coveredWidth: width, coveredHeight: height };

  const plan = { width: Math.floor(width / divisor), height: Math.floor(height / divisor) };
  const shrink = format === "jpeg" ? jpegShrink(Math.min(width / plan.width, height / plan.height)) : 1;
  return {
    ...plan,
    coveredWidth: shrink * Math.floor(width / shrink),
    coveredHeight: shrink * Math.floor(height / shrink),
  };
}

function decodeDivisor(ratio: number): number {
  const divisor = ratio / reserve;
  const whole = Math.floor(divisor);
  // sharp halves the factor where the divisor starts with it, so a little more than that is worth asking for.
  const isJustTooSmall = whole === 2 || whole === 4 || whole === 8;
  return isJustTooSmall && ratio / (whole + 1) >= leastReserve ? whole + 1 : divisor;
}

/** The scale at which sharp 0.35 lets libjpeg decode (src/pipeline.cc, fastShrinkOnLoad). A test holds it to this. */
function jpegShrink(shrink: number): number {
  const factor = shrink >= 8 ? 8 : shrink >= 4 ? 4 : shrink >= 2 ? 2 : 1;
  return factor > 1 && Math.floor(shrink) === factor ? factor / 2 : factor;
}

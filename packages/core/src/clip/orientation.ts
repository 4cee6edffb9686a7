/** How stored pixels are read to show the picture upright: first mirror the stored axes, then swap them. */
export interface Orientation {
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly swap: boolean;
}

/**
 * The meaning of an EXIF orientation (EXIF 2.32, tag 0x0112): 1 upright, 2–4 mirrored or turned by 180°, 5–8 with rows
 * and columns swapped. Anything else counts as 1.
 */
export function orientationOf(exif: number | undefined): Orientation {
  const flag = exif ?? 1;
  return {
    flipX: flag === 2 || flag === 3 || flag === 7 || flag === 8,
    flipY: flag === 3 || flag === 4 || flag === 6 || flag === 7,
    swap: flag >= 5 && flag <= 8,
  };
}

import type { PictureFormat } from "./picture-format.ts";

/** A picture as an image tower takes it, and what was learned on the way. */
export interface PreprocessedImage {
  /** uint8 [size, size, 3]: upright RGB pixels, row by row. */
  readonly pixels: Uint8Array;
  /** Size in pixels of the whole picture, upright. */
  readonly width: number;
  readonly height: number;
  readonly format: PictureFormat;
}

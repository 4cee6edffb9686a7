/** How large a picture may be, and what else is refused. */
export interface PictureLimits {
  /** Most pixels, in millions; 500 unless given: no camera makes more, only stitched panoramas and scans do. */
  readonly maxMegapixels?: number | undefined;
  /** Most memory that decoding one picture may take, in bytes, roughly; 1 GiB unless given. */
  readonly maxDecoderMemory?: number | undefined;
  /** Whether SVG drawings are rendered; they are refused unless it is true. */
  readonly svg?: boolean | undefined;
}

/** All limits, in pixels and bytes. */
export function limitsOf({ maxMegapixels = 500, maxDecoderMemory = 2 ** 30, svg = false }: PictureLimits): {
  pixels: number;
  memory: number;
  svg: boolean;
} {
  return { pixels: maxMegapixels * 1e6, memory: maxDecoderMemory, svg };
}

/** What sharp says of a file before it decodes it. */
interface Header {
  readonly format: string;
  readonly isProgressive?: boolean | undefined;
}

/**
 * Bytes of memory that sharp needs for each pixel at the peak, where it has to hold a whole picture. It decodes strip
 * by strip what is stored so: PNG and JPEG that are not interlaced or progressive.
 */
export function bytesPerPixel({ format, isProgressive = false }: Header): number {
  switch (format) {
    case "jpeg":
      // Coefficients of 16 bits, three components without subsampling.
      return isProgressive ? 6 : 0;
    case "png":
      // Four channels of 16 bits.
      return isProgressive ? 8 : 0;
    case "tiff":
      // One strip may be the whole picture.
      return 4;
    default:
      // The picture, and what it is made of: planes of colour (AVIF), the canvas of an animation (GIF, WebP).
      return 8;
  }
}

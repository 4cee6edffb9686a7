import sharp, { type Sharp } from "sharp";
import { imageGeometry } from "../../src/clip/image-geometry.ts";
import { orientationOf } from "../../src/clip/orientation.ts";
import { clipImage } from "./pixels.ts";
import { resampleBicubic } from "./resample-bicubic.ts";

const settings = clipImage();

/** The same picture by way of a full decode and the exact resampling alone. */
export async function inFull(bytes: Buffer): Promise<Uint8Array> {
  const { data, info } = await sharp(bytes)
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { x, y } = imageGeometry(info.width, info.height, settings.size, orientationOf(1));
  const region = { pixels: data, width: info.width, height: info.height, left: 0, top: 0 };
  return resampleBicubic(region, x, y);
}

/** Waves and edges of all directions and sizes, with about the detail of a sharp photo. */
export function texture(width: number, height: number): Sharp {
  const [across, down, diagonal] = [waves(width, 40), waves(height, 53), waves(width + height, 90)];
  const pixels = Buffer.alloc(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = Math.floor((x * 31) / width) % 2 === Math.floor((y * 17) / height) % 2 ? 14 : -14;
      const value = 128 + across[x]! + down[y]! + edge;
      pixels[at++] = value + diagonal[x + y]!;
      pixels[at++] = value - diagonal[x + y]!;
      pixels[at++] = value + diagonal[x - y + height]!;
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A row of brightness: one long wave with a short one on it. */
function waves(length: number, pace: number): Float64Array {
  const at = (position: number): number => (position / length) * pace;
  return Float64Array.from({ length }, (_, position) => 20 * Math.sin(at(position)) + 12 * Math.sin(7 * at(position)));
}

/** Where the first row and the first column of the stored pixels lie in the picture (EXIF 2.32, table of tag 0x0112). */
const firstRowAndColumn = [
  ["top", "left"],
  ["top", "right"],
  ["bottom", "right"],
  ["bottom", "left"],
  ["left", "top"],
  ["right", "top"],
  ["right", "bottom"],
  ["left", "bottom"],
] as const;

/** Stores an upright picture as a camera held otherwise would. */
export async function storeTurned(picture: Sharp, orientation: number): Promise<Sharp> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const [row, column] = firstRowAndColumn[orientation - 1]!;
  const isSwapped = row === "left" || row === "right";
  const [width, height] = isSwapped ? [info.height, info.width] : [info.width, info.height];
  const stored = Buffer.alloc(data.length);
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < width; c++) {
      const along = row === "bottom" || row === "right" ? height - 1 - r : r;
      const beside = column === "bottom" || column === "right" ? width - 1 - c : c;
      const [x, y] = isSwapped ? [along, beside] : [beside, along];
      data.copy(stored, 3 * (r * width + c), 3 * (y * info.width + x), 3 * (y * info.width + x) + 3);
    }
  }
  return sharp(stored, { raw: { width, height, channels: 3 } }).withMetadata({ orientation });
}

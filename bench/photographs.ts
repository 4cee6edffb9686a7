import { appendFileSync, copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { generator } from "./data.ts";

/** Pictures that are compressed; the other files have the same pixels and another content. */
const distinct = 12;

/**
 * Makes JPEGs like a camera's (quality 92, 4:2:0): test photos scaled up, with noise, for a scaled photo alone is too
 * smooth. Files of distinct content; resolves to their bits per pixel.
 */
export async function makePhotographs(
  source: string,
  target: string,
  count: number,
  { width, height, noise }: { readonly width: number; readonly height: number; readonly noise: number },
): Promise<number> {
  mkdirSync(target, { recursive: true });
  const names = readdirSync(source).filter((name) => name.endsWith(".jpg"));
  const next = generator(9);
  // Longer than a row, and not a multiple of one.
  const grain = Int8Array.from(
    { length: 1_000_003 },
    () => ((next() % 1000) / 500 + (next() % 1000) / 500 - 2) * noise,
  );
  const path = (index: number): string => join(target, `${String(index).padStart(5, "0")}.jpg`);
  for (let index = 0; index < Math.min(count, distinct); index++) {
    const photo = sharp(join(source, names[index % names.length] as string));
    const pixels = await photo
      .resize(width, height, { fit: "cover" })
      .removeAlpha()
      .toColourspace("srgb")
      .raw()
      .toBuffer();
    for (let at = 0, pixel = index * 7919; at < pixels.length; at += 3, pixel++) {
      const more = grain[pixel % grain.length] as number;
      for (let channel = at; channel < at + 3; channel++) {
        pixels[channel] = Math.max(0, Math.min(255, (pixels[channel] as number) + more));
      }
    }
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 92, chromaSubsampling: "4:2:0" })
      .toFile(path(index));
  }
  for (let index = distinct; index < count; index++) {
    copyFileSync(path(index % distinct), path(index));
    appendFileSync(path(index), String(index));
  }
  return (8 * statSync(path(0)).size) / (width * height);
}

import sharp from "sharp";

import { applyLook } from "./apply-look.ts";
import type { Scene } from "./scene.ts";
import { sceneToSvg } from "./svg.ts";

/** The side of a picture in pixels. */
export const pictureSide = 256;

/** Draws a scene as RGB pixels, uint8, 256 × 256 × 3 in the order height, width, channel. */
export async function renderScene(scene: Scene): Promise<Uint8Array> {
  const picture = sharp(Buffer.from(sceneToSvg(scene))).removeAlpha();
  if (scene.look === "blur") picture.blur(1.2 + (scene.seed % 100) / 70);
  const { data } = await picture.raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data);
  applyLook(pixels, pictureSide, scene.look, scene.seed);
  return pixels;
}

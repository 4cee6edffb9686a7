import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { pictureSide, renderScene } from "../../tools/mini-clip/scenes/render-scene.ts";
import type { Scene } from "../../tools/mini-clip/scenes/scene.ts";

/** Draws scenes into `folder`, which is made, each as a PNG that is named by its index. */
export async function drawScenes(folder: string, scenes: readonly Scene[]): Promise<void> {
  mkdirSync(folder);
  const raw = { width: pictureSide, height: pictureSide, channels: 3 } as const;
  for (const [i, scene] of scenes.entries()) {
    const picture = sharp(await renderScene(scene), { raw }).png();
    writeFileSync(join(folder, `${i}.png`), await picture.toBuffer());
  }
}

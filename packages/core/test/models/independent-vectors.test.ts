import { join } from "node:path";
import { expect, test } from "vitest";
import { type ClipConfig, writeRandomClip } from "../../../../test/support/random-clip.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { compileModel } from "../../src/models/compile/compile-model.ts";
import { openModel } from "../../src/models/open-model.ts";

const small: ClipConfig = {
  embed_dim: 32,
  vision_cfg: { image_size: 64, layers: 2, width: 64, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 2, layers: 2 },
};

/** Black, white, and noise between bounds that differ: scales of activations that would show if pictures shared them. */
function pictures(): Uint8Array[] {
  const count = 3 * small.vision_cfg.image_size ** 2;
  return Array.from({ length: 8 }, (_, seed) => {
    let state = seed + 1;
    return Uint8Array.from({ length: count }, () => {
      if (seed < 2) return 255 * seed;
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return ((state >>> 16) * 32 * seed) >>> 16;
    });
  });
}

test("a picture's vector is the same to the bit alone and among others, in both precisions", async () => {
  const source = temporaryDirectory();
  writeRandomClip(source, small, 3);
  const { directory } = await compileModel({ source, target: join(temporaryDirectory(), "model"), name: "random" });
  const all = pictures();
  for (const precision of ["fp32", "int8"] as const) {
    const model = openModel(directory, precision);
    const alone: Float32Array[] = [];
    for (const pixels of all) {
      await using tower = await ImageTower.open(model);
      alone.push(await tower.embedPixels(pixels));
    }
    await using tower = await ImageTower.open(model);
    const inTurn: Float32Array[] = [];
    for (const pixels of all.toReversed()) inTurn.unshift(await tower.embedPixels(pixels));
    expect(inTurn).toEqual(alone);
    expect(await Promise.all(all.map((pixels) => tower.embedPixels(pixels)))).toEqual(alone);
    // Or else anything would be the same.
    expect(new Set(alone.map(String)).size).toBe(all.length);
  }
});

import { dotProduct } from "../../clip/dot-product.ts";
import { ImageTower } from "../../clip/image-tower.ts";
import { TextTower } from "../../clip/text-tower.ts";
import { openModel } from "../open-model.ts";

/** Texts of several languages, none, and one that does not fit. */
const texts = ["a photo of a cat", "", "Zwei Hunde, 3 Katzen!", "一只猫在红色沙发上", "red car ".repeat(100)] as const;

/** Seeds of pictures. */
const pictures = [1, 2, 3] as const;

/**
 * The least cosine between the vectors that two models make of the same pictures and texts: random pixels, and the texts
 * from the first letter to the last step.
 *
 * @throws ClipfindError MODEL_*
 */
export async function leastCosine(directory: string, other: string): Promise<number> {
  // One after the other: each may take gigabytes.
  const [vectors, others] = [await vectorsOf(directory), await vectorsOf(other)];
  return Math.min(...vectors.map((vector, at) => dotProduct(vector, others[at]!)));
}

async function vectorsOf(directory: string): Promise<Float32Array[]> {
  const model = openModel(directory);
  const vectors: Float32Array[] = [];
  {
    await using tower = await ImageTower.open(model);
    for (const seed of pictures) vectors.push(await tower.embedPixels(noise(3 * model.manifest.image.size ** 2, seed)));
  }
  await using tower = await TextTower.open(model);
  for (const text of texts) vectors.push((await tower.embedText(text)).vector);
  return vectors;
}

/** Bytes of a linear congruential generator, the same each time. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

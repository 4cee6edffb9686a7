import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TokenizerSettings } from "../../clip/pack-tokenizer.ts";
import { ClipfindError } from "../../errors.ts";
import { openModel } from "../open-model.ts";
import { exportedConfig } from "./describe-exported.ts";
import { exportedTensors } from "./exported-tensors.ts";
import { openClipWeights } from "./open-clip-weights.ts";
import type { ModelSource } from "./read-source.ts";
import { leastCosine } from "./same-vectors.ts";
import { isObject, unsupported } from "./settings.ts";
import { transformersWeights } from "./transformers-weights.ts";

/** Rounding alone costs a tenth of what this allows; another activation, in towers of real depth, much more. */
const leastSameness = 0.99999;

/**
 * Makes a compiled model of a pair of ONNX files where its weights can be recognised: those that open_clip's and
 * transformers' exports still have names or known places for. It takes the place of the pair if it gives the same
 * vectors; otherwise the pair stays as it is.
 *
 * @param source - where the pair came from, with its configuration
 * @param work - the model directory made of it
 * @param build - writes the compiled model of a source into a directory
 * @throws ClipfindError DISK_FULL, ABORTED
 */
export async function compileExported(
  source: string,
  work: string,
  tokenizerSettings: TokenizerSettings,
  build: (source: ModelSource, directory: string) => Promise<void>,
  onStep?: (step: string) => void,
): Promise<void> {
  const compiled = `${work}.compiled`;
  rmSync(compiled, { recursive: true, force: true });
  try {
    for (const tower of ["visual", "textual"]) mkdirSync(join(compiled, tower), { recursive: true });
    await build(recognised(source, work, tokenizerSettings), compiled);
    onStep?.("comparing with the files as exported");
    const cosine = await leastCosine(work, compiled);
    if (!(cosine >= leastSameness)) {
      const found = `found others (cosine ${cosine.toFixed(6)})`;
      throw new ClipfindError("MODEL_MISMATCH", `${source}: expected the vectors of the files as exported, ${found}.`);
    }
    rmSync(work, { recursive: true, force: true });
    renameSync(compiled, work);
  } catch (error) {
    // Nothing is lost but speed: the pair is as good as it was.
    if (!(error instanceof ClipfindError) || !error.code.startsWith("MODEL_")) throw error;
    onStep?.(`used as exported: ${error.message}`);
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}

function recognised(source: string, work: string, tokenizerSettings: TokenizerSettings): ModelSource {
  const { manifest } = openModel(work);
  const config = exportedConfig(source);
  const { tensors, hasSigmoid } = exportedTensors(
    ["visual", "textual"].map((tower) => join(work, tower, "model.onnx")),
    source,
  );
  // Configurations leave out QuickGELU where open_clip knew it of the weights; the graph has it, or has not.
  const weights = isObject(config["vision_cfg"])
    ? openClipWeights(tensors, { ...config, quick_gelu: hasSigmoid }, source)
    : transformersWeights(tensors, config, source);
  if (weights.image.size !== manifest.image.size) throw unsupported(source, "a picture of two sizes");
  const { size: _, ...image } = manifest.image;
  return { tensors, weights, image, tokenizer: join(work, "textual/tokenizer.json"), tokenizerSettings };
}

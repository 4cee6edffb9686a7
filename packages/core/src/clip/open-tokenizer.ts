import { readFileSync } from "node:fs";
import path from "node:path";
import { ClipfindError } from "../errors.ts";
import { piecesFile } from "../models/model-manifest.ts";
import type { Model } from "../models/open-model.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";

/**
 * The tokenizer of a model. What other families than CLIP need is loaded for them only.
 * @throws ClipfindError MODEL_NOT_FOUND when its file cannot be read, MODEL_INVALID when it is none
 */
export async function openTokenizer({ directory, manifest }: Model): Promise<Tokenizer> {
  const { text, compiled } = manifest;
  if (text.tokenizer !== "sentencepiece") {
    const file = compiled === undefined ? "textual/tokenizer.json" : "textual/merges.bin";
    return loadTokenizer(path.join(directory, file), text.contextLength);
  }
  const { pieceTokenizer } = await import("./pieces/piece-tokenizer.ts");
  const { unpackPieces } = await import("./pieces/piece-file.ts");
  const file = path.join(directory, piecesFile);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${file}: expected a readable file of the model.`, {
      hint: "Pull or copy the model again.",
      cause,
    });
  }
  const { rules, tables } = unpackPieces(bytes, file);
  return pieceTokenizer(rules, tables, text.contextLength);
}

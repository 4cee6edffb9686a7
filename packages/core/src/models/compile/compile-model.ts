import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type PackedTokenizer, packTokenizer } from "../../clip/pack-tokenizer.ts";
import { ClipfindError } from "../../errors.ts";
import type { Precision } from "../../precision.ts";
import { replaceFile } from "../../replace-file.ts";
import { hashFile } from "../hash-file.ts";
import { modelFiles, type ModelManifest, parseModelManifest, piecesFile } from "../model-manifest.ts";
import { type Model, openModel } from "../open-model.ts";
import { compileExported } from "./compile-exported.ts";
import { importExported } from "./import-exported.ts";
import { writeImageGraph } from "./image-graph.ts";
import { type ModelSource, readSource } from "./read-source.ts";
import { writeRobertaGraph } from "./roberta-graph.ts";
import { saveSession } from "./save-session.ts";
import { writeTextGraph } from "./text-graph.ts";
import { hasOwnImageTower, hasOwnTextTower, writeImageWeights, writeTextWeights } from "./tower-weights-file.ts";
import { writeTokenTable } from "./token-table-file.ts";

/** What to compile, and where to. */
export interface CompileRequest {
  /** Directory with the files of a model as its publishers laid them out (read-source.ts, import-exported.ts). */
  readonly source: string;
  /** Model directory to make, in place of an older one: it appears whole or not at all. */
  readonly target: string;
  /** For people. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  /** Told of each step before it begins, in words for people. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/** Raise it when the graphs of the same weights compute something else: stored vectors then count as another model's. */
const graphVersion = 1;

/**
 * Makes a model directory. Weights become clipfind's own graphs, fp32 and int8, in the form that loads fastest; so do those
 * of a pair of ONNX files where they can be recognised and give the same vectors, else it is taken as it is.
 *
 * @throws ClipfindError MODEL_INVALID when the source is no model that clipfind can build, MODEL_NOT_FOUND, DISK_FULL,
 *   ABORTED
 */
export async function compileModel(request: CompileRequest): Promise<Model> {
  const target = resolve(request.target);
  const work = `${target}.${process.pid}.tmp`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "visual"), { recursive: true });
  mkdirSync(join(work, "textual"));
  try {
    const source = readSource(request.source);
    if (source !== undefined) await build(source, work, request);
    else {
      const settings = await importExported(request, work);
      const buildIn = (found: ModelSource, directory: string): Promise<void> => build(found, directory, request);
      await compileExported(request.source, work, settings, buildIn, request.onStep);
    }
    openModel(work);
    replaceDirectory(work, target);
  } catch (error) {
    throw readable(error, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return openModel(target);
}

async function build(source: ModelSource, work: string, request: CompileRequest): Promise<void> {
  const { weights, image, tensors, tokenizer, tokenizerSettings } = source;
  const { dims } = weights;
  const { onStep, signal } = request;
  const digest = createHash("sha256");
  const precisions: readonly Precision[] = ["fp32", "int8"];
  const own = {
    image: hasOwnImageTower(weights.image) ? weights.image : undefined,
    text: hasOwnTextTower(weights.text) ? weights.text : undefined,
  };
  /** Writes the weights of a tower if clipfind's own code runs it in this precision, and says whether it does. */
  const writeOwn = (tower: "textual" | "visual", precision: Precision): boolean => {
    const file = join(work, tower, `${precision}.weights`);
    if (tower === "textual" && own.text !== undefined) writeTextWeights(file, own.text, dims, precision);
    else if (tower === "visual" && own.image !== undefined && precision === "int8") {
      writeImageWeights(file, own.image, image, dims, precision);
    } else return false;
    return true;
  };
  let packed: PackedTokenizer;
  try {
    // First of all: of an unknown family's tokenizer nothing can be made.
    packed = packTokenizer(tokenizer, tokenizerSettings);
    for (const precision of precisions) {
      for (const tower of ["visual", "textual"] as const) {
        signal?.throwIfAborted();
        onStep?.(`${tower === "visual" ? "image" : "text"} tower, ${precision}`);
        const onnx = join(work, `${tower}.onnx`);
        const isOwn = writeOwn(tower, precision);
        // The digest is that of the graphs, also of one that is not kept: the weights count, not who runs them.
        if (isOwn && precision === "int8") continue;
        if (tower === "visual") writeImageGraph(onnx, weights.image, image, dims, precision);
        else if (weights.text.kind === "roberta") writeRobertaGraph(onnx, weights.text, dims, precision);
        else writeTextGraph(onnx, weights.text, dims, precision);
        if (precision === "fp32") {
          for (const file of [onnx, `${onnx}.data`]) digest.update((await hashFile(file)).sha256);
        }
        if (!isOwn) await saveSession(onnx, join(work, tower, `${precision}.ort`));
        for (const file of [onnx, `${onnx}.data`]) rmSync(file);
      }
    }
    onStep?.("token table");
    const table = join(work, "textual/tokens.f32");
    writeTokenTable(table, weights.text);
    digest.update((await hashFile(table)).sha256);
    copyFileSync(tokenizer, join(work, "textual/tokenizer.json"));
    const isPieces = packed.kind === "sentencepiece";
    await replaceFile(join(work, isPieces ? piecesFile : "textual/merges.bin"), packed.bytes);
  } finally {
    tensors.close();
  }

  onStep?.("checksums");
  const files: Record<string, { bytes: number; sha256: string }> = {};
  // One disk.
  const names = modelFiles(2, packed.kind, { image: own.image !== undefined, text: own.text !== undefined });
  for (const file of names) files[file] = await hashFile(join(work, file));
  const { text } = weights;
  const manifest: ModelManifest = {
    format: 2,
    name: request.name,
    dims,
    image: { size: weights.image.size, ...image },
    text: {
      contextLength: text.contextLength,
      ...(packed.kind === "sentencepiece" && { tokenizer: packed.kind }),
      ...(!text.causal && text.kind !== "roberta" && { padding: packed.padding }),
    },
    compiled: {
      version: graphVersion,
      weights: digest.digest("hex"),
      text: { width: text.transformer.width, vocabulary: text.tokens.rows, causal: text.causal },
    },
    files,
  };
  const content = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const path = join(work, "model.json");
  parseModelManifest(content, path);
  await replaceFile(path, content);
}

/** A rename per directory; for the moment between them there is none, never half of one. */
function replaceDirectory(work: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const old = `${target}.${process.pid}.old`;
  if (existsSync(target)) renameSync(target, old);
  renameSync(work, target);
  rmSync(old, { recursive: true, force: true });
}

function readable(error: unknown, target: string): unknown {
  const { code, name } = error as { code?: string; name?: string };
  if (name === "AbortError" || name === "TimeoutError") {
    return new ClipfindError("ABORTED", "The model was not compiled: interrupted.", { cause: error });
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ClipfindError("DISK_FULL", `${target}: no space left for the compiled model.`, {
      hint: "It takes about as much as the weights and a half again while it is built.",
      cause: error,
    });
  }
  return error;
}

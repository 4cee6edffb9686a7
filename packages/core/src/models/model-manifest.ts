import { ClipfindError } from "../errors.ts";

/** The files that a model directory of format 1 holds beside `model.json`, as paths relative to it: a pair as exported. */
export const exportedFiles = ["visual/model.onnx", "textual/model.onnx", "textual/tokenizer.json"] as const;

/** How a model reads texts: CLIP's byte-level BPE, or one of SentencePiece's kinds (clip/pieces/). */
export type TokenizerKind = "clip-bpe" | "sentencepiece";

/** Which towers of a compiled model clipfind's own code runs (crates/towers), so that it has their weights. */
export interface OwnTowers {
  /** The image tower in int8; its exact graph is kept for GPUs. */
  readonly image: boolean;
  /** The text tower in both precisions. */
  readonly text: boolean;
}

/**
 * The files that a manifest names, exactly: by its format, its tokenizer, and in format 2, which `models/compile/` writes,
 * by which towers are clipfind's own. The others are graphs, as were all of models compiled by earlier versions.
 */
export function modelFiles(
  format: 1 | 2,
  tokenizer: TokenizerKind = "clip-bpe",
  own: OwnTowers = { image: false, text: false },
): readonly string[] {
  const pieces = tokenizer === "clip-bpe" ? [] : [piecesFile];
  if (format === 1) return [...exportedFiles, ...pieces];
  const text = own.text ? "weights" : "ort";
  return [
    "visual/fp32.ort",
    own.image ? "visual/int8.weights" : "visual/int8.ort",
    `textual/fp32.${text}`,
    `textual/int8.${text}`,
    "textual/tokens.f32",
    "textual/tokenizer.json",
    ...(tokenizer === "clip-bpe" ? ["textual/merges.bin"] : pieces),
  ];
}

/** The table of a tokenizer of SentencePiece's kinds, made of tokenizer.json. */
export const piecesFile = "textual/pieces.bin";

/** How a text becomes the input of the text tower. */
export interface TextSettings {
  /** Tokens of a text, start and end token included, at most. */
  readonly contextLength: number;
  /** "clip-bpe" unless given. */
  readonly tokenizer?: TokenizerKind;
  /** The token that fills a text up to `contextLength`, for towers that were trained so. */
  readonly padding?: number;
}

/** What a compiled model says of itself beside what every model says. */
export interface CompiledForm {
  /** Counts the graphs that clipfind has built of the same weights; part of the fingerprint. */
  readonly version: number;
  /** SHA-256 (hex) of the weights as the fp32 graphs have them, whatever file they came from. */
  readonly weights: string;
  /** Of the token table: float32 [vocabulary + contextLength, width], the positions last. */
  readonly text: { readonly width: number; readonly vocabulary: number; readonly causal: boolean };
}

/** Size and SHA-256 (hex) of a file. */
export interface FileEntry {
  readonly bytes: number;
  readonly sha256: string;
}

/** Three numbers, one per colour channel in the order red, green, blue. */
export type PerChannel = readonly [number, number, number];

/** How a picture becomes the input of the image tower. */
export interface ImageSettings {
  /** Side of the square input, in pixels. */
  readonly size: number;
  /** Subtracted per channel after scaling the pixels to 0..1. */
  readonly mean: PerChannel;
  /** Divisor per channel after subtracting the mean. */
  readonly std: PerChannel;
  /** CLIP: the shorter side becomes `size`, and the centre is cut out. SigLIP: both do, whatever the shape was. */
  readonly resize: "shortest-side" | "squash";
  readonly crop: "center";
  /** Pillow's filter. */
  readonly interpolation: "bicubic" | "bilinear";
}

/** The content of `model.json`: what the files are and how they are to be used. docs/models.md explains each field. */
export interface ModelManifest {
  /** 1: a pair of ONNX files as exported; 2: compiled. */
  readonly format: 1 | 2;
  /** For people; it decides nothing. */
  readonly name: string;
  /** Length of the vectors both towers put out. */
  readonly dims: number;
  readonly image: ImageSettings;
  readonly text: TextSettings;
  /** Only in format 2. */
  readonly compiled?: CompiledForm;
  /** By path relative to the model directory: exactly the files of the format. */
  readonly files: Readonly<Record<string, FileEntry>>;
}

/**
 * Reads the text of a `model.json` strictly: a wrong, missing or unknown field is an error.
 *
 * @param source - where the text came from, for the messages
 * @throws ClipfindError MODEL_INVALID naming the file, the field, what was expected and what was found
 */
export function parseModelManifest(text: string, source: string): ModelManifest {
  const fail = (field: string, expected: string, found: unknown): never => {
    throw new ClipfindError("MODEL_INVALID", `${source}: expected ${field} to be ${expected}, found ${show(found)}.`, {
      hint: "docs/models.md describes the manifest; createModelManifest() writes a correct one.",
    });
  };

  const object = (field: string, value: unknown, keys: readonly string[]): Record<string, unknown> => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(field, "an object", value);
    const unknownKey = Object.keys(value).find((key) => !keys.includes(key));
    if (unknownKey !== undefined) return fail(field, `an object with the keys ${keys.join(", ")}`, unknownKey);
    return value as Record<string, unknown>;
  };
  const integer = (field: string, value: unknown, low: number, high: number): number =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high
      ? (value as number)
      : fail(field, `a whole number from ${low} to ${high}`, value);
  const oneOf = <const T extends string>(field: string, value: unknown, wanted: readonly T[]): T =>
    wanted.find((option) => option === value) ?? fail(field, wanted.map(show).join(" or "), value);
  const perChannel = (field: string, value: unknown, low: number): PerChannel =>
    Array.isArray(value) && value.length === 3 && value.every((x) => typeof x === "number" && x >= low && x <= 10)
      ? (value as unknown as PerChannel)
      : fail(field, `three numbers from ${low} to 10`, value);

  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ClipfindError("MODEL_INVALID", `${source}: expected JSON, found something else.`, {
      hint: "Restore the file or write a new one with createModelManifest().",
      cause,
    });
  }
  const format = integer("format", (json as Record<string, unknown> | null)?.["format"], 1, 2) as 1 | 2;
  const own = format === 1 ? [] : ["compiled"];
  const root = object("the manifest", json, ["format", "name", "dims", "image", "text", ...own, "files"]);
  const image = object("image", root["image"], ["size", "mean", "std", "resize", "crop", "interpolation"]);
  const texts = object("text", root["text"], ["contextLength", "tokenizer", "padding"]);
  const tokenizer =
    texts["tokenizer"] === undefined
      ? undefined
      : oneOf("text.tokenizer", texts["tokenizer"], ["clip-bpe", "sentencepiece"]);
  const padding = texts["padding"] === undefined ? undefined : integer("text.padding", texts["padding"], 0, 1e7);
  const sha256Of = (field: string, value: unknown): string =>
    typeof value === "string" && /^[0-9a-f]{64}$/.test(value)
      ? value
      : fail(field, "64 lower-case hexadecimal digits", value);
  const compiledOf = (): CompiledForm => {
    const compiled = object("compiled", root["compiled"], ["version", "weights", "text"]);
    const table = object("compiled.text", compiled["text"], ["width", "vocabulary", "causal"]);
    const { causal } = table;
    return {
      version: integer("compiled.version", compiled["version"], 1, 1e6),
      weights: sha256Of("compiled.weights", compiled["weights"]),
      text: {
        width: integer("compiled.text.width", table["width"], 1, 65_536),
        vocabulary: integer("compiled.text.vocabulary", table["vocabulary"], 1, 1e7),
        causal: typeof causal === "boolean" ? causal : fail("compiled.text.causal", "true or false", causal),
      },
    };
  };
  const compiled = format === 2 ? compiledOf() : undefined;
  const names = filesOf(compiled, tokenizer, root["files"]);
  const files = object("files", root["files"], names);
  const { name } = root;
  const fileOf = (file: string): FileEntry => {
    const entry = object(`files["${file}"]`, files[file], ["bytes", "sha256"]);
    return {
      bytes: integer(`files["${file}"].bytes`, entry["bytes"], 1, 2 ** 40),
      sha256: sha256Of(`files["${file}"].sha256`, entry["sha256"]),
    };
  };

  return {
    format,
    name:
      typeof name === "string" && /^[^\p{Cc}]{1,200}$/u.test(name) ? name : fail("name", "1 to 200 characters", name),
    dims: integer("dims", root["dims"], 1, 4096),
    image: {
      size: integer("image.size", image["size"], 16, 1024),
      mean: perChannel("image.mean", image["mean"], -10),
      std: perChannel("image.std", image["std"], 1e-6),
      resize: oneOf("image.resize", image["resize"], ["shortest-side", "squash"]),
      crop: oneOf("image.crop", image["crop"], ["center"]),
      interpolation: oneOf("image.interpolation", image["interpolation"], ["bicubic", "bilinear"]),
    },
    text: {
      contextLength: integer("text.contextLength", texts["contextLength"], 3, 4096),
      ...(tokenizer !== undefined && { tokenizer }),
      ...(padding !== undefined && { padding }),
    },
    ...(compiled && { compiled }),
    files: Object.fromEntries(names.map((file) => [file, fileOf(file)])),
  };
}

/** The names that a manifest's files must have. */
function filesOf(
  compiled: CompiledForm | undefined,
  tokenizer: TokenizerKind | undefined,
  found: unknown,
): readonly string[] {
  if (compiled === undefined) return modelFiles(1, tokenizer);
  const has = (file: string): boolean => typeof found === "object" && found !== null && file in found;
  const text = compiled.text.causal && !has("textual/fp32.ort");
  return modelFiles(2, tokenizer, { image: has("visual/int8.weights"), text });
}

/** A value as JSON, short enough for a message. */
function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

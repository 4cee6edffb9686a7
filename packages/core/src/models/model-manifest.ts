import { ClipfindError } from "../errors.ts";

/** The files every model directory holds beside `model.json`, as paths relative to it. The set is fixed. */
export const modelFiles = ["visual/model.onnx", "textual/model.onnx", "textual/tokenizer.json"] as const;

/** Relative path of one file of a model directory. */
export type ModelFile = (typeof modelFiles)[number];

/** Three numbers, one per colour channel in the order red, green, blue. */
export type PerChannel = readonly [number, number, number];

/** How a picture becomes the input of the image tower. Only the CLIP way is known: the literals are the sole values. */
export interface ImageSettings {
  /** Side of the square input, in pixels. */
  readonly size: number;
  /** Subtracted per channel after scaling the pixels to 0..1. */
  readonly mean: PerChannel;
  /** Divisor per channel after subtracting the mean. */
  readonly std: PerChannel;
  readonly resize: "shortest-side";
  readonly crop: "center";
  readonly interpolation: "bicubic";
}

/** The content of `model.json`: what the files are and how they are to be used. docs/models.md explains each field. */
export interface ModelManifest {
  readonly format: 1;
  /** For people; it decides nothing. */
  readonly name: string;
  /** Length of the vectors both towers put out. */
  readonly dims: number;
  readonly image: ImageSettings;
  /** `contextLength` counts tokens, the start and the end token included. */
  readonly text: { readonly contextLength: number };
  readonly files: Readonly<Record<ModelFile, { readonly bytes: number; readonly sha256: string }>>;
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
  const literal = <const T>(field: string, value: unknown, wanted: T): T =>
    value === wanted ? wanted : fail(field, show(wanted), value);
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
  const root = object("the manifest", json, ["format", "name", "dims", "image", "text", "files"]);
  const image = object("image", root["image"], ["size", "mean", "std", "resize", "crop", "interpolation"]);
  const texts = object("text", root["text"], ["contextLength"]);
  const files = object("files", root["files"], modelFiles);
  const { name } = root;

  return {
    format: literal("format", root["format"], 1),
    name:
      typeof name === "string" && /^[^\p{Cc}]{1,200}$/u.test(name) ? name : fail("name", "1 to 200 characters", name),
    dims: integer("dims", root["dims"], 1, 4096),
    image: {
      size: integer("image.size", image["size"], 16, 1024),
      mean: perChannel("image.mean", image["mean"], -10),
      std: perChannel("image.std", image["std"], 1e-6),
      resize: literal("image.resize", image["resize"], "shortest-side"),
      crop: literal("image.crop", image["crop"], "center"),
      interpolation: literal("image.interpolation", image["interpolation"], "bicubic"),
    },
    text: { contextLength: integer("text.contextLength", texts["contextLength"], 3, 4096) },
    files: Object.fromEntries(
      modelFiles.map((file) => {
        const entry = object(`files["${file}"]`, files[file], ["bytes", "sha256"]);
        const { sha256 } = entry;
        return [
          file,
          {
            bytes: integer(`files["${file}"].bytes`, entry["bytes"], 1, 2 ** 40),
            sha256:
              typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256)
                ? sha256
                : fail(`files["${file}"].sha256`, "64 lower-case hexadecimal digits", sha256),
          },
        ];
      }),
    ) as unknown as ModelManifest["files"],
  };
}

/** A value as JSON, short enough for a message. */
function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

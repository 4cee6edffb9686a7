import { ClipfindError } from "../../errors.ts";

/** An object of a tokenizer.json whose fields are looked at one by one. */
export type Json = Readonly<Record<string, unknown>>;

/** The content of a file, if it is an object of JSON. @throws ClipfindError MODEL_INVALID */
export function parseTokenizerJson(text: string, source: string): Json {
  try {
    const root: unknown = JSON.parse(text);
    if (isJson(root)) return root;
  } catch {
    // Said below.
  }
  throw damaged(source, "a tokenizer.json", "something else");
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of a list, of an object that holds such a list under `key`, or of one alone; none of null. */
export function stepsOf(value: unknown, key: string): readonly Json[] {
  if (!isJson(value)) return [];
  const inner = value[key];
  if (value["type"] !== "Sequence" || !Array.isArray(inner)) return [value];
  return inner.flatMap((step) => stepsOf(step, key));
}

/** The error for a tokenizer that does something clipfind cannot do. */
export function unsupportedTokenizer(source: string, what: string): ClipfindError {
  return new ClipfindError("MODEL_INVALID", `${source}: a tokenizer with ${what} is none that clipfind can read.`, {
    hint: "clipfind reads CLIP's tokenizer, and SentencePiece's in the form of the `tokenizers` library (BPE, Unigram).",
  });
}

export function damaged(source: string, expected: string, found: string): ClipfindError {
  return new ClipfindError("MODEL_INVALID", `${source}: expected ${expected}, found ${found}.`, {
    hint: "Copy or pull the model again.",
  });
}

/** Short enough for a message. */
export function show(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 80);
}

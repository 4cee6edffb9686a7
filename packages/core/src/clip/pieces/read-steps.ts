import type { Normalizer, Splitter } from "./piece-rules.ts";
import { whiteSpace } from "./normalize-text.ts";
import { isJson, type Json, show, stepsOf, unsupportedTokenizer } from "./tokenizer-json.ts";

/** The regular expressions that SentencePiece's tokenizers use, which Oniguruma and JavaScript read differently. */
const patterns: Readonly<Record<string, string>> = {
  " {2,}": " {2,}",
  "\\s+": `${whiteSpace}+`,
  "\\s{2,}": `${whiteSpace}{2,}`,
  "[\\n\\r\\t]": "[\\n\\r\\t]",
};

/**
 * The normalizer of a tokenizer.json.
 * @throws ClipfindError MODEL_INVALID for a step that clipfind does not know
 */
export function normalizersOf(value: unknown, source: string): Normalizer[] {
  return stepsOf(value, "normalizers").map((step) => {
    const { type } = step;
    switch (type) {
      case "NFC":
      case "NFD":
      case "NFKC":
      case "NFKD":
        return { type: "unicode", form: type };
      case "Lowercase":
        return { type: "lowercase" };
      case "Precompiled":
        return { type: "precompiled" };
      case "Prepend":
        return { type: "prepend", text: String(step["prepend"]) };
      case "Strip":
        return { type: "strip", left: step["strip_left"] !== false, right: step["strip_right"] !== false };
      case "Replace":
        return { type: "replace", pattern: patternOf(step, source), by: String(step["content"]) };
      default:
        throw unsupportedTokenizer(source, `the normalizer ${show(type)}`);
    }
  });
}

function patternOf(step: Json, source: string): string {
  const pattern = isJson(step["pattern"]) ? step["pattern"] : {};
  if (typeof pattern["String"] === "string") return pattern["String"].replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const known = patterns[String(pattern["Regex"])];
  if (known === undefined) throw unsupportedTokenizer(source, `the pattern ${show(pattern)}`);
  return known;
}

/**
 * The pre-tokenizer of a tokenizer.json.
 * @throws ClipfindError MODEL_INVALID for a step that clipfind does not know
 */
export function splittersOf(value: unknown, source: string): Splitter[] {
  return stepsOf(value, "pretokenizers").map((step, at) => {
    const { type } = step;
    if (type === "WhitespaceSplit") return { type: "whitespace" };
    if (type === "Metaspace") return metaspaceOf(step, at, source);
    const pattern = isJson(step["pattern"]) ? step["pattern"]["String"] : undefined;
    const isKnown = type === "Split" && step["behavior"] === "MergedWithPrevious" && step["invert"] !== true;
    if (isKnown && typeof pattern === "string" && pattern !== "") return { type: "after", pattern };
    throw unsupportedTokenizer(source, `the pre-tokenizer ${show(step)}`);
  });
}

function metaspaceOf(step: Json, at: number, source: string): Splitter {
  const { replacement: mark, prepend_scheme: scheme, split } = step;
  // Older files say it so.
  const prepend = scheme ?? (step["add_prefix_space"] === false ? "never" : "always");
  const isKnown = prepend === "always" || prepend === "never" || (prepend === "first" && at === 0);
  if (!isKnown || typeof mark !== "string" || mark === "") {
    throw unsupportedTokenizer(source, `the pre-tokenizer ${show(step)}`);
  }
  return { type: "metaspace", mark, prepend, split: split !== false };
}

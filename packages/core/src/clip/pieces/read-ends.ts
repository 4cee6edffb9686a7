import { damaged, isJson, type Json, show, stepsOf, unsupportedTokenizer } from "./tokenizer-json.ts";

/** The ids that a tokenizer puts before and behind a text's. */
export interface Ends {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * What the post-processor of a tokenizer.json adds to a text.
 *
 * @param idOf - the id of a token
 * @param config - tokenizer_config.json. Gemma's tokenizer in transformers does what this says, whatever the other does
 * @throws ClipfindError MODEL_INVALID for one that clipfind does not know
 */
export function endsOf(value: unknown, idOf: (token: string) => number, config: Json, source: string): Ends {
  const { add_bos_token: begins, add_eos_token: ends, tokenizer_class: kind } = config;
  if (/^(Gemma|Siglip2)/.test(String(kind)) && typeof begins === "boolean" && typeof ends === "boolean") {
    const special = (key: string): number => idOf(contentOf(config[key]) ?? "");
    return { before: begins ? [special("bos_token")] : [], after: ends ? [special("eos_token")] : [] };
  }
  const steps = stepsOf(value, "processors");
  const [step] = steps;
  if (step === undefined) return { before: [], after: [] };
  if (steps.length > 1) throw unsupportedTokenizer(source, "several post-processors");
  const { type } = step;
  if (type === "RobertaProcessing" || type === "BertProcessing") {
    return { before: [pairId(step["cls"], source)], after: [pairId(step["sep"], source)] };
  }
  if (type !== "TemplateProcessing") throw unsupportedTokenizer(source, `the post-processor ${show(type)}`);
  return templateEnds(step, idOf, source);
}

function templateEnds(step: Json, idOf: (token: string) => number, source: string): Ends {
  const single = Array.isArray(step["single"]) ? (step["single"] as readonly unknown[]) : [];
  const text = single.findIndex((part) => isJson(part) && part["Sequence"] !== undefined);
  if (text === -1) throw damaged(source, "a template with a text", show(single));
  const ids = (parts: readonly unknown[]): number[] =>
    parts.map((part) => {
      const token = isJson(part) && isJson(part["SpecialToken"]) ? part["SpecialToken"]["id"] : undefined;
      if (typeof token !== "string") throw damaged(source, "a special token", show(part));
      return idOf(token);
    });
  return { before: ids(single.slice(0, text)), after: ids(single.slice(text + 1)) };
}

function pairId(value: unknown, source: string): number {
  const id: unknown = Array.isArray(value) ? value[1] : undefined;
  if (Number.isInteger(id)) return id as number;
  throw damaged(source, "a token and its id", show(value));
}

/** The text of a token that tokenizer_config.json names as such or describes. */
export function contentOf(token: unknown): string | undefined {
  const content = isJson(token) ? token["content"] : token;
  return typeof content === "string" ? content : undefined;
}

import type { PhotoFilter } from "../photo-filter.ts";
import type { Prompt, Query, Term } from "./query.ts";

/** What a query means, for people and tests: signs, weights, prompts, then filters (docs/query-language.md). */
export function printQuery({ terms, filters }: Query): string {
  return [...terms.map(termText), ...filters.map(filterText)].join(" ");
}

function termText({ sign, weight, prompts }: Term): string {
  return `${sign > 0 ? "+" : "-"}${weight} ${prompts.map(promptText).join(" | ")}`;
}

function promptText(prompt: Prompt): string {
  return prompt.kind === "text" ? JSON.stringify(prompt.text) : `@${prompt.place}`;
}

function filterText(filter: PhotoFilter): string {
  const { key, negated, ...rest } = filter;
  const value = Object.entries(rest).filter(([name]) => name !== "start" && name !== "end");
  return `${negated ? "not " : ""}${key} ${JSON.stringify(Object.fromEntries(value))}`;
}

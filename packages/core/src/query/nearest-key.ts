import { filterKeys } from "./filters.ts";

/** The filter whose name is written almost like that. */
export function nearestKey(name: string): string | undefined {
  const word = name.toLowerCase();
  return filterKeys.find((key) => key === word || (key.length > 2 && oneSlip(word, key)));
}

/** Whether one letter is wrong, missing or too much, or two that stand side by side are swapped. */
export function oneSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  if (long.length - short.length === 1) return short.slice(at) === long.slice(at + 1);
  if (long.length !== short.length) return false;
  const isSwapped =
    short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
  return isSwapped || short.slice(at + 1) === long.slice(at + 1);
}

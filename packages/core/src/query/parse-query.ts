import type { FilterKey, PhotoFilter } from "../photo-filter.ts";
import { filterKeys, filters } from "./filters.ts";
import { lineOfWords } from "./line-of-words.ts";
import { nearestKey } from "./nearest-key.ts";
import type { Prompt, Query, Span, Term } from "./query.ts";
import { QueryError } from "./query-error.ts";
import { type Word, splitLine } from "./split-line.ts";

const weightPattern = /^(\d+\.?\d*|\.\d+):(?!\d)/;
const pathPattern = /^(?:https?:\/\/.|file:\/\/|\.{1,2}[/\\]|~[/\\]|\/[^\s/]|[a-z]:[/\\]|\\\\[^\\])/i;
const filterPattern = new RegExp(`^(${filterKeys.join("|")}):`);

/**
 * Reads a query: a whole line, or the words of a shell.
 * @param isImage - whether there is a picture file at a place that is not written as a path; that asks no disk, by default
 * @throws QueryError (INVALID_QUERY) with the place in the line; nothing else
 */
export function parseQuery(
  query: string | readonly string[],
  isImage: (place: string) => boolean = () => false,
): Query {
  return new Parser(typeof query === "string" ? query : lineOfWords(query, isImage), isImage).parse();
}

type Draft = { sign: 1 | -1; weight: number; prompts: Prompt[] };

/** What has been read of a line so far. */
class Parser {
  readonly #line: string;
  readonly #isImage: (place: string) => boolean;
  readonly #terms: Draft[] = [];
  readonly #filters: (PhotoFilter & Span)[] = [];
  readonly #notes: string[] = [];
  /** A sign, weight or | that waits for what it is of. */
  #sign: (Span & { sign: 1 | -1 }) | undefined;
  #weight: (Span & { weight: number }) | undefined;
  #bar: Span | undefined;

  constructor(line: string, isImage: (place: string) => boolean) {
    this.#line = line;
    this.#isImage = isImage;
  }

  parse(): Query {
    for (const word of splitLine(this.#line)) this.#word(word);
    this.#settled();
    const terms: readonly Term[] = this.#terms;
    return { line: this.#line, terms, filters: this.#filters, notes: [...new Set(this.#notes)] };
  }

  #word(word: Word): void {
    const bare = word.plain === word.text.length;
    if (bare && word.text === "|") this.#takeBar(word);
    else if (bare && (word.text === "+" || word.text === "-" || word.text === "NOT")) this.#takeSign(word, word.text);
    else {
      const rest = this.#afterSign(word);
      if (!this.#takeFilter(rest)) this.#takePrompt(this.#afterWeight(rest));
    }
  }

  #takeBar(word: Word): void {
    this.#settled();
    if (this.#terms.length === 0) throw this.#error("Expected something before |, to average with what follows", word);
    this.#bar = word;
  }

  #takeSign(word: Span, sign: string): void {
    this.#settled();
    this.#sign = { start: word.start, end: word.end, sign: sign === "+" ? 1 : -1 };
  }

  /** A sign may stand at once before a letter, quote, path or weight; "-5 degrees" and "->" are text. */
  #afterSign(word: Word): Word {
    const [, sign, rest] = /^([+-])(.+)$/su.exec(word.text) ?? [];
    if (word.plain === 0 || sign === undefined || rest === undefined) return word;
    const isSign =
      word.plain === 1 || weightPattern.test(rest) || /^[@./~\\\p{L}\p{Extended_Pictographic}]/u.test(rest);
    if (!isSign || /^\d/.test(rest) !== weightPattern.test(rest)) return word;
    this.#takeSign({ start: word.start, end: word.start + 1 }, sign);
    return { text: rest, start: word.start + 1, end: word.end, plain: word.plain - 1 };
  }

  #takeFilter(word: Word): boolean {
    const key = filterPattern.exec(word.text.slice(0, word.plain))?.[1] as FilterKey | undefined;
    if (key === undefined) return false;
    if (this.#weight !== undefined)
      throw this.#error("Expected words or a picture after the weight; a filter has none", word);
    const value = word.text.slice(key.length + 1);
    const read = value === "" ? undefined : filters[key].read(value);
    const at = { start: Math.min(word.start + key.length + 1, word.end - 1), end: word.end };
    if (read === undefined) {
      const found = value === "" ? "nothing" : JSON.stringify(value);
      throw this.#error(`Expected ${filters[key].expected} after ${key}:, found ${found}`, at, word);
    }
    const negated = this.#sign?.sign === -1;
    this.#sign = undefined;
    this.#filters.push({ key, negated, ...read, start: word.start, end: word.end } as PhotoFilter & Span);
    return true;
  }

  #afterWeight(word: Word): Word {
    const [prefix, digits] = weightPattern.exec(word.text.slice(0, word.plain)) ?? [];
    if (prefix === undefined || digits === undefined) {
      if (word.plain > 1 && /^:\p{L}[^:]*$/u.test(word.text)) {
        throw this.#error(
          "Expected a weight such as 2 before the colon",
          { start: word.start, end: word.start + 1 },
          word,
        );
      }
      return word;
    }
    const at = { start: word.start, end: word.start + prefix.length };
    if (this.#bar !== undefined) throw this.#error("Expected the weight before the first of what is averaged", at);
    if (this.#weight !== undefined) throw this.#error("Expected one weight, found a second one", at);
    const weight = Number(digits);
    if (!(weight > 0 && weight <= 1e6)) throw this.#error("Expected a weight above 0 and up to a million", at);
    this.#weight = { ...at, weight };
    const rest = {
      text: word.text.slice(prefix.length),
      start: at.end,
      end: word.end,
      plain: word.plain - prefix.length,
    };
    const key = filterPattern.exec(rest.text.slice(0, rest.plain));
    if (key !== null) throw this.#error("Expected words or a picture after the weight; a filter has none", rest);
    return rest;
  }

  #takePrompt(word: Word): void {
    if (word.text === "") return;
    const { start, end } = word;
    const place = this.#placeOf(word);
    const text = word.text.startsWith("text:") && word.plain >= 5 ? word.text.slice(5) : word.text;
    if (place !== undefined) this.#add({ kind: "image", place, start, end });
    else if (text.trim() !== "") this.#add({ kind: "text", text: text.trim().replaceAll(/\s+/g, " "), start, end });
  }

  /** The picture that a word names, if it names one. */
  #placeOf(word: Word): string | undefined {
    const { text, plain } = word;
    if (plain >= 5 && text.startsWith("text:")) return undefined;
    if (plain >= 1 && text.startsWith("@")) {
      if (text.length === 1) throw this.#error("Expected the path or URL of a picture after @", word);
      return text.slice(1);
    }
    if (pathPattern.test(text)) return text;
    if (/\.\w{2,5}$/.test(text) && this.#isImage(text)) {
      this.#notes.push(`${text} is read as the picture of that name; for the words write text:${text}`);
      return text;
    }
    const name = /^([A-Za-z]{2,10}):\S/.exec(text.slice(0, plain))?.[1];
    const near = name === undefined ? undefined : nearestKey(name);
    if (near !== undefined) this.#notes.push(`${name}: is no filter and read as words; did you mean ${near}:?`);
    if (plain > 0 && text === "OR")
      this.#notes.push("OR is read as a word; to average two descriptions write | between them");
    return undefined;
  }

  #add(prompt: Prompt): void {
    const last = this.#terms.at(-1);
    const before = last?.prompts.at(-1);
    const joins = this.#sign === undefined && this.#weight === undefined;
    if (joins && this.#bar !== undefined) last?.prompts.push(prompt);
    else if (joins && last && before?.kind === "text" && prompt.kind === "text") {
      last.prompts[last.prompts.length - 1] = { ...before, text: `${before.text} ${prompt.text}`, end: prompt.end };
    } else {
      this.#terms.push({ sign: this.#sign?.sign ?? 1, weight: this.#weight?.weight ?? 1, prompts: [prompt] });
    }
    this.#sign = this.#weight = this.#bar = undefined;
  }

  /** @throws QueryError where something still waits */
  #settled(): void {
    const [sign, weight, bar] = [this.#sign, this.#weight, this.#bar];
    if (weight !== undefined) throw this.#error("Expected words or a picture after the weight", weight);
    if (bar !== undefined) throw this.#error("Expected words or a picture after |", bar);
    if (sign !== undefined) throw this.#error("Expected words or a picture after the sign", sign, sign);
  }

  #error(what: string, at: Span, quotable?: Span): QueryError {
    const words = quotable && this.#line.slice(quotable.start, quotable.end);
    const hint =
      words === undefined ? undefined : `For the words themselves use quotes: "${words.replaceAll('"', '""')}".`;
    return new QueryError(what, this.#line, { start: at.start, end: at.end }, hint === undefined ? {} : { hint });
  }
}

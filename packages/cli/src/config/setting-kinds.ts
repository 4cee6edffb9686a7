import { byteSize } from "../byte-size.ts";

/** A setting's value, as TOML and as JSON have it. */
export type SettingValue = boolean | number | string | readonly string[];

/** What values a setting may have. */
export interface SettingKind {
  /** For people, behind "expected". */
  readonly expected: string;
  /** The value that words of a command line or an environment variable mean; undefined when they mean none. */
  fromWords(words: readonly string[]): SettingValue | undefined;
  /** The value that a file holds, if it is one; else undefined. */
  fromFile(value: unknown): SettingValue | undefined;
}

/** A number in a range. */
export function number(least: number, most: number, { whole = false } = {}): SettingKind {
  const isFit = (value: number): boolean => value >= least && value <= most && (!whole || Number.isInteger(value));
  return {
    expected: `${whole ? "a whole number" : "a number"} from ${least} ${most === Number.MAX_SAFE_INTEGER ? "up" : `to ${most}`}`,
    fromWords: ([word = "", ...more]) => {
      const value = word.trim() === "" || more.length > 0 ? Number.NaN : Number(word);
      return isFit(value) ? value : undefined;
    },
    fromFile: (value) => (typeof value === "number" && isFit(value) ? value : undefined),
  };
}

/** A text that `isFit` takes. */
export function text(expected: string, isFit: (value: string) => boolean = () => true): SettingKind {
  const fit = (value: unknown): string | undefined =>
    typeof value === "string" && value.trim() !== "" && !value.includes("\0") && isFit(value) ? value : undefined;
  return { expected, fromWords: ([word, ...more]) => (more.length > 0 ? undefined : fit(word)), fromFile: fit };
}

/** One of some words. */
export function oneOf(words: readonly string[]): SettingKind {
  return text(words.join(" or "), (value) => words.includes(value));
}

/** What either kind takes. */
export function either(one: SettingKind, other: SettingKind): SettingKind {
  return {
    expected: `${one.expected}, or ${other.expected}`,
    fromWords: (words) => one.fromWords(words) ?? other.fromWords(words),
    fromFile: (value) => one.fromFile(value) ?? other.fromFile(value),
  };
}

export const yesOrNo: SettingKind = {
  expected: "true or false",
  fromWords: ([word = "", ...more]) => {
    if (more.length > 0) return undefined;
    if (/^(1|true|yes|on)$/i.test(word)) return true;
    return /^(0|false|no|off)$/i.test(word) ? false : undefined;
  },
  fromFile: (value) => (typeof value === "boolean" ? value : undefined),
};

export const texts: SettingKind = {
  expected: 'a list of texts, such as ["raw/", "*.png"]',
  fromWords: (words) => (words.every((word) => word !== "") ? words : undefined),
  fromFile: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === "string" && each !== "")
      ? (value as string[])
      : undefined,
};

/** Bytes, as --max-memory takes them. */
export const size = text("a size such as 1500M or 2G", (value) => byteSize(value) !== undefined);

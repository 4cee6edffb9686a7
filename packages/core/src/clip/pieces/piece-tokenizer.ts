import { collapseSpaces, fixText } from "../clean-text.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { tokenFinder } from "./added-tokens.ts";
import { pieceChooser } from "./best-pieces.ts";
import { pieceMerger } from "./merge-pieces.ts";
import { lowerCase, normalizerOf } from "./normalize-text.ts";
import type { Cleaning, PieceRules } from "./piece-rules.ts";
import type { PieceTables } from "./piece-tables.ts";
import { splitText } from "./split-text.ts";

/** Longest text looked at, in UTF-16 units; the rest counts as truncated. See the like in ../tokenizer.ts. */
const maximumLength = 10_000;

/**
 * Makes the tokenizer of a multilingual model: the ids are those of the `tokenizers` library with the tokenizer.json that
 * the tables were made of.
 *
 * @param contextLength - most tokens of a text, those before and behind it included
 */
export function pieceTokenizer(rules: PieceRules, tables: PieceTables, contextLength: number): Tokenizer {
  const { before, after } = rules;
  const room = contextLength - before.length - after.length;
  const normalize = normalizerOf(rules.normalizers, tables.replacements);
  const findWritten = tokenFinder(rules.added.filter(({ normalized }) => !normalized));
  const findNormalized = tokenFinder(
    rules.added
      .filter(({ normalized }) => normalized)
      .map((token) => Object.assign({}, token, { content: normalize(token.content) })),
  );
  const tokenize = (rules.model === "bpe" ? pieceMerger : pieceChooser)(rules, tables);

  const idsOf = (text: string): number[] => {
    const ids: number[] = [];
    for (const [at, stretch] of findWritten(text).entries()) {
      const found = typeof stretch === "string" ? findNormalized(normalize(stretch)) : [stretch];
      for (const [place, inner] of found.entries()) {
        if (typeof inner !== "string") ids.push(inner.id);
        else for (const part of splitText(inner, rules.splitters, at === 0 && place === 0)) ids.push(...tokenize(part));
      }
      // What follows changes nothing any more.
      if (ids.length > room) break;
    }
    return ids;
  };

  return {
    encode(text) {
      const head = (text.length > maximumLength ? text.slice(0, maximumLength) : text).toWellFormed();
      const ids = idsOf(clean(head, rules.clean));
      const truncated = ids.length > room || text.length > maximumLength;
      return { ids: [...before, ...ids.slice(0, room), ...after], truncated };
    },
  };
}

/** Python's string.punctuation but for the underscore, which becomes a space before. */
const punctuation = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^`{|}~]/g;

function clean(text: string, how: Cleaning): string {
  if (how === "none") return text;
  if (how === "lower") return lowerCase(text);
  const fixed = collapseSpaces(fixText(text));
  if (how === "whitespace") return fixed;
  return collapseSpaces(fixed.replaceAll("_", " ").replace(punctuation, "").toLowerCase());
}

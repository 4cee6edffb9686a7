import { Command } from "clipanion";
import { SearchCommand } from "./commands/search.ts";
import type { Context } from "./context.ts";
import { NotPlain } from "./not-plain.ts";

/** What clipanion puts into the fields of a command, which it replaces by their values. */
interface Definition {
  readonly definition: (builder: object, key: string) => void;
  readonly transformer: (builder: object, key: string, state: object, context: Context) => unknown;
}

interface Given {
  readonly name: string;
  readonly value: string | boolean;
}

/**
 * The search that a line asks for which is plain: words, and options of a search as `--name`, `--name value` and `--name=value`. It is
 * read by the definitions that clipanion reads it by. Undefined for any other line, which may be right all the same:
 * to build clipanion's machine takes longer than to search 100,000 photos.
 */
export function plainSearch(words: readonly string[], context: Context): SearchCommand | undefined {
  const command = new SearchCommand();
  const definitions = Object.entries(command).filter((entry): entry is [string, Definition] => isDefinition(entry[1]));
  const arities = new Map<string, number>();
  const builder = {
    addOption: ({ names, arity }: { names: readonly string[]; arity: number }) => {
      for (const name of names) arities.set(name, arity);
    },
    addRest: () => undefined,
  };
  for (const [key, { definition }] of definitions) definition(builder, key);

  const query: string[] = [];
  const options: Given[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const [, name = word, own] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const [arity, next] = [arities.get(name), words[at + 1]];
    if (!isOptionLike(word)) query.push(word);
    else if (own !== undefined) {
      if (arity !== 1) return undefined;
      options.push({ name, value: own });
    } else if (arity === 0) options.push({ name, value: true });
    else if (arities.get(name.replace(/^--no-/, "--")) === 0)
      options.push({ name: name.replace(/^--no-/, "--"), value: false });
    else if (arity === 1 && next !== undefined && !isOptionLike(next)) {
      options.push({ name, value: next });
      at++;
    } else return undefined;
  }
  // Its usage is shown then, or the newest photos that meet the options.
  if (query.length === 0) return undefined;

  try {
    const values = definitions.map(([key, { transformer }]) => [
      key,
      transformer(builder, key, { options, positionals: [] }, context),
    ]);
    Object.assign(command, Object.fromEntries(values), { query, context });
  } catch {
    // A value that is none: clipanion says so.
    return undefined;
  }
  Object.defineProperty(command, "cli", {
    get: () => {
      throw new NotPlain();
    },
  });
  return command;
}

function isDefinition(value: unknown): boolean {
  return typeof value === "object" && value !== null && Command.isOption in value;
}

/** As clipanion sees it. */
function isOptionLike(word: string): boolean {
  return word !== "-" && word.startsWith("-");
}

import type { Cli } from "clipanion";
import type { Context } from "./context.ts";
import { namedOperands } from "./output/named-operands.ts";

/** What the definition of a command says, for shells and the manual. */
export interface CommandLine {
  /** The words after `clipfind`; none for a search. */
  readonly words: readonly string[];
  readonly usage: string;
  /** The kind of commands that it belongs to in the help. */
  readonly category: string;
  readonly summary: string;
  /** Paragraphs; none when the summary says it all. */
  readonly details: readonly string[];
  /** What for, and the line. */
  readonly examples: readonly (readonly [string, string])[];
  readonly options: readonly CommandOption[];
}

export interface CommandOption {
  /** Short ones first: -n, --limit */
  readonly names: readonly string[];
  /** What stands for its value, undefined for a switch. */
  readonly value: string | undefined;
  readonly description: string;
}

/** All commands that `cli` knows, the search first, then by their words. */
export function commandLines(cli: Pick<Cli<Context>, "definitions">): CommandLine[] {
  const lines = cli
    .definitions({ colored: false })
    .map(({ path, usage, category = "", description = "", details = "", examples = [], options }): CommandLine => ({
      words: path.split(" ").slice(1),
      usage: namedOperands(usage).trim(),
      category: oneLine(category),
      summary: oneLine(description),
      details: details
        .split(/\n\s*\n/)
        .map(oneLine)
        .filter(Boolean),
      examples: examples.map(([what, line]) => [oneLine(what), line] as const),
      options: [{ definition: "-h,--help", description: "Print the help of the command" }, ...options].map(
        ({ definition, description: about = "" }) => {
          const [names = "", value] = namedOperands(definition).trim().split(" ");
          return { names: names.split(","), value, description: oneLine(about) };
        },
      ),
    }));
  return lines.toSorted((a, b) => (a.words.join(" ") < b.words.join(" ") ? -1 : 1));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

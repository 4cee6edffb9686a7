import type { CommandLine } from "./command-lines.ts";
import { nearest } from "./nearest.ts";

/**
 * What is wrong with the words `args`, which no command takes, and what to do: the nearest option or command where one
 * is near, else the usage of the command that was meant. `reason` is clipanion's.
 */
export function usageProblem(reason: string, args: readonly string[], lines: readonly CommandLine[]): string {
  const said = args.filter((word) => !word.startsWith("-"));
  const meant = lines
    .filter(({ words }) => words.every((word, at) => said[at] === word))
    .reduce((longest, line) => (line.words.length > longest.words.length ? line : longest));
  const name = ["clipfind", ...meant.words].join(" ");
  const help = `\`${name} --help\` says what it takes.`;

  const [first = "", second] = said;
  const below = lines.filter(({ words }) => words.length > 1 && words[0] === first);
  if (meant.words.length === 0 && below.length > 0) {
    const near =
      second === undefined
        ? undefined
        : nearest(
            second,
            below.map(({ words }) => words[1] as string),
          );
    const what = second === undefined ? "needs a command" : `has no command "${second}"`;
    const hint = `\`clipfind --help\` lists all; \`clipfind search ${said.join(" ")}\` searches for the words.`;
    return problem(`clipfind ${first} ${what}`, near ?? hint, near);
  }

  const option = /^Unsupported option name \("(.*)"\)/s.exec(reason)?.[1];
  if (option !== undefined) {
    const near = nearest(
      option,
      meant.options.flatMap(({ names }) => names),
    );
    const hint = meant.words.length === 0 ? "A word of a query that begins with a dash goes after --." : help;
    return problem(`${name} has no option ${option}`, near ?? hint, near);
  }
  const extra = /^Extraneous positional argument \("(.*)"\)/s.exec(reason)?.[1];
  if (extra !== undefined) {
    const near = nearest(
      extra,
      below.map(({ words }) => words[1] as string),
    );
    const what = below.length > 0 ? `has no command "${extra}"` : `does not take "${extra}"`;
    return problem(`${name} ${what}`, near ?? help, near);
  }
  if (reason.startsWith("Not enough positional arguments")) {
    return problem(`${name} needs more than that`, `Usage: ${meant.usage}\n${help}`);
  }
  return problem(reason.split("\n", 1)[0] as string, help);
}

function problem(what: string, hint: string, near?: string): string {
  return `clipfind: ${what}${near === undefined ? `\n${hint}` : `; did you mean ${near}?`}\n`;
}

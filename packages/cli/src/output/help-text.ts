import type { ColorFormat } from "clipanion";
import type { CommandLine } from "../command-lines.ts";

type Format = Pick<ColorFormat, "bold" | "code" | "header">;

/** Columns of running text. */
const width = 80;

/** The help of a command: what it does, examples, usage, options, details. */
export function helpOfCommand(line: CommandLine, format: Format): string {
  const { summary, examples, usage, options, details } = line;
  const names = options.map((option) => [option.names.join(","), option.value].filter(Boolean).join(" "));
  const column = Math.max(...names.map((name) => name.length)) + 3;
  return [
    capital(summary),
    ...examplesSection(examples, format),
    ...section("Usage", format),
    `  ${format.bold(usage)}`,
    ...section("Options", format),
    ...options.map(
      ({ description }, at) => `  ${format.bold(names[at]!.padEnd(column))}${withCode(description, format)}`,
    ),
    ...(details.length === 0 ? [] : section("Details", format)),
    ...details.flatMap((paragraph, at) => (at === 0 ? [] : [""]).concat(wrapped(paragraph, format))),
    "",
  ].join("\n");
}

/** Which categories of commands come first. */
const order = ["First steps", "Photos", "Library", "Upkeep", "Models", "Settings"];

/** The help of all commands: what is done first, then every command by category. */
export function helpOfAll(lines: readonly CommandLine[], version: string, format: Format): string {
  const categories = [...new Set(lines.map(({ category }) => category))].toSorted(
    (a, b) => place(a) - place(b) || (a < b ? -1 : 1),
  );
  return [
    `clipfind ${version}: find photos by what they show`,
    ...examplesSection(
      ["demo", "index", "", "similar", "status"].flatMap(
        (words) => lines.find((line) => line.words.join(" ") === words)?.examples.slice(0, 1) ?? [],
      ),
      format,
    ),
    ...categories.flatMap((category) => {
      const its = lines.filter((line) => line.category === category);
      const told = its.flatMap(({ usage, summary }) => [`  ${format.bold(usage)}`, `      ${summary}`]);
      return section(category, format).concat(told);
    }),
    "",
    withCode(
      "`clipfind COMMAND --help` tells a command's options, `clipfind search --help` those of a search.",
      format,
    ),
    "",
  ].join("\n");
}

function place(category: string): number {
  return order.includes(category) ? order.indexOf(category) : order.length;
}

function section(title: string, format: Format): string[] {
  return ["", format.header(title), ""];
}

function examplesSection(examples: CommandLine["examples"], format: Format): string[] {
  if (examples.length === 0) return [];
  return [
    ...section("Examples", format),
    ...examples.flatMap(([what, line]) => [`  ${withCode(what, format)}`, `    ${format.bold("$")} ${line}`]),
  ];
}

function wrapped(paragraph: string, format: Format): string[] {
  const lines: string[] = [];
  for (const word of paragraph.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  // Code may go on in the next line.
  return withCode(lines.join("\n"), format).split("\n");
}

function withCode(text: string, format: Format): string {
  return text.replaceAll(/`[^`]*`/g, (code) =>
    code
      .split("\n")
      .map((part) => format.code(part))
      .join("\n"),
  );
}

function capital(text: string): string {
  return text.replace(/^./, (letter) => letter.toUpperCase());
}

import type { CommandLine } from "./command-lines.ts";
import { projectFileName } from "./config/config-places.ts";
import { settingKeys, settingOf, variableOf } from "./config/settings.ts";

/** The manual page clipfind(1), in the man macros of roff, which groff and mandoc read. */
export function manPage(lines: readonly CommandLine[], version: string): string {
  const [search, ...others] = lines as [CommandLine, ...CommandLine[]];
  return [
    `.TH CLIPFIND 1 "" "clipfind ${roff(version)}" "User Commands"`,
    ".SH NAME",
    "clipfind \\- find photos by what they show",
    ".SH SYNOPSIS",
    ...lines.flatMap(({ usage }) => [".B " + roff(usage), ".br"]),
    ".SH EXAMPLES",
    ...examplesOf(search),
    ".SH DESCRIPTION",
    ...aboutOf(search),
    ".SH COMMANDS",
    ...others.flatMap((line) => [headingOf(line)].concat(examplesOf(line), aboutOf(line))),
    ".SH EXIT STATUS",
    ...definition("0", "found something, or did what was asked"),
    ...definition("1", "found nothing, or left something undone"),
    ...definition("2", "wrong usage, or a failure"),
    ...definition("130", "interrupted"),
    ".SH ENVIRONMENT",
    ...settingKeys.flatMap((key) => {
      const { description, variableDoes } = settingOf(key);
      return definition(variableOf(key), variableDoes ?? description);
    }),
    ...definition("NO_COLOR", "no colours"),
    ".SH FILES",
    ...definition(projectFileName, "settings of a folder, and of those below it, in TOML; see config"),
    ...definition("$XDG_CONFIG_HOME/clipfind/config.toml", "your own settings; `clipfind config path` prints where"),
    "",
  ].join("\n");
}

function headingOf({ words, summary }: CommandLine): string {
  return `.SS "clipfind ${roff(words.join(" "))} \\- ${roff(summary)}"`;
}

function aboutOf({ details, options }: CommandLine): string[] {
  const paragraphs = details.flatMap((paragraph) => [".PP", roff(paragraph)]);
  const all = options.flatMap(({ names, value, description }) =>
    definition(`${names.join(", ")}${value === undefined ? "" : ` ${value}`}`, description),
  );
  return [...paragraphs, ...all];
}

function examplesOf({ examples }: CommandLine): string[] {
  return examples.flatMap(([what, line]) => [".PP", `${roff(what)}:`, ".PP", ".RS 4", ".nf", roff(line), ".fi", ".RE"]);
}

function definition(term: string, about: string): string[] {
  return [".TP", `.B ${roff(term)}`, roff(about)];
}

/** Text that roff takes as it stands; what is in backquotes becomes bold. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll(/`([^`]*)`/g, "\\fB$1\\fR")
    .replace(/^([.'])/, "\\&$1")
    .replaceAll(
      /[^\0-\u007f]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

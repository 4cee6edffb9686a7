import { type ColorChoice, colorChoices } from "./output/color-depth.ts";
import { type LogFormat, logFormats } from "./output/messages.ts";

/** What counts before the line is parsed, for a line that cannot be parsed is told of, too. */
export interface EarlyOptions {
  readonly color: ColorChoice | undefined;
  readonly logFormat: LogFormat;
}

/** Reads these options from the words; a value that is none is left to the parser, which refuses it. */
export function earlyOptions(args: readonly string[]): EarlyOptions {
  const value = (name: string): string | undefined => {
    let found: string | undefined;
    for (const [index, word] of args.entries()) {
      if (word === "--") break;
      if (word === name) found = args[index + 1];
      else if (word.startsWith(`${name}=`)) found = word.slice(name.length + 1);
    }
    return found;
  };
  const [color, logFormat] = [value("--color"), value("--log-format")];
  return {
    color: colorChoices.find((choice) => choice === color),
    logFormat: logFormats.find((format) => format === logFormat) ?? "text",
  };
}

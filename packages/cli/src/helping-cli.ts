import { Cli, type Command, type CommandClass } from "clipanion";
import { commandLines } from "./command-lines.ts";
import type { Context } from "./context.ts";
import { helpOfAll, helpOfCommand } from "./output/help-text.ts";

/** clipanion's Cli, with help that begins with examples, from the definitions that the manual is made of. */
export class HelpingCli extends Cli<Context> {
  override usage(
    command: CommandClass<Context> | Command<Context> | null = null,
    options: { colored?: boolean; detailed?: boolean; prefix?: string } = {},
  ): string {
    const lines = commandLines(this);
    if (command === null) return helpOfAll(lines, this.binaryVersion ?? "", this.format(options.colored));
    const { paths } = (typeof command === "function" ? command : command.constructor) as CommandClass<Context>;
    const words = paths?.[0]?.join(" ");
    const line = lines.find((each) => each.words.join(" ") === words);
    if (line === undefined || options.detailed !== true) return super.usage(command, options);
    return helpOfCommand(line, this.format(options.colored));
  }
}

import { Command } from "clipanion";
import { BaseCommand } from "../base-command.ts";
import { commandLines } from "../command-lines.ts";
import { exitCode } from "../exit-code.ts";
import { manPage } from "../man-page.ts";

/** `clipfind man`: the manual page. */
export class ManCommand extends BaseCommand {
  static override paths = [["man"]];

  static override usage = Command.Usage({
    category: "Command line",
    description: "print the manual page",
    details:
      "Everything that the help of all commands says, as a page for man. To look for a man: `clipfind search man`.",
    examples: [
      ["Read it", "clipfind man | man -l -"],
      ["Keep it", "clipfind man > ~/.local/share/man/man1/clipfind.1"],
    ],
  });

  override async run(): Promise<number> {
    this.context.stdout.write(manPage(commandLines(this.cli), this.cli.binaryVersion ?? ""));
    return exitCode.ok;
  }
}

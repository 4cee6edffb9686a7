import { Command, Option } from "clipanion";
import * as t from "typanion";
import { BaseCommand } from "../base-command.ts";
import { commandLines } from "../command-lines.ts";
import { completions, shells } from "../completions.ts";
import { exitCode } from "../exit-code.ts";

/** `clipfind completions SHELL`: what teaches a shell clipfind's commands. */
export class CompletionsCommand extends BaseCommand {
  static override paths = [["completions"]];

  static override usage = Command.Usage({
    category: "Command line",
    description: "print a script that completes commands and options in your shell",
    details: "SHELL is bash, zsh, fish or powershell. The script is of this version: print it again after an update.",
    examples: [
      ["bash, in ~/.bashrc", 'eval "$(clipfind completions bash)"'],
      ["zsh, once", 'clipfind completions zsh > "${fpath[1]}/_clipfind"'],
      ["fish, once", "clipfind completions fish > ~/.config/fish/completions/clipfind.fish"],
      ["PowerShell, in $PROFILE", "clipfind completions powershell | Out-String | Invoke-Expression"],
    ],
  });

  shell = Option.String({ name: "SHELL", validator: t.isEnum(shells) });

  override async run(): Promise<number> {
    this.context.stdout.write(completions(this.shell, commandLines(this.cli)));
    return exitCode.ok;
  }
}

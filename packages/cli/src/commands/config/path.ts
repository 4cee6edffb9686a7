import { Command, Option } from "clipanion";
import { ConfigCommand } from "./config-command.ts";
import { exitCode } from "../../exit-code.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind config path`: where a file of settings is, or would be. */
export class ConfigPathCommand extends ConfigCommand {
  static override paths = [["config", "path"]];

  static override usage = Command.Usage({
    category: "Settings",
    description: "print where your settings are",
    details: "Prints the path of your own file, or with --project that of the folder's, whether it is there or not.",
    examples: [["Edit them", '$EDITOR "$($0 config path)"']],
  });

  project = Option.Boolean("--project", false, { description: "That of the folder" });

  override async run(): Promise<number> {
    this.print(printable(this.place(this.project)));
    return exitCode.ok;
  }
}

import { Command, Option } from "clipanion";
import { ConfigCommand } from "./config-command.ts";
import { writeConfigFile } from "../../config/write-config-file.ts";
import { exitCode } from "../../exit-code.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind config unset KEY`: takes a setting out of a file. */
export class ConfigUnsetCommand extends ConfigCommand {
  static override paths = [["config", "unset"]];

  static override usage = Command.Usage({
    category: "Settings",
    description: "go back to what holds where nothing is set",
    details: `
      Takes the setting out of your own file, or with --project out of that of the folder.

      Exit codes: 0 taken out, 1 it was not in there, 2 wrong usage or failure.
    `,
    examples: [["Ten results again", "$0 config unset limit"]],
  });

  project = Option.Boolean("--project", false, { description: "In the file of the folder" });

  name = Option.String({ name: "KEY" });

  override async run(): Promise<number> {
    const key = await this.key(this.name);
    const { path, now } = await this.file(this.project);
    if (now === undefined || !(now.values.has(key) || now.refused.includes(key))) {
      this.complain(`${key} is not set in ${printable(path)}`);
      return exitCode.partial;
    }
    await writeConfigFile(path, now, key, undefined);
    this.tell(`${key} is not set in ${printable(path)} any more`);
    return exitCode.ok;
  }
}

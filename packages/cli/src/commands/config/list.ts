import { Command, Option } from "clipanion";
import { ConfigCommand } from "./config-command.ts";
import { projectFile, userFile } from "../../config/config-places.ts";
import { settingKeys, settingOf, variableOf } from "../../config/settings.ts";
import { settingsInForce } from "../../config/settings-in-force.ts";
import { exitCode } from "../../exit-code.ts";
import { printable } from "../../output/printable.ts";
import { table } from "../../output/table.ts";

/** `clipfind config`: what is set, and by whom. */
export class ConfigListCommand extends ConfigCommand {
  static override paths = [["config"], ["config", "list"]];

  static override usage = Command.Usage({
    category: "Settings",
    description: "show what is set, and where",
    details: `
      Settings are the defaults of options. An option on the command line goes before an environment variable, that
      before the file of the folder (.clipfind.toml in the working directory or the nearest folder above that has one),
      and that before your own file. \`clipfind config path\` says where they are. They are TOML.

      The file of a folder may come with a folder that somebody else has made. So it can set only what does no harm:
      limit, cutoff, look-for, color, preview, exclude, hidden and ignore.

      exclude, hidden, ignore, follow and svg are rules for folders that are indexed for the first time, which then keep them.

      Exit codes: 0 shown, 2 a file cannot be understood.
    `,
    examples: [
      ["All settings, their values and where these come from", "$0 config"],
      ["Fifty results instead of ten", "$0 config set limit 50"],
      ["Leave two kinds of files out of folders to come", "$0 config set exclude raw/ '*-edited.*'"],
      ["Back to what it was", "$0 config unset limit"],
    ],
  });

  json = Option.Boolean("--json", false, { description: "Print one JSON document on standard output" });

  override async run(): Promise<number> {
    const { values, warnings } = await settingsInForce(this.context);
    for (const warning of warnings) this.complain(warning);
    if (this.json) {
      const settings = settingKeys.map((key) => {
        const { value = null, source = "default", from } = values.get(key) ?? {};
        return { key, value, source, ...(from !== undefined && { from }), variable: variableOf(key) };
      });
      const files = { user: userFile(this.context), project: projectFile(this.context) ?? null };
      this.print(JSON.stringify({ version: 1, files, settings }, null, 2));
      return exitCode.ok;
    }
    const rows = settingKeys.map((key) => {
      const set = values.get(key);
      if (set === undefined) return [key, `(${settingOf(key).initial})`, "default"];
      return [key, printable(JSON.stringify(set.value)), printable(set.from)];
    });
    for (const line of table(rows)) this.print(line);
    return exitCode.ok;
  }
}

import { Command, Option } from "clipanion";
import { ConfigCommand } from "./config-command.ts";
import { settingsInForce } from "../../config/settings-in-force.ts";
import { exitCode } from "../../exit-code.ts";

/** `clipfind config get KEY`: one value, for scripts. */
export class ConfigGetCommand extends ConfigCommand {
  static override paths = [["config", "get"]];

  static override usage = Command.Usage({
    category: "Settings",
    description: "print a setting's value",
    details: `
      A list is printed an item a line. Where nothing is set nothing is printed.

      Exit codes: 0 printed, 1 nothing is set, 2 wrong usage or failure.
    `,
    examples: [["The limit that is set", "$0 config get limit"]],
  });

  name = Option.String({ name: "KEY" });

  override async run(): Promise<number> {
    const key = await this.key(this.name);
    const set = (await settingsInForce(this.context)).values.get(key);
    if (set === undefined) return exitCode.partial;
    for (const line of [set.value].flat()) this.print(String(line));
    return exitCode.ok;
  }
}

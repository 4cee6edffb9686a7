import { statSync } from "node:fs";
import { resolve } from "node:path";
import { ClipfindError } from "@clipfind/core/errors";
import { Command, Option } from "clipanion";
import { ConfigCommand } from "./config-command.ts";
import { settingOf } from "../../config/settings.ts";
import { writeConfigFile } from "../../config/write-config-file.ts";
import { exitCode } from "../../exit-code.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind config set KEY VALUE…`: writes a setting into a file. */
export class ConfigSetCommand extends ConfigCommand {
  static override paths = [["config", "set"]];

  static override usage = Command.Usage({
    category: "Settings",
    description: "set a default, from now on",
    details: `
      Writes it into your own file, or with --project into that of the folder. Comments in the file stay. A value that
      begins with a dash goes behind \`--\`.

      Exit codes: 0 set, 2 wrong usage or failure; nothing was changed then.
    `,
    examples: [
      ["Fifty results instead of ten", "$0 config set limit 50"],
      ["Keep the index on another disk", "$0 config set library /media/fast/clipfind"],
      ["Fewer results in this folder and below", "$0 config set limit 3 --project"],
    ],
  });

  project = Option.Boolean("--project", false, {
    description: "In the file of the folder: .clipfind.toml here, or the nearest one above",
  });

  name = Option.String({ name: "KEY" });

  values = Option.Rest({ name: "VALUE", required: 1 });

  override async run(): Promise<number> {
    const key = await this.key(this.name);
    const { kind, inProject, isPath } = settingOf(key);
    const value = kind.fromWords(this.values);
    if (value === undefined) {
      const found = this.values.map((word) => JSON.stringify(word)).join(" ");
      throw new ClipfindError("CONFIG_INVALID", `Expected ${key} to be ${kind.expected}, found ${found}`, {
        hint: "Nothing was changed.",
      });
    }
    if (this.project && inProject !== true) {
      throw new ClipfindError("CONFIG_INVALID", `The file of a folder cannot set ${key}; only your own can`, {
        hint: "Leave --project out. Nothing was changed.",
      });
    }
    const { path, now } = await this.file(this.project);
    await writeConfigFile(path, now, key, isPath === true ? this.#absolute(String(value)) : value);
    this.tell(`${key} is set in ${printable(path)}`);
    return exitCode.ok;
  }

  /** A directory as it is meant here; the name of a model stays a name. */
  #absolute(value: string): string {
    const place = resolve(this.context.cwd, value);
    const isName = !/[/\\]/.test(value) && !value.startsWith(".");
    if (value.startsWith("~") || (isName && this.name === "model" && !isDirectory(place))) return value;
    return place;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

import type { Garbage } from "@clipfind/core";
import { Command, Option, UsageError } from "clipanion";
import { LibraryCommand } from "../library-command.ts";
import { exitCode } from "../exit-code.ts";
import { plural } from "../output/plural.ts";

/** `clipfind gc`: forgets what has been missing for long. */
export class GcCommand extends LibraryCommand {
  static override paths = [["gc"], ["library", "gc"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "forget photos that have been missing for long",
    details: `
      A photo that is gone is not found any more, but its vector is kept: when it comes back, under any name, it need
      not be encoded again. This command forgets what has been missing for 30 days, or as long as --older-than says,
      and gives its space back to the disk. It only says what that is until --apply does it.

      Photos in folders that are not there, or look as if a drive were missing, do not count as missing.

      Exit codes: 0 done or shown, 2 wrong usage or failure, 130 stopped by Ctrl-C.
    `,
    examples: [
      ["What would be forgotten", "$0 gc"],
      ["Forget what has been missing for 30 days", "$0 gc --apply"],
      ["Forget everything that is missing", "$0 gc --older-than 0d --apply"],
    ],
  });

  olderThan = Option.String("--older-than", "30d", {
    description: "Age in days, weeks or years, such as 30d, 8w or 1y (default 30d)",
  });

  apply = Option.Boolean("--apply", false, { description: "Forget it; without this, nothing is changed" });

  override async run(): Promise<number> {
    const olderThanDays = days(this.olderThan);
    if (olderThanDays === undefined) {
      throw new UsageError("Invalid value for --older-than: expected an age such as 30d, 8w or 1y");
    }
    await using library = await this.openLibrary({ mustExist: true });
    const garbage = await library.gc({ olderThanDays, apply: this.apply, signal: this.context.signal });
    if (this.json) {
      this.print(JSON.stringify({ version: 1, library: library.directory, olderThanDays, ...garbage }, null, 2));
    } else {
      this.print(garbageLine(garbage));
      if (!this.apply && garbage.files + garbage.contents > 0) {
        this.tell("Nothing was changed. Run it again with --apply to forget them.");
      }
    }
    return exitCode.ok;
  }
}

function garbageLine({ applied, files, contents }: Garbage): string {
  if (files + contents === 0) return "nothing to forget";
  const what = `${plural(files, "missing file")} and ${plural(contents, "content")} that no file has`;
  return `${applied ? "forgotten" : "to forget"}: ${what}`;
}

const daysOf: Readonly<Record<string, number>> = { d: 1, w: 7, y: 365 };

function days(age: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([dwy])$/.exec(age) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (daysOf[unit] as number);
}

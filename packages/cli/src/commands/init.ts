import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ClipfindError } from "@clipfind/core/errors";
import { Command, Option } from "clipanion";
import { BaseCommand } from "../base-command.ts";
import { exitCode } from "../exit-code.ts";
import { printable } from "../output/printable.ts";

/** `clipfind library init [DIR]`: an index that travels with its photos. */
export class InitCommand extends BaseCommand {
  static override paths = [["library", "init"]];

  static override usage = Command.Usage({
    category: "Library",
    description: "make an index of its own for a folder",
    details: `
      Makes DIR/.clipfind, DIR being the working directory unless given. In DIR and below it, clipfind uses that index
      instead of the one in your data directory; it moves with the folder. Where there is one already, nothing is changed.
    `,
    examples: [["An archive with its own index", "$0 library init /media/archive"]],
  });

  directory = Option.String({ name: "DIR", required: false });

  override async run(): Promise<number> {
    const folder = resolve(this.context.cwd, this.directory ?? ".");
    if (!existsSync(folder)) {
      throw new ClipfindError("NOT_A_DIRECTORY", `Expected a folder, found nothing at ${printable(folder)}`, {
        hint: "Make the folder first, or name another.",
      });
    }
    const place = join(folder, ".clipfind");
    const isThere = existsSync(join(place, "catalog.db"));
    const { Library } = await import("@clipfind/core");
    await Library.open(place).close();
    this.print(printable(place));
    this.tell(isThere ? "It was there already." : "Empty so far: `clipfind index` with folders fills it.");
    return exitCode.ok;
  }
}

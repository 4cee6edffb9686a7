import type { LibrarySize } from "@clipfind/core";
import { Command } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { LibraryCommand } from "../../library-command.ts";

/** `clipfind library compact`: gives unused space back to the disk. */
export class CompactCommand extends LibraryCommand {
  static override paths = [["library", "compact"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "give space that the index does not use back to the disk",
    details: `
      Writes the vectors without those that were deleted or replaced, and the catalog without removed rows. Nothing that
      is indexed is lost; searching may go on meanwhile. Needs as much free space as the larger of both takes. Index runs
      and \`clipfind gc --apply\` tidy up by themselves: this is for the rest.

      Exit codes: 0 done, 2 wrong usage or failure, 130 stopped by Ctrl-C; what was done is kept.
    `,
    examples: [["After many photos have gone", "$0 gc --apply && $0 library compact"]],
  });

  override async run(): Promise<number> {
    await using library = await this.openLibrary({ mustExist: true });
    const { before, after } = await library.compact({ signal: this.context.signal });
    if (this.json) this.print(JSON.stringify({ version: 1, library: library.directory, before, after }, null, 2));
    else this.print(`${sizes(before)} before, ${sizes(after)} now`);
    return exitCode.ok;
  }
}

function sizes({ catalog, vectors }: LibrarySize): string {
  const [inCatalog, inVectors] = [catalog, vectors].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`);
  return `${inVectors} of vectors and ${inCatalog} of catalog`;
}

import type { LibraryRepair } from "@clipfind/core";
import { Command } from "clipanion";
import { LibraryCommand } from "../library-command.ts";
import { exitCode } from "../exit-code.ts";
import { printable } from "../output/printable.ts";
import { damageLine, repairCounts } from "../output/repair-lines.ts";

/** `clipfind repair`: keeps what can be read of a damaged index. */
export class RepairCommand extends LibraryCommand {
  static override paths = [["repair"], ["library", "repair"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "keep what can be read of a damaged index",
    details: `
      Keeps every vector that checks out and says what is lost. Damaged files are kept beside the others, under names
      that end in .damaged; when all is well again they may be deleted. Reads no photos: \`clipfind index\` encodes
      what is lost again. Where nothing is damaged, nothing is changed. A catalog is not repaired.

      Exit codes: 0 repaired, or nothing was damaged; 2 wrong usage or failure, 130 stopped by Ctrl-C.
    `,
    examples: [
      ["Repair the index in use, then encode again what is lost", "$0 repair && $0 index"],
      ["See first what is damaged", "$0 verify"],
    ],
  });

  override async run(): Promise<number> {
    await using library = await this.openLibrary({ mustExist: true });
    const repair = await library.repair({ signal: this.context.signal });
    if (this.json) this.print(JSON.stringify({ version: 1, library: library.directory, ...repair }, null, 2));
    else for (const line of repairLines(repair)) this.print(line);
    if (repair.lost > 0) {
      this.tell("Run `clipfind index`: it encodes what is lost again from the photos.");
    }
    return exitCode.ok;
  }
}

function repairLines(repair: LibraryRepair): string[] {
  const { damage, renamed } = repair;
  const counts = repairCounts(repair);
  return [
    ...damage.map(damageLine),
    ...renamed.map((path) => `kept as ${printable(path)}`),
    damage.length + renamed.length === 0 ? `nothing was damaged: ${counts}` : `repaired: ${counts}`,
  ];
}

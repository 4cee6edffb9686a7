import type { LibraryVerification } from "@clipfind/core";
import { Command } from "clipanion";
import { LibraryCommand } from "../library-command.ts";
import { exitCode } from "../exit-code.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";
import { damageLine } from "../output/repair-lines.ts";

/** `clipfind verify`: is the index as it was written? */
export class VerifyCommand extends LibraryCommand {
  static override paths = [["verify"], ["library", "verify"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "check that the index is as it was written",
    details: `
      Reads every byte of the vectors and compares it with its checksum, lets SQLite check the catalog, and sees whether
      each photo has its vector. Prints what is damaged: file, row, what. Changes nothing and reads no photos; searching
      and indexing may go on meanwhile.

      Exit codes: 0 all is well, 1 damage was found, 2 wrong usage or failure (there is no index, or its catalog is no
      database), 130 stopped by Ctrl-C.
    `,
    examples: [
      ["Check the index in use", "$0 verify"],
      ["Repair it only if something is damaged", "$0 verify || $0 repair"],
    ],
  });

  override async run(): Promise<number> {
    await using library = await this.openLibrary({ mustExist: true });
    const found = await library.verify({ signal: this.context.signal });
    if (this.json) this.print(JSON.stringify({ version: 1, library: library.directory, ...found }, null, 2));
    else for (const line of verificationLines(found)) this.print(line);
    if (found.sound) return exitCode.ok;
    this.tell(adviceOn(found));
    return exitCode.partial;
  }
}

function verificationLines(found: LibraryVerification): string[] {
  const { sound, damage, notes, photosWithoutVector = 0, vectorsWithoutPhoto = 0 } = found;
  const checked = `${plural(found.vectors, "vector")} in ${plural(found.files, "file")} checked`;
  return [
    ...damage.map(damageLine),
    ...notes.map(printable),
    ...(vectorsWithoutPhoto > 0
      ? [`${plural(vectorsWithoutPhoto, "vector")} without a photo: left by a run that was killed, or one is under way`]
      : []),
    ...(photosWithoutVector > 0
      ? [`${plural(photosWithoutVector, "photo")} without a vector: no search finds them`]
      : []),
    sound ? `${checked}, all well` : `${checked}, damage found`,
  ];
}

function adviceOn({ damage }: LibraryVerification): string {
  const isOfCatalog = damage.some(({ path }) => path.endsWith("catalog.db"));
  if (isOfCatalog) {
    return (
      "Restore catalog.db from a backup, or move it aside and run `clipfind index` with your folders; your photos are " +
      "not affected."
    );
  }
  if (damage.length === 0) return "Run `clipfind index`: it encodes them again from the photos.";
  return "Run `clipfind repair`, then `clipfind index`: it encodes what is lost again from the photos.";
}

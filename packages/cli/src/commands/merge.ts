import { resolve } from "node:path";
import type { MergeProgress } from "@clipfind/core";
import { Command, Option } from "clipanion";
import { LibraryCommand } from "../library-command.ts";
import { exitCode } from "../exit-code.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";
import { repairCounts } from "../output/repair-lines.ts";

/** `clipfind merge LIBRARY…`: joins libraries. */
export class MergeCommand extends LibraryCommand {
  static override paths = [["merge"], ["library", "merge"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "join libraries, without encoding anything again",
    details: `
      Takes all that the given libraries hold, photos, folders and vectors, into the one that --library names, which is
      made if need be. The libraries given are only read. They must have been indexed with the same model. So several
      machines can index parts of one folder (\`clipfind index --shard\`) and join the results.

      Where two libraries know different things of one file, the entry counts that fits the file as it is now; where
      both or neither do, the newer one, else the one that is there already.

      What was merged is kept when a merge is stopped or killed; run it again to complete it. One that is complete
      changes nothing.

      Exit codes: 0 done, 1 done but some vectors were missing (the next index run encodes them), 2 wrong usage or
      failure, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
    `,
    examples: [
      ["Join the parts that three machines have indexed", "$0 merge part1 part2 part3 --library all"],
      ["Take a library into the one in use", "$0 merge /media/usb/.clipfind"],
    ],
  });

  libraries = Option.Rest({ name: "LIBRARY", required: 1 });

  override async run(): Promise<number> {
    await using library = await this.openLibrary();
    const paths = this.libraries.map((path) => resolve(this.context.cwd, path));
    let progress: MergeProgress | undefined;
    for await (const event of library.merge(paths, { signal: this.context.signal })) {
      if (event.type === "repaired") this.complain(`${printable(event.path)} was damaged: ${repairCounts(event)}`);
      else ({ progress } = event);
    }
    if (progress === undefined) return exitCode.failure;
    if (this.json) this.print(JSON.stringify({ version: 1, library: library.directory, ...progress }, null, 2));
    else this.print(mergeLine(progress));
    return progress.contentsLost > 0 ? exitCode.partial : exitCode.ok;
  }
}

function mergeLine(progress: MergeProgress): string {
  const { libraries, files, filesAdded, filesChanged, contentsAdded, contentsLost } = progress;
  const parts = [
    `${plural(files, "file")} in ${plural(libraries, "library", "libraries")}`,
    `${filesAdded} new`,
    ...(filesChanged > 0 ? [`${filesChanged} changed`] : []),
    `${plural(contentsAdded, "content")} taken in`,
    ...(contentsLost > 0 ? [`${plural(contentsLost, "vector")} missing there: the next index run encodes them`] : []),
  ];
  return parts.join(", ");
}

import { resolve } from "node:path";
import type { LeftOut, RclipImportEvent, RclipImportProgress } from "@clipfind/core";
import { Command, Option } from "clipanion";
import { LibraryCommand } from "../../library-command.ts";
import { exitCode } from "../../exit-code.ts";
import { importReport } from "../../output/import-report.ts";
import { printable } from "../../output/printable.ts";
import { repairCounts } from "../../output/repair-lines.ts";

/** Told even if nobody asks: something is wrong with the file or the entry. */
const problems: ReadonlySet<LeftOut> = new Set(["unreadable", "malformed"]);

/** `clipfind import rclip [DB]`: takes over what rclip has encoded. */
export class ImportRclipCommand extends LibraryCommand {
  static override paths = [["import", "rclip"]];

  static override usage = Command.Usage({
    category: "Upkeep",
    description: "take over the index of rclip 3, without encoding the photos again",
    details: `
      Takes the vectors of rclip's index (its schema 3 or 4) for all photos that have the size and modification time that
      rclip has noted. Each is read once, for its hash, and neither decoded nor encoded. Entries whose photos are
      missing, have changed, are left out here or were deleted for rclip are counted, and named with --verbose; \`clipfind
      index\` then takes what is there. rclip's index is only read, and must not be written to meanwhile.

      DB is the file, or the directory it is in; else RCLIP_DATADIR, else the place where rclip keeps it.

      The vectors belong to rclip's model, ViT-B-32-256 (datacomp_s34b_b86k) of OpenCLIP: name a directory of it with the
      option --model, unless the library has it already (docs/import-rclip.md). To make sure, eight photos are encoded
      and compared, and nothing is imported if the vectors are of another model. With --no-check this is left out.

      rclip remembers no folders. Those that are to be kept up to date from now on are named with --root, and what is
      not in them is left out. Without it they are those of the library that hold some of the photos, and for all
      others the deepest folder that holds them; but not a home directory, what is above one, or one that disks are
      mounted in, unless photos lie right in it: then the folders below that hold photos. The run says which they are.

      What was imported is kept when a run is stopped or killed; run it again to complete it. What is in the library
      already is not read again.

      Exit codes: 0 done, 1 done but some photos could not be read or entries were malformed, 2 wrong usage or
      failure, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
    `,
    examples: [
      ["Take over rclip's index from its usual place", "$0 import rclip --model ~/models/vit-b-32-256"],
      ["From another place, for one folder", "$0 import rclip /backup/db.sqlite3 --root ~/Pictures"],
      ["Then index what is new, and what rclip could not read", "$0 index"],
    ],
  });

  roots = Option.Array("--root", [], {
    description: "Folder to take over and to keep up to date from now on; may be given again",
  });

  noCheck = Option.Boolean("--no-check", false, {
    description: "Do not make sure that the vectors are of the model; for where it cannot run",
  });

  override verbose = Option.Boolean("-v,--verbose", false, {
    description: "Name each entry that is left out, and why",
  });

  database = Option.String({ name: "DB", required: false });

  override async run(): Promise<number> {
    const { cwd, env, signal } = this.context;
    await using library = await this.openLibrary();
    const database = (await import("@clipfind/core")).rclipIndex({ explicit: this.database, env, cwd });
    const { ImportProgressDisplay } = await import("../../output/import-progress.ts");
    const display = new ImportProgressDisplay(this.barStream);
    this.tellAbove(display);
    const roots = this.roots.map((root) => resolve(cwd, root));
    const told: { roots: readonly string[]; checked: object | null } = { roots: [], checked: null };
    let progress: RclipImportProgress | undefined;
    try {
      for await (const event of library.importRclip(database, { roots, check: !this.noCheck, signal })) {
        if (event.type === "progress" || event.type === "done") {
          ({ progress } = event);
          display.update(progress);
        } else if (event.type === "roots") told.roots = event.roots;
        else if (event.type === "checked") told.checked = checkedOf(event);
        else if (event.type === "repaired") {
          this.complain(`${printable(event.path)} was damaged: ${repairCounts(event)}`);
        } else if (event.type === "leftOut" && (this.verbose || problems.has(event.why))) {
          this.complain(`${printable(event.path)}: ${event.why}: ${printable(event.reason)}`);
        }
      }
    } finally {
      this.tellAbove(undefined);
      display.stop();
    }
    if (progress === undefined) return exitCode.failure;
    // `version` grows when a field changes its meaning or goes.
    const document = { version: 1, library: library.directory, database, ...told, ...progress };
    if (this.json) this.print(JSON.stringify(document, null, 2));
    else for (const line of importReport(progress, told.roots)) this.print(line);
    return progress.unreadable + progress.malformed > 0 ? exitCode.partial : exitCode.ok;
  }
}

function checkedOf({ photos, median, lowest }: Extract<RclipImportEvent, { type: "checked" }>): object {
  return { photos, median, lowest };
}

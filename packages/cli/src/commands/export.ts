import { resolve } from "node:path";
import { Command, Option } from "clipanion";
import * as t from "typanion";
import { atLeastOne } from "../at-least-one.ts";
import { exitCode } from "../exit-code.ts";
import { LibraryCommand } from "../library-command.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";

/** `clipfind export DIR`: paths and vectors as files that other programs read. */
export class ExportCommand extends LibraryCommand {
  static override paths = [["export"]];

  static override usage = Command.Usage({
    category: "Library",
    description: "write paths and vectors as files that other programs read",
    details: `
      Makes DIR with a row per photo: NumPy files of vectors and Parquet files of ids, paths and hashes, in the layout of
      clip-retrieval (img_emb/img_emb_0.npy, metadata/metadata_0.parquet), or with --format parquet or jsonl both in one
      file. Row for row the same in both, in the order of their ids; of unit length. export.json says which model
      made the vectors. Photos that are missing are left out, unless --all is given (docs/export.md).

      DIR appears when all is written, or not at all. What is there is never overwritten; --force replaces an export.

      Exit codes: 0 written, 1 written but vectors of some photos are not there, 2 wrong usage or failure, 130 stopped
      by Ctrl-C.
    `,
    examples: [
      ["For clip-retrieval, FAISS or a notebook", "$0 export vectors"],
      ["Half the size", "$0 export vectors --float16"],
      ["One file for DuckDB or pandas", "$0 export photos --format parquet"],
      ["A photo a line", "$0 export photos --format jsonl"],
    ],
  });

  format = Option.String("--format", "npy", {
    description: "npy, parquet or jsonl (default npy, with metadata as Parquet)",
    validator: t.isEnum(["npy", "parquet", "jsonl"] as const),
  });

  float16 = Option.Boolean("--float16", false, { description: "NumPy files of float16, half as large" });

  rows = Option.String("--rows-per-file", {
    description: "Begin another file after so many rows (default 1000000)",
    validator: atLeastOne,
  });

  all = Option.Boolean("--all", false, { description: "Also photos that the last index run did not find" });

  force = Option.Boolean("--force", false, { description: "Replace an export that is in DIR" });

  directory = Option.String({ name: "DIR" });

  override async run(): Promise<number> {
    const { cwd, signal, stderr } = this.context;
    await using library = await this.openLibrary({ mustExist: true });
    const directory = resolve(cwd, this.directory);
    const { CountDisplay } = await import("../output/count-display.ts");
    const display = new CountDisplay(stderr, "exporting");
    try {
      const report = await library.export(directory, {
        format: this.format,
        vectorType: this.float16 ? "float16" : "float32",
        rowsPerFile: this.rows,
        withMissing: this.all,
        replace: this.force,
        onProgress: (rows, total) => display.update(rows, total),
        signal,
      });
      display.stop();
      if (this.json) this.print(JSON.stringify({ library: library.directory, directory, ...report }, null, 2));
      else {
        const files = plural(report.files.length, "file");
        this.print(`${plural(report.rows, "photo")} of ${report.model.name} in ${files}: ${printable(directory)}`);
      }
      if (report.withoutVector === 0) return exitCode.ok;
      const lost = plural(report.withoutVector, "photo");
      this.complain(`${lost} left out for want of a vector: \`clipfind index\` makes them`);
      return exitCode.partial;
    } finally {
      display.stop();
    }
  }
}

import { resolve } from "node:path";
import { parseQuery } from "@clipfind/core/query-language";
import { Command, Option } from "clipanion";
import * as t from "typanion";
import { atLeastOne } from "../at-least-one.ts";
import { cutoffOption } from "../cutoff-option.ts";
import { exitCode } from "../exit-code.ts";
import { filterOptions, givenFilters } from "../filter-options.ts";
import { LibraryCommand } from "../library-command.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";

/** `clipfind export DIR [QUERY…]`: paths and vectors as files that other programs read. */
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

      Words after DIR are a query, as of a search. Filters alone, in the line or as options, say which photos are exported.
      Words, pictures, -n or --cutoff export the very photos that a search with them prints into a pipe, best first, the
      first ten unless -n says otherwise, with the columns rank, score and confidence.

      DIR appears when all is written, or not at all. What is there is never overwritten; --force replaces an export.

      Exit codes: 0 written, 1 written but nothing was found, or vectors of some photos are not there, 2 wrong usage or
      failure, 130 stopped by Ctrl-C.
    `,
    examples: [
      ["For clip-retrieval, FAISS or a notebook", "$0 export vectors"],
      ["Half the size", "$0 export vectors --float16"],
      ["One file for DuckDB or pandas", "$0 export photos --format parquet"],
      ["A photo a line", "$0 export photos --format jsonl"],
      ["Those of one folder and camera", "$0 export holiday in:holiday camera:canon"],
      ["The same with options", "$0 export holiday --in holiday --camera canon"],
      ["The best thousand of a search, with their scores", "$0 export sunsets -n 1000 sunset over the sea"],
      ["All that likely shows it", "$0 export cats -n 100000 --cutoff auto a cat -tag:drawing"],
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

  // Not `limit` and `cutoff`, which settings would set where nothing is searched, too.
  most = Option.String("-n,--limit", {
    description: "Most photos to export of those found (default 10 with words, else all)",
    validator: atLeastOne,
  });

  least = cutoffOption();

  directory = Option.String({ name: "DIR" });

  query = Option.Rest({ name: "QUERY" });

  constructor() {
    super();
    // Fields, as clipanion looks for them.
    Object.assign(this, filterOptions());
  }

  override async run(): Promise<number> {
    const { cwd, signal, stderr } = this.context;
    await using library = await this.openLibrary({ mustExist: true, inThisThread: true });
    const isSearch = parseQuery(this.query).terms.length > 0;
    if (isSearch) this.warnOfMiniModel(library);
    const set = isSearch ? this.#searchSettings : undefined;
    const directory = resolve(cwd, this.directory);
    const { CountDisplay } = await import("../output/count-display.ts");
    const display = new CountDisplay(stderr, "exporting");
    try {
      const report = await library.export(directory, {
        format: this.format,
        vectorType: this.float16 ? "float16" : "float32",
        rowsPerFile: this.rows,
        withMissing: this.all,
        query: this.query,
        filters: givenFilters(this),
        limit: this.most ?? set?.limit,
        cutoff: this.least ?? set?.cutoff,
        cwd,
        replace: this.force,
        onProgress: (rows, total) => display.update(rows, total),
        signal,
      });
      display.stop();
      const { asked } = report;
      for (const remark of [...(asked?.notes ?? []), ...(asked?.warnings ?? [])]) this.complain(remark);
      if (asked?.truncated === true)
        this.complain("the query is longer than the model reads; only its beginning counted");
      if (this.json) this.print(JSON.stringify({ library: library.directory, directory, ...report }, null, 2));
      else {
        const files = plural(report.files.length, "file");
        this.print(`${plural(report.rows, "photo")} of ${report.model.name} in ${files}: ${printable(directory)}`);
      }
      if (asked !== undefined && report.rows + report.withoutVector === 0) {
        this.complain("no photos found");
        return exitCode.partial;
      }
      if (report.withoutVector === 0) return exitCode.ok;
      const lost = plural(report.withoutVector, "photo");
      this.complain(`${lost} left out for want of a vector: \`clipfind index\` makes them`);
      return exitCode.partial;
    } finally {
      display.stop();
    }
  }

  /** What is set for searches. */
  get #searchSettings(): { readonly limit: number | undefined; readonly cutoff: ExportCommand["least"] } {
    const { values } = this.context.settings;
    return {
      limit: values.get("limit")?.value as number | undefined,
      cutoff: values.get("cutoff")?.value as ExportCommand["least"],
    };
  }
}

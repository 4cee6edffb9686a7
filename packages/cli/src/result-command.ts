import type { Library, SearchResult } from "@clipfind/core";
import { Option, UsageError } from "clipanion";
import { atLeastOne } from "./at-least-one.ts";
import { isTerminal } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { hitPaths } from "./output/hit-paths.ts";
import { hitRecord } from "./output/hit-record.ts";
import { hitLines } from "./output/hit-lines.ts";
import { filterOptions } from "./filter-options.ts";
import { LibraryCommand } from "./library-command.ts";
import { printable } from "./output/printable.ts";
import { plural } from "./output/plural.ts";

/** What the commands that find photos share: how many, and how they are printed. */
export abstract class ResultCommand extends LibraryCommand {
  limit = Option.String("-n,--limit", "10", {
    description: "Most photos to print (default 10)",
    validator: atLeastOne,
  });

  jsonl = Option.Boolean("--jsonl", false, { description: "Print one JSON object per photo, a line each" });

  files = Option.Boolean("-l,--files", false, { description: "Print paths only, a line each" });

  print0 = Option.Boolean("-0,--print0", false, {
    description: "Print paths only, with a zero byte behind each, for xargs -0: right for any name",
  });

  index = Option.Boolean("--index", {
    description: "First index what is new, and the folder you are in if it never was; --no-index: neither look nor ask",
  });

  verbose = Option.Boolean("--verbose", false, { description: "Say also how old the index is" });

  #note: string | undefined;

  constructor() {
    super();
    // Fields, as clipanion looks for them.
    Object.assign(this, filterOptions());
  }

  override execute(): Promise<number> {
    const forms = { "--json": this.json, "--jsonl": this.jsonl, "--files": this.files, "--print0": this.print0 };
    const chosen = Object.entries(forms).flatMap(([name, isChosen]) => (isChosen ? [name] : []));
    if (chosen.length > 1) throw new UsageError(`Expected one form of output, found ${chosen.join(" and ")}`);
    return super.execute();
  }

  /** The library that is searched, as fresh as it is wanted. */
  protected async libraryToSearch(): Promise<Library> {
    const { context, index, verbose } = this;
    // A script that says nothing of it is answered at once.
    const isAlone = !isTerminal(context.stdout) && !isTerminal(context.stderr);
    if (index !== true && !verbose && isAlone) return this.openLibrary({ mustExist: true, inThisThread: true });
    const { libraryToSearch } = await import("./library-to-search.ts");
    const { library, note } = await libraryToSearch({
      context,
      index,
      verbose,
      newRules: this.newFolderRules(),
      open: (options) => this.openLibrary(options),
      warn: (opened) => this.warnOfMiniModel(opened),
    });
    this.#note = note;
    return library;
  }

  /** Prints the photos found, as lines or as a document; returns the exit code. `asked` goes into the document. */
  protected printResult(asked: object, library: string, result: SearchResult): number {
    const { hits, truncated, warnings, notes, timings, cutoff, strong, weaker } = result;
    for (const note of notes) this.complain(note);
    for (const warning of warnings) this.complain(warning);
    if (this.json) {
      // `version` grows when a field changes its meaning or goes.
      const found = cutoff === undefined ? {} : { cutoff, strong, weaker };
      const document = {
        version: 1,
        ...asked,
        library,
        truncated,
        warnings,
        notes,
        timings,
        ...found,
        hits: hits.map(hitRecord),
      };

      this.print(JSON.stringify(document, null, 2));
    } else {
      this.#printHits(hits);
      if (hits.length === 0 && weaker > 0) this.complain("no photo reaches the cut-off; --cutoff none shows the best");
      else if (hits.length === 0) this.complain("no photos found");
      else if (isTerminal(this.context.stderr)) {
        const [encode, search] = [timings.encodeMs, timings.searchMs].map((ms) => `${ms.toFixed(0)} ms`);
        const [all, rest] = [strong, weaker].map((photos) => photos.toLocaleString("en-US"));
        const divided = cutoff === undefined ? "" : ` (in all: ${all} strong, ${rest} weaker)`;
        this.context.stderr.write(
          `${plural(hits.length, "photo")}${divided}; query encoded in ${encode}, searched in ${search}\n`,
        );
      }
    }
    if (this.#note !== undefined) this.complain(this.#note);
    return hits.length > 0 ? exitCode.ok : exitCode.partial;
  }

  #printHits(hits: SearchResult["hits"]): void {
    const { cwd, stdout } = this.context;
    if (this.print0) stdout.write(hitPaths(hits, cwd, "\0"));
    // A terminal must not be driven by a name; what reads a pipe wants the name.
    else if (this.files && !isTerminal(stdout)) stdout.write(hitPaths(hits, cwd, "\n"));
    else if (this.files)
      for (const hit of hits) this.print(printable(hitPaths([hit], cwd, "\n").toString("utf8").slice(0, -1)));
    else if (this.jsonl) for (const [index, hit] of hits.entries()) this.print(JSON.stringify(hitRecord(hit, index)));
    else for (const line of hitLines(hits, cwd)) this.print(line);
  }
}

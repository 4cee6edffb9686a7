import type { SearchResult } from "@clipfind/core";
import { Option } from "clipanion";
import { atLeastOne } from "./at-least-one.ts";
import { isTerminal } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { hitLines } from "./output/hit-lines.ts";
import { filterOptions } from "./filter-options.ts";
import { LibraryCommand } from "./library-command.ts";
import { plural } from "./output/plural.ts";

/** What the commands that find photos share: how many, and how they are printed. */
export abstract class ResultCommand extends LibraryCommand {
  limit = Option.String("-n,--limit", "10", {
    description: "Most photos to print (default 10)",
    validator: atLeastOne,
  });

  constructor() {
    super();
    // Fields, as clipanion looks for them.
    Object.assign(this, filterOptions());
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
      for (const line of hitLines(hits, this.context.cwd)) this.print(line);
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
    return hits.length > 0 ? exitCode.ok : exitCode.partial;
  }
}

function hitRecord(
  { path, pathBytes, score, confidence, copies }: SearchResult["hits"][number],
  index: number,
): object {
  return {
    rank: index + 1,
    score,
    ...(confidence === undefined ? {} : { confidence }),
    path,
    // Only where `path` cannot say it: the name's bytes are not UTF-8.
    ...(Buffer.from(path).equals(pathBytes) ? {} : { pathBase64: pathBytes.toString("base64") }),
    copies,
  };
}

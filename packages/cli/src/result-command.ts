import type { SearchResult } from "@clipfind/core";
import { Option, UsageError } from "clipanion";
import { grouped } from "./output/grouped.ts";
import { atLeastOne } from "./at-least-one.ts";
import { isTerminal } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { hitPaths, pathLines } from "./output/hit-paths.ts";
import { hitRecord } from "./output/hit-record.ts";
import { hitLines } from "./output/hit-lines.ts";
import { filterOptions } from "./filter-options.ts";
import { LibraryCommand } from "./library-command.ts";
import { chosenProtocol } from "./preview/chosen-protocol.ts";
import { readGridSize } from "./preview/grid-layout.ts";
import { plural } from "./output/plural.ts";

/** What the commands that find photos share: how many, and how they are printed. */
export abstract class ResultCommand extends LibraryCommand {
  most = Option.String("-n,--limit", {
    description: "Most photos to print (default 10, or what a --grid holds)",
    validator: atLeastOne,
  });

  jsonl = Option.Boolean("--jsonl", false, { description: "Print one JSON object per photo, a line each" });

  files = Option.Boolean("-l,--files", false, { description: "Print paths only, a line each" });

  print0 = Option.Boolean("-0,--print0", false, {
    description: "Print paths only, with a zero byte behind each, for xargs -0: right for any name",
  });

  preview = Option.String("--preview", false, {
    tolerateBoolean: true,
    description:
      "Show each photo below its line, on a terminal: =kitty, =iterm, =sixel or =blocks; else CLIPFIND_PREVIEW, or as detected",
  });

  grid = Option.String("--grid", {
    description: "Show the photos in a grid, C x R on a screen, with their names below (4x3)",
  });

  constructor() {
    super();
    // Fields, as clipanion looks for them.
    Object.assign(this, filterOptions());
  }

  /** Whether a form of output was asked for that is none for people who type. */
  protected get hasForm(): boolean {
    return this.json || this.jsonl || this.files || this.print0 || this.grid !== undefined;
  }

  override execute(): Promise<number> {
    const forms = {
      "--json": this.json,
      "--jsonl": this.jsonl,
      "--files": this.files,
      "--print0": this.print0,
      "--preview": this.preview !== false && this.grid === undefined,
      "--grid": this.grid !== undefined,
    };
    const chosen = Object.entries(forms).flatMap(([name, isChosen]) => (isChosen ? [name] : []));
    if (chosen.length > 1) throw new UsageError(`Expected one form of output, found ${chosen.join(" and ")}`);
    this.#assertPreview();
    return super.execute();
  }

  /** Most photos to find. */
  protected get limit(): number {
    const size = this.grid === undefined ? undefined : readGridSize(this.grid);
    return this.most ?? (size === undefined ? 10 : size.columns * size.rows);
  }

  /** A picture in a pipe is of use to nobody: who asks for one kind in particular learns so. */
  #assertPreview(): void {
    if (this.grid !== undefined && readGridSize(this.grid) === undefined) {
      throw new UsageError(`Expected --grid to be columns x rows, such as 4x3, found ${JSON.stringify(this.grid)}`);
    }
    if (this.preview === false) return;
    const protocol = chosenProtocol(this.context.env, this.preview);
    if (typeof this.preview !== "string" || protocol === "auto" || protocol === "off") return;
    if (isTerminal(this.context.stdout)) return;
    throw new UsageError(`--preview=${protocol} is for terminals, and standard output is none`);
  }

  /** Prints the photos found, as lines or as a document; returns the exit code. `asked` goes into the document. */
  protected async printResult(asked: object, library: string, result: SearchResult): Promise<number> {
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
      await this.#printHits(hits);
      if (hits.length === 0 && weaker > 0) this.complain("no photo reaches the cut-off; --cutoff none shows the best");
      else if (hits.length === 0) this.complain("no photos found");
      else if (isTerminal(this.context.stderr)) {
        const [encode, search] = [timings.encodeMs, timings.searchMs].map((ms) => `${ms.toFixed(0)} ms`);
        const [all, rest] = [strong, weaker].map(grouped);
        const divided = cutoff === undefined ? "" : ` (in all: ${all} strong, ${rest} weaker)`;
        this.context.stderr.write(
          `${plural(hits.length, "photo")}${divided}; query encoded in ${encode}, searched in ${search}\n`,
        );
      }
    }
    return hits.length > 0 ? exitCode.ok : exitCode.partial;
  }

  async #printHits(hits: SearchResult["hits"]): Promise<void> {
    const { cwd, stdout } = this.context;
    if (this.print0) stdout.write(hitPaths(hits, cwd, "\0"));
    // A terminal must not be driven by a name; what reads a pipe wants the name.
    else if (this.files && !isTerminal(stdout)) stdout.write(hitPaths(hits, cwd, "\n"));
    else if (this.files) for (const line of pathLines(hits, cwd)) this.print(line);
    else if (this.jsonl) for (const [index, hit] of hits.entries()) this.print(JSON.stringify(hitRecord(hit, index)));
    else if (!(await this.#printPictures(hits))) for (const line of hitLines(hits, cwd)) this.print(line);
  }

  /** Whether pictures were asked for and can be shown. */
  async #printPictures(hits: SearchResult["hits"]): Promise<boolean> {
    const isWanted = (this.preview !== false || this.grid !== undefined) && isTerminal(this.context.stdout);
    if (!isWanted || hits.length === 0) return false;
    const { cwd, env, signal, stdout } = this.context;
    const { previewTerminal, printGrid, printPreviews } = await import("./preview.ts");
    const chosen = chosenProtocol(env, this.preview === false ? true : this.preview);
    const terminal = await previewTerminal(this.context, chosen);
    if (terminal === undefined) {
      if (chosen !== "off") this.complain("this terminal shows no pictures; --preview=blocks draws with characters");
      return false;
    }
    const printer = { terminal, stdout, cwd, signal };
    const size = this.grid === undefined ? undefined : readGridSize(this.grid);
    await (size === undefined ? printPreviews(hits, printer) : printGrid(hits, size, printer));
    return true;
  }
}

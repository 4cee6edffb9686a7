import { dirname, resolve } from "node:path";
import type { Hit, Library, SearchResult } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { isTerminal } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { filterOptions } from "./filter-options.ts";
import { grouped } from "./output/grouped.ts";
import { hitLines } from "./output/hit-lines.ts";
import { hitPaths, pathLines } from "./output/hit-paths.ts";
import { hitRecord } from "./output/hit-record.ts";
import { printsHyperlinks } from "./output/hyperlink.ts";
import { plural } from "./output/plural.ts";
import { shownPath } from "./output/shown-path.ts";
import { terminalWidth } from "./output/terminal-width.ts";
import type { Template } from "./output/template.ts";
import { chosenProtocol } from "./preview/chosen-protocol.ts";
import { ResultOptions } from "./result-options.ts";

/** More than so many are opened only when someone says so. */
const mostOpened = 10;

/** What the commands that find photos share: how they are printed, and what is done with them. */
export abstract class ResultCommand extends ResultOptions {
  #template: Template = [];

  #note: string | undefined;

  constructor() {
    super();
    // Fields, as clipanion looks for them.
    Object.assign(this, filterOptions());
  }

  override async execute(): Promise<number> {
    this.assertOneForm();
    // Before the search: a mistake in it needs none.
    if (this.format !== undefined) this.#template = (await import("./output/template.ts")).parseTemplate(this.format);
    try {
      return await super.execute();
    } catch (error) {
      // `clipfind … | head` has read enough: that is success.
      if (!this.context.hasReader() && error instanceof ClipfindError && error.code === "ABORTED") return exitCode.ok;
      throw error;
    }
  }

  /** The library that is searched, as fresh as it is wanted. */
  protected async libraryToSearch(): Promise<Library> {
    const { context, index, verbose } = this;
    // A script that says nothing of it is answered at once, and who says that nothing is to be looked for.
    const isAlone = !isTerminal(context.stdout) && !isTerminal(context.stderr);
    if (!verbose && (index === false || (index !== true && isAlone)))
      return this.openLibrary({ mustExist: true, inThisThread: true });
    const { libraryToSearch } = await import("./library-to-search.ts");
    const { library, note } = await libraryToSearch({
      context,
      index,
      verbose,
      newRules: this.newFolderRules(),
      open: (options) => this.openLibrary(options),
      warn: (opened) => this.warnOfMiniModel(opened),
      told: {
        complain: (message) => this.complain(message),
        tell: (line) => this.tell(line),
        above: (bar) => this.tellAbove(bar),
        barStream: this.barStream,
      },
    });
    this.#note = note;
    return library;
  }

  /** Whether the photos are shown to somebody: as the table, on a terminal. */
  protected get isTable(): boolean {
    return this.forms.length === 0 && this.#showsText;
  }

  /** Whether lines go to somebody who reads them. */
  get #showsText(): boolean {
    return isTerminal(this.context.stdout) && this.context.env["TERM"] !== "dumb";
  }

  /** Whether something is to be done with the photos. */
  protected get isActing(): boolean {
    return this.open || this.copyTo !== undefined || this.linkTo !== undefined;
  }

  /**
   * Prints the photos found, in the form that was asked for, and copies or opens them; resolves to the exit code. `asked`
   * goes into the document, `title` above a page.
   */
  protected async printResult(asked: object, title: string, library: string, result: SearchResult): Promise<number> {
    const { hits, notes, warnings } = result;
    for (const note of notes) this.complain(note);
    for (const warning of warnings) this.complain(warning);
    if (this.json) this.#printDocument(asked, library, result);
    else await this.#print(title, result);
    if (hits.length === 0) {
      if (!this.json) this.#tellNone(result);
      return exitCode.partial;
    }
    if (!this.json) this.#tellCounts(result);
    if (this.#note !== undefined) this.complain(this.#note);
    const isPlaced = await this.#place(hits);
    const isOpened = !this.open || (await this.#open(hits));
    return isPlaced && isOpened ? exitCode.ok : exitCode.partial;
  }

  #printDocument(asked: object, library: string, result: SearchResult): void {
    const { hits, truncated, warnings, notes, timings, cutoff, strong, weaker } = result;
    const found = cutoff === undefined ? {} : { cutoff, strong, weaker };
    const records = hits.map(hitRecord);
    // `version` grows when a field changes its meaning or goes; docs/output.md has them all.
    const document = { version: 1, ...asked, library, truncated, warnings, notes, timings, ...found, hits: records };
    this.print(JSON.stringify(document, null, 2));
  }

  async #print(title: string, { hits, cutoff }: SearchResult): Promise<void> {
    const { cwd, stdout } = this.context;
    const ranked = hits.map((hit, index) => ({ hit, rank: index + 1, cwd }));
    if (this.html !== undefined) {
      if (hits.length > 0) await this.#printPage(this.html, title, hits);
    } else if (this.print0) stdout.write(hitPaths(hits, cwd, "\0"));
    // A terminal must not be driven by a name; what reads a pipe wants the name.
    else if (this.files && !isTerminal(stdout)) stdout.write(hitPaths(hits, cwd, "\n"));
    else if (this.files) for (const line of pathLines(hits, cwd)) this.print(line);
    else if (this.jsonl) for (const [index, hit] of hits.entries()) this.print(JSON.stringify(hitRecord(hit, index)));
    else if (this.csv) stdout.write((await import("./output/hit-csv.ts")).hitCsv(ranked));
    else if (this.format !== undefined) {
      const { filledTemplate } = await import("./output/template.ts");
      for (const each of ranked) stdout.write(filledTemplate(this.#template, each));
    } else {
      const lines = await this.#lines(hits, cutoff);
      if (!(await this.#printPictures(hits, lines))) for (const line of lines) this.print(line);
    }
  }

  /** A line for each photo: of the table on a terminal, else as a pipe gets it. */
  async #lines(hits: readonly Hit[], cutoff: number | undefined): Promise<string[]> {
    const { cwd, env, stdout, colorDepth } = this.context;
    if (!this.#showsText) return hitLines(hits, cwd, colorDepth > 1 ? { cutoff } : undefined);
    const { hitTable } = await import("./output/hit-table.ts");
    const [width, links] = [terminalWidth(stdout, env), printsHyperlinks(stdout, env, this.hyperlink)];
    return hitTable(hits, { cwd, width, links, cutoff, isColored: colorDepth > 1 });
  }

  /** Whether pictures were asked for and can be shown; then they are, with the lines or names that belong to them. */
  async #printPictures(hits: readonly Hit[], lines: readonly string[]): Promise<boolean> {
    const { signal, stdout } = this.context;
    const isWanted = (this.preview !== false || this.grid !== undefined) && isTerminal(stdout);
    if (!isWanted || hits.length === 0) return false;
    const { previewTerminal, printGrid, printPreviews } = await import("./preview.ts");
    const chosen = chosenProtocol(this.context, this.preview === false ? true : this.preview);
    const terminal = await previewTerminal(this.context, chosen);
    if (terminal === undefined) {
      if (chosen !== "off") this.complain("this terminal shows no pictures; --preview=blocks draws with characters");
      return false;
    }
    const printer = { terminal, stdout, signal };
    const { gridSize } = this;
    await (gridSize === undefined ? printPreviews(hits, lines, printer) : printGrid(hits, gridSize, printer));
    return true;
  }

  async #printPage(name: string, title: string, hits: readonly Hit[]): Promise<void> {
    const { contactSheet } = await import("./deliver/contact-sheet.ts");
    const { cwd, signal, stdout } = this.context;
    if (name === "-") {
      const page = contactSheet(hits, { title, cwd, signal, folder: undefined });
      // One after the other: a slow reader needs no memory.
      for await (const piece of page) await new Promise<void>((written) => stdout.write(piece, () => written()));
      return;
    }
    const { writePage } = await import("./deliver/write-page.ts");
    const file = resolve(cwd, name);
    const bytes = await writePage(file, contactSheet(hits, { title, cwd, signal, folder: dirname(file) }));
    this.tell(`${plural(hits.length, "photo")} in ${shownPath(Buffer.from(name))}, ${(bytes / 1e6).toFixed(1)} MB`);
  }

  #tellNone({ weaker }: SearchResult): void {
    this.complain(weaker > 0 ? "no photo reaches the cut-off; --cutoff none shows the best" : "no photos found");
  }

  #tellCounts({ hits, timings, cutoff, strong, weaker }: SearchResult): void {
    if (!this.verbose && !isTerminal(this.context.stderr)) return;
    const [encode, search] = [timings.encodeMs, timings.searchMs].map((ms) => `${ms.toFixed(0)} ms`);
    const [all, rest] = [strong, weaker].map(grouped);
    const more = this.limit === undefined && strong > hits.length ? `; -n ${strong} shows them` : "";
    const divided = cutoff === undefined ? "" : ` (in all: ${all} strong, ${rest} weaker${more})`;
    this.tell(`${plural(hits.length, "photo")}${divided}; query encoded in ${encode}, searched in ${search}`);
  }

  /** Copies or links the photos where that was asked for; whether all are there. */
  async #place(hits: readonly Hit[]): Promise<boolean> {
    const into = this.copyTo ?? this.linkTo;
    if (into === undefined) return true;
    const { placePhotos } = await import("./deliver/place-photos.ts");
    const { cwd, signal } = this.context;
    const { placed, same, failed } = await placePhotos(
      hits.map(({ pathBytes }) => pathBytes),
      {
        directory: resolve(cwd, into),
        how: this.copyTo === undefined ? "link" : "copy",
        isNumbered: this.numbered,
        signal,
      },
    );
    for (const { path, reason } of failed) this.complain(`${shownPath(path)}: ${reason}`);
    const counts = [
      `${plural(placed, "photo")} ${this.copyTo === undefined ? "linked" : "copied"} to ${shownPath(Buffer.from(into))}`,
      ...(same > 0 ? [`${same} there already`] : []),
      ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ];
    this.tell(counts.join(", "));
    return failed.length === 0;
  }

  /** Opens the page, or the photos; whether all that were to be opened are. */
  async #open(hits: readonly Hit[]): Promise<boolean> {
    const { cwd } = this.context;
    const paths =
      this.html === undefined ? hits.map(({ pathBytes }) => pathBytes) : [Buffer.from(resolve(cwd, this.html))];
    if (paths.length > mostOpened && !this.yes) {
      const { confirm } = await import("./confirm.ts");
      const answer = await confirm(this.context, `Open ${plural(paths.length, "photo")}?`, {
        usually: false,
        stopped: "Nothing was opened.",
      });
      if (answer === undefined) {
        const message = `Expected --yes to open more than ${mostOpened} photos, found ${paths.length}`;
        // No wrong usage, of which clipanion tells, which would print what is printed already.
        throw new ClipfindError("INVALID_ARGUMENT", message);
      }
      if (!answer) return true;
    }
    const { openPhotos } = await import("./deliver/open-photos.ts");
    const failed = await openPhotos(paths);
    for (const { path, reason } of failed) this.complain(`cannot open ${shownPath(path)}: ${reason}`);
    return failed.length === 0;
  }
}

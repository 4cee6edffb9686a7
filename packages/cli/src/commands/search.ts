import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ReadStream, WriteStream } from "node:tty";
import { Command, Option } from "clipanion";
import { cutoffOption } from "../cutoff-option.ts";
import { displayedHits, mostDisplayed } from "../display-limit.ts";
import { givenFilters } from "../filter-options.ts";
import { ResultCommand } from "../result-command.ts";
import { exitCode } from "../exit-code.ts";
import { mistakenCommand } from "../mistaken-command.ts";
import { pathLines } from "../output/hit-paths.ts";
import { namedOperands } from "../output/named-operands.ts";
import { printable } from "../output/printable.ts";
import { chosenProtocol } from "../preview/chosen-protocol.ts";

/** `clipfind QUERY…`: photos by what they show. */
export class SearchCommand extends ResultCommand {
  static override paths = [Command.Default, ["search"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "find photos by what they show",
    details: `
      Prints the photos that show what the words say, best first: score and path, and on a terminal how likely each is
      right. The score is the cosine of query and photo and can be compared within one model only. Other forms are those
      of --json, --csv, --format and so on (docs/output.md).

      On a terminal these are the photos that are strong, likelier right than wrong, judged by what right and wrong pairs
      score in this library; 5 at least and 20 at most. The last line says how many there are in all. Into a pipe, and where
      that cannot be judged, go the ten best. -n says how many, \`--cutoff auto\` leaves out all that are not strong.

      Words need no quotes: they are joined by spaces. + adds and - subtracts what follows, 2: before it is a weight, |
      averages, and paths and URLs of pictures are pictures. in:DIR, ext:, on:DATES, tag: and so on leave photos out, as
      the options of the same names do; without words the newest come first (docs/query-language.md). A query that begins with the name of a command is reached
      through \`clipfind search\`, one that begins with a dash after \`--\`.

      Without words on a terminal it becomes interactive: results as you type, beside them the photo (docs/interactive.md).

      On a terminal a search first looks for changes, as far as that takes less than a second, and says how old the index
      is, or how many photos it lacks. In a script it does so if --index says it (docs/scan.md).

      Exit codes: 0 found something, 1 found nothing or not all could be copied or opened, 2 wrong usage or failure.
    `,
    examples: [
      ["Type, and see what is found", "$0"],
      ["Find a photo", "$0 kitten behind a corner"],
      ["Index first what is new here", "$0 --index sunset"],
      ["Not quite what was said", "$0 black cat + 0.5:night - dog"],
      ["Like a picture, in one folder", "$0 ./pool.jpg in a garden in:holiday"],
      ["With pictures, four beside each other", "$0 --grid 4x3 sunset"],
      ["The best 50, for a script", "$0 --json -n 50 sunset over the sea"],
      ["Every photo that likely shows it", "$0 --cutoff auto -n 1000 sunset"],
      ["A page with thumbnails", "$0 --html sunsets.html -n 200 sunset"],
      ["Copies of the best", "$0 --copy-to best -n 20 sunset"],
      ["A query that begins with a command's name", "$0 search index cards on a desk"],
    ],
  });

  cutoff = cutoffOption();

  query = Option.Rest();

  override async run(): Promise<number> {
    this.#suggestCommand();
    if (this.query.length === 0 && givenFilters(this).length === 0) {
      const { env, stdin, stdout } = this.context;
      // A dumb terminal has no place for the cursor.
      if (this.#canInteract && env["TERM"] !== "dumb" && stdin instanceof ReadStream && stdout instanceof WriteStream) {
        return this.#interact(stdin, stdout);
      }
      const hint = "`clipfind --help` says what there is.";
      if (this.logFormat === "json") this.fail("expected words that say what to look for, found none", hint);
      else this.context.stderr.write(namedOperands(this.cli.usage()));
      return exitCode.failure;
    }
    await using library = await this.libraryToSearch();
    this.warnOfMiniModel(library);
    // A number, a border or something to be done with the photos says how many are wanted.
    const isDisplay = this.isTable && !this.isActing && this.limit === undefined && this.cutoff === undefined;
    const result = await library.search(this.query, {
      limit: isDisplay ? mostDisplayed : this.most,
      cutoff: this.cutoff,
      filters: givenFilters(this),
      cwd: this.context.cwd,
      signal: this.context.signal,
    });
    if (result.truncated) this.complain("the query is longer than the model reads; only its beginning counted");
    const words = [...this.query, ...givenFilters(this)].join(" ");
    return await this.printResult(
      { query: this.query.join(" ") },
      words,
      library.directory,
      isDisplay ? { ...result, hits: displayedHits(result) } : result,
    );
  }

  /** A word alone may be a slip; what it is the name of can be meant, too. */
  #suggestCommand(): void {
    const [word = "", ...more] = this.query;
    if (more.length > 0 || this.path?.length === 1 || givenFilters(this).length > 0) return;
    const command = mistakenCommand(word);
    if (command === undefined || existsSync(resolve(this.context.cwd, word))) return;
    this.report(`searching for "${printable(word)}"; did you mean \`clipfind ${command}\`?`);
  }

  /** Whether nothing was asked for that is of no use there. */
  get #canInteract(): boolean {
    return !this.isActing && this.forms.every((form) => form === "--preview");
  }

  /** Lets people type, and prints the paths that they want. */
  async #interact(stdin: ReadStream, stdout: WriteStream): Promise<number> {
    const { cwd, signal } = this.context;
    const protocol = chosenProtocol(this.context, this.preview === false ? true : this.preview);
    await using library = await this.openLibrary({ mustExist: true });
    this.warnOfMiniModel(library);
    const { previewTerminal, runInteractive } = await import("../interactive.ts");
    const terminal = await previewTerminal(this.context, protocol);
    const options = { limit: this.limit ?? 100, cutoff: this.cutoff };
    const { paths, isInterrupted } = await runInteractive({ library, stdin, stdout, cwd, signal, options, terminal });
    for (const line of pathLines(paths, cwd)) this.print(line);
    return isInterrupted ? exitCode.interrupted : exitCode.ok;
  }
}

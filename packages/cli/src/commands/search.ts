import { Command, Option } from "clipanion";
import { givenFilters } from "../filter-options.ts";
import * as t from "typanion";
import { ResultCommand } from "../result-command.ts";
import { exitCode } from "../exit-code.ts";
import { namedOperands } from "../output/named-operands.ts";

/** `clipfind QUERY…`: photos by what they show. */
export class SearchCommand extends ResultCommand {
  static override paths = [Command.Default, ["search"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "find photos by what they show",
    details: `
      Prints the photos that show what the words say, best first: score and path. The score is the cosine of query and
      photo and can be compared within one model only.

      On a terminal the last line says how many photos are strong: likelier right than wrong, judged by what right and
      wrong pairs score in this library. \`--cutoff auto\` leaves the others out.

      Words need no quotes: they are joined by spaces. + adds and - subtracts what follows, 2: before it is a weight, |
      averages, and paths and URLs of pictures are pictures. in:DIR, ext:, on:DATES, tag: and so on leave photos out, as
      the options of the same names do; without words the newest come first (docs/query-language.md). A query that begins with the name of a command is reached
      through \`clipfind search\`, one that begins with a dash after \`--\`.

      On a terminal a search first looks for changes, as far as that takes less than a second, and says how old the index
      is, or how many photos it lacks. In a script it does so if --index says it (docs/scan.md).

      Exit codes: 0 found something, 1 found nothing, 2 wrong usage or failure.
    `,
    examples: [
      ["Find a photo", "$0 kitten behind a corner"],
      ["Index first what is new here", "$0 --index sunset"],
      ["Not quite what was said", "$0 black cat + 0.5:night - dog"],
      ["Like a picture, in one folder", "$0 ./pool.jpg in a garden in:holiday"],
      ["The best 50, for a script", "$0 --json -n 50 sunset over the sea"],
      ["Every photo that likely shows it", "$0 --cutoff auto -n 1000 sunset"],
      ["A query that begins with a command's name", "$0 search index cards on a desk"],
    ],
  });

  cutoff = Option.String("--cutoff", {
    description: "Leave out photos below this confidence, 0 to 1; auto: those likelier wrong than right (default none)",
    validator: t.isOneOf([t.isEnum(["auto", "none"] as const), t.cascade(t.isNumber(), [t.isInInclusiveRange(0, 1)])]),
  });

  query = Option.Rest();

  override async run(): Promise<number> {
    if (this.query.length === 0 && givenFilters(this).length === 0) {
      this.context.stderr.write(namedOperands(this.cli.usage()));
      return exitCode.failure;
    }
    await using library = await this.libraryToSearch();
    this.warnOfMiniModel(library);
    const result = await library.search(this.query, {
      limit: this.limit,
      cutoff: this.cutoff,
      filters: givenFilters(this),
      cwd: this.context.cwd,
      signal: this.context.signal,
    });
    if (result.truncated) this.complain("the query is longer than the model reads; only its beginning counted");
    return this.printResult({ query: this.query.join(" ") }, library.directory, result);
  }
}

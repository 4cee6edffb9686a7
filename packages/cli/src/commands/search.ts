import { Library, type SearchResult } from "@clipfind/core";
import { Command, Option } from "clipanion";
import * as t from "typanion";
import { BaseCommand } from "../base-command.ts";
import { isTerminal } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { hitLines } from "../output/hit-lines.ts";
import { namedOperands } from "../output/named-operands.ts";
import { plural } from "../output/plural.ts";

/** `clipfind QUERY…`: photos by what they show. */
export class SearchCommand extends BaseCommand {
  static override paths = [Command.Default, ["search"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "find photos by what they show",
    details: `
      Prints the photos that show what the words say, best first: score and path. The score is the cosine of query and
      photo and can be compared within one model only.

      Words need no quotes: they are joined by spaces. A query that begins with the name of a command is reached
      through \`clipfind search\`, one that begins with a dash after \`--\`.

      Exit codes: 0 found something, 1 found nothing, 2 wrong usage or failure.
    `,
    examples: [
      ["Find a photo", "$0 kitten behind a corner"],
      ["The best 50, for a script", "$0 --json -n 50 sunset over the sea"],
      ["A query that begins with a command's name", "$0 search index cards on a desk"],
    ],
  });

  limit = Option.String("-n,--limit", "10", {
    description: "Most photos to print (default 10)",
    validator: t.cascade(t.isNumber(), [t.isInteger(), t.isAtLeast(1)]),
  });

  query = Option.Rest();

  override async run(): Promise<number> {
    const query = this.query.join(" ");
    if (this.query.length === 0) {
      this.context.stderr.write(namedOperands(this.cli.usage()));
      return exitCode.failure;
    }
    await using library = Library.open(this.libraryDirectory, { model: this.modelDirectory, mustExist: true });
    const result = await library.search(query, { limit: this.limit });
    for (const warning of result.warnings) this.complain(warning);
    if (result.truncated) this.complain("the query is longer than the model reads; only its beginning counted");
    if (this.json) this.print(JSON.stringify(searchDocument(query, library.directory, result), null, 2));
    else this.#printTable(result);
    return result.hits.length > 0 ? exitCode.ok : exitCode.partial;
  }

  #printTable({ hits, timings }: SearchResult): void {
    for (const line of hitLines(hits, this.context.cwd)) this.print(line);
    if (hits.length === 0) this.complain("no photos in the index");
    else if (isTerminal(this.context.stderr)) {
      const [encode, search] = [timings.encodeMs, timings.searchMs].map((ms) => `${ms.toFixed(0)} ms`);
      this.context.stderr.write(`${plural(hits.length, "photo")}; query encoded in ${encode}, searched in ${search}\n`);
    }
  }
}

/** The document of `--json`. `version` grows when a field changes its meaning or goes. */
function searchDocument(query: string, library: string, { hits, truncated, warnings, timings }: SearchResult): object {
  return {
    version: 1,
    query,
    library,
    truncated,
    warnings,
    timings,
    hits: hits.map(({ path, pathBytes, score, copies }, index) => ({
      rank: index + 1,
      score,
      path,
      // Only where `path` cannot say it: the name's bytes are not UTF-8.
      ...(Buffer.from(path).equals(pathBytes) ? {} : { pathBase64: pathBytes.toString("base64") }),
      copies,
    })),
  };
}

import { resolve } from "node:path";
import { Command, Option } from "clipanion";
import { ResultCommand } from "../result-command.ts";

/** `clipfind similar FILE`: photos that look like one. */
export class SimilarCommand extends ResultCommand {
  static override paths = [["similar"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "find photos that look like one",
    details: `
      Prints the photos that look most like the one in FILE, best first. FILE need not be indexed. If it is, under
      whatever name, it is not among the results.

      Exit codes: 0 found something, 1 found nothing, 2 wrong usage or failure.
    `,
    examples: [["More of the kind", "$0 similar holiday/IMG_0412.jpg"]],
  });

  photo = Option.String({ name: "FILE" });

  override async run(): Promise<number> {
    await using library = await this.openLibrary({ mustExist: true });
    this.warnOfMiniModel(library);
    const photo = resolve(this.context.cwd, this.photo);
    return this.printResult({ photo }, library.directory, await library.similar(photo, { limit: this.limit }));
  }
}

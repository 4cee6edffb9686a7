import { resolve } from "node:path";
import { Command, Option } from "clipanion";
import { givenFilters } from "../filter-options.ts";
import { ResultCommand } from "../result-command.ts";

/** `clipfind similar IMAGE…`: photos that look like one, or like several. */
export class SimilarCommand extends ResultCommand {
  static override paths = [["similar"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "find photos that look like one",
    details: `
      Prints the photos that look most like the one in IMAGE, a file or URL, or like several on average, best first. They
      need not be indexed. Those that are, under whatever name, are not among the results.

      Exit codes: 0 found something, 1 found nothing, 2 wrong usage or failure.
    `,
    examples: [
      ["More of the kind", "$0 similar holiday/IMG_0412.jpg"],
      ["What is between two pictures, in a folder", "$0 similar a.jpg b.jpg --in holiday"],
    ],
  });

  photos = Option.Rest({ name: "IMAGE", required: 1 });

  override async run(): Promise<number> {
    await using library = await this.libraryToSearch();
    this.warnOfMiniModel(library);
    const { cwd, signal } = this.context;
    const isUrl = (photo: string): boolean => /^https?:\/\//i.test(photo);
    const photos = this.photos.map((photo) => (isUrl(photo) ? photo : resolve(cwd, photo)));
    const options = { limit: this.most, filters: givenFilters(this), cwd, signal };
    return await this.printResult(
      photos.length === 1 ? { photo: photos[0] } : { photos },
      `like ${this.photos.join(", ")}`,
      library.directory,
      await library.similar(photos, options),
    );
  }
}

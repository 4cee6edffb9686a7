import { resolve } from "node:path";
import { type IndexProgress, Library } from "@clipfind/core";
import { Command, Option } from "clipanion";
import * as t from "typanion";
import { LibraryCommand } from "../library-command.ts";
import { atLeastOne } from "../at-least-one.ts";
import { exitCode } from "../exit-code.ts";
import { IndexProgressDisplay } from "../output/index-progress.ts";
import { indexEventLine } from "../output/index-event-line.ts";
import { plural } from "../output/plural.ts";

/** `clipfind index [DIR…]`: brings the index up to date. */
export class IndexCommand extends LibraryCommand {
  static override paths = [["index"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "index the photos in folders",
    details: `
      Reads the photos in the given folders and below, and remembers what they show. Without folders it brings those
      indexed before up to date. Only new and changed photos are read; renamed, moved and copied ones are recognised
      by their content. Ctrl-C stops after the photo in hand; the next run goes on where this one stopped.

      An index that is damaged is repaired: what can be read is kept, and what is lost is encoded again from the photos.

      Photos are JPEG, PNG, WebP, GIF, TIFF and AVIF files. Hidden files and folders are left out. Originals are never
      written.

      Exit codes: 0 done, 1 done but some files could not be read, 2 wrong usage or failure, 130 stopped by Ctrl-C.
    `,
    examples: [
      ["Index a folder with a model", "$0 index ~/Pictures --model ~/models/clip"],
      ["Bring the index up to date", "$0 index"],
      ["Divide an index among four shards", "$0 index --shards 4"],
      ["Keep the index with the photos, in two shards", "$0 index . --library .clipfind --shards 2"],
    ],
  });

  shards = Option.String("--shards", {
    description: "Split the index into N parts, at most 999 (a new one: 1); an existing one is divided anew",
    validator: t.cascade(t.isNumber(), [t.isInteger(), t.isInInclusiveRange(1, 999)]),
  });

  workers = Option.String("-j,--workers", {
    description: "Photos to work on at a time (default: one per core)",
    validator: atLeastOne,
  });

  directories = Option.Rest({ name: "DIR" });

  override async run(): Promise<number> {
    const display = new IndexProgressDisplay(this.context.stderr);
    await using library = Library.open(this.libraryDirectory, { model: this.modelDirectory });
    this.warnOfMiniModel(library);
    let progress: IndexProgress | undefined;
    let [repaired, resharded]: (object | null)[] = [null, null];
    const directories = this.directories.map((directory) => resolve(this.context.cwd, directory));
    try {
      const options = { shards: this.shards, workers: this.workers, signal: this.context.signal };
      for await (const event of library.index(directories, options)) {
        if (event.type === "progress" || event.type === "done") {
          ({ progress } = event);
          display.update(progress);
        } else {
          display.line(`clipfind: ${indexEventLine(event)}`);
        }
        if (event.type === "repaired") {
          const { path, kept, lost, damage, renamed } = event;
          repaired = { path, kept, lost, damage, renamed };
        }
        if (event.type === "resharded") resharded = { from: event.from, to: event.to };
      }
    } finally {
      display.stop();
    }
    if (progress === undefined) return exitCode.failure;
    if (this.json) {
      const document = { version: 1, library: library.directory, repaired, resharded, ...progress };
      this.print(JSON.stringify(document, null, 2));
    } else {
      for (const line of summary(progress)) this.print(line);
    }
    return progress.failed > 0 ? exitCode.partial : exitCode.ok;
  }
}

function summary(progress: IndexProgress): string[] {
  const seconds = (progress.elapsedMs / 1000).toFixed(1);
  const parts = [
    `${plural(progress.found, "photo")} found`,
    `${progress.unchanged} unchanged`,
    `${progress.encoded} encoded`,
    ...(progress.reused > 0 ? [`${progress.reused} recognised by content`] : []),
    ...(progress.missing > 0 ? [`${progress.missing} gone`] : []),
    ...(progress.failed > 0 ? [`${progress.failed} failed`] : []),
  ];
  return [
    `${parts.join(", ")} in ${seconds} s`,
    ...(progress.found === 0 && progress.failed === 0
      ? ["No photos there: JPEG, PNG, WebP, GIF, TIFF and AVIF files are looked for."]
      : []),
  ];
}

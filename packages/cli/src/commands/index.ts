import { resolve } from "node:path";
import { type IndexProgress, Library } from "@clipfind/core";
import { Command, Option } from "clipanion";
import * as t from "typanion";
import { LibraryCommand } from "../library-command.ts";
import { atLeastOne } from "../at-least-one.ts";
import { exitCode } from "../exit-code.ts";
import { IndexProgressDisplay } from "../output/index-progress.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";

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

      Photos are JPEG, PNG, WebP, GIF, TIFF and AVIF files. Hidden files and folders are left out. Originals are never
      written.

      Exit codes: 0 done, 1 done but some files could not be read, 2 wrong usage or failure, 130 stopped by Ctrl-C.
    `,
    examples: [
      ["Index a folder with a model", "$0 index ~/Pictures --model ~/models/clip"],
      ["Bring the index up to date", "$0 index"],
      ["Keep the index with the photos, in two shards", "$0 index . --library .clipfind --shards 2"],
    ],
  });

  shards = Option.String("--shards", {
    description: "Split a new index into N parts, at most 999 (default 1)",
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
    const directories = this.directories.map((directory) => resolve(this.context.cwd, directory));
    try {
      const options = { shards: this.shards, workers: this.workers, signal: this.context.signal };
      for await (const event of library.index(directories, options)) {
        if (event.type === "problem") {
          display.line(`clipfind: ${printable(event.path)}: ${printable(event.reason)}`);
        } else {
          ({ progress } = event);
          display.update(progress);
        }
      }
    } finally {
      display.stop();
    }
    if (progress === undefined) return exitCode.failure;
    if (this.json) {
      this.print(JSON.stringify({ version: 1, library: library.directory, ...progress }, null, 2));
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

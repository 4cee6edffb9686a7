import { renameSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Hit, IndexProgress, Library, SearchResult } from "@clipfind/core";
import { Command, Option } from "clipanion";
import { BaseCommand } from "../base-command.ts";
import { addLaterPictures, makeDemoFolder } from "../demo/demo-folder.ts";
import { isTerminal } from "../context.ts";
import { exitCode } from "../exit-code.ts";
import { hitLines } from "../output/hit-lines.ts";
import { indexEventLine } from "../output/index-event-line.ts";
import { plural } from "../output/plural.ts";
import { chosenProtocol } from "../preview/chosen-protocol.ts";
import type { PreviewTerminal } from "../preview/preview-terminal.ts";

/** Largest preview, in characters. */
const preview = { columns: 20, rows: 10 };

/** `clipfind demo`: shows what it does, on pictures it brings along. */
export class DemoCommand extends BaseCommand {
  static override paths = [["demo"]];

  static override usage = Command.Usage({
    category: "First steps",
    description: "show what clipfind does, on pictures it brings along",
    details: `
      Makes a folder of some three hundred drawn pictures, indexes them with the mini model that ships with clipfind,
      and searches them: by words, by a picture, after a rename, and while new pictures are being indexed. Needs no
      network. The folder stays, to try more in.
    `,
    examples: [
      ["See it", "$0 demo"],
      ["Keep the pictures at hand", "$0 demo --directory ./clipfind-demo"],
    ],
  });

  directory = Option.String("--directory", {
    description: "Where to put the pictures (default: in your cache directory)",
  });

  override get usesSettings(): boolean {
    return true;
  }

  #terminal: Promise<PreviewTerminal | undefined> | undefined;

  override async run(): Promise<number> {
    const folder =
      this.directory === undefined
        ? join((await import("env-paths")).default("clipfind", { suffix: "" }).cache, "demo")
        : resolve(this.context.cwd, this.directory);
    this.#title(`Some three hundred pictures, in ${folder}`);
    makeDemoFolder(folder);
    const core = await import("@clipfind/core");
    await using library = core.Library.open(join(folder, ".clipfind"));

    this.#title("Index them. Two are copies, one is broken, and the names say nothing.");
    await this.#index(library, [folder]);

    this.#title(
      "Find them by what they show. (The mini model knows the things, colours and places of such drawings, and nothing else.)",
    );
    for (const query of [
      "a red car at night",
      "three red balloons",
      "a kitten behind a corner",
      "a cat under a table",
    ]) {
      await this.#search(library, folder, query);
    }

    this.#title("Find more of a kind: the best hit for a yellow boat on the beach, and pictures like it.");
    const [boat] = (await library.search("a yellow boat on the beach", { limit: 1 })).hits;
    if (boat !== undefined) {
      this.#command(`similar ${relative(folder, boat.path)}`);
      await this.#show(folder, await library.similar(boat.path, { limit: 3 }));

      this.#title("Rename it and index again: known by its content, it costs nothing.");
      const renamed = join(dirname(boat.path), "my favourite boat.jpg");
      renameSync(boat.path, renamed);
      this.print(`mv '${relative(folder, boat.path)}' '${relative(folder, renamed)}'`);
      await this.#index(library, []);
      await this.#search(library, folder, "a yellow boat on the beach", 1);
    }

    this.#title("Search while new pictures are being indexed.");
    addLaterPictures(folder);
    await this.#index(library, [], async () => (await library.search("a star", { limit: 1000 })).hits);

    const [, program = ""] = process.argv;
    // From a clone there is no command of that name, and the system's Node may be too old.
    const self = basename(program) === "main.js" ? `'${process.execPath}' '${resolve(program)}'` : "clipfind";
    this.#title("Now you. Three things to try:");
    this.print(`  cd '${folder}' && ${self} a blue bus at sunset`);
    this.print(`  cd '${folder}' && ${self} status`);
    this.print(`  ${self} models pull   # a CLIP model, for photographs: the mini model knows drawings only`);
    return exitCode.ok;
  }

  /** Indexes and tells how it went; `meanwhile` is asked for hits now and then, to show how they grow. */
  async #index(library: Library, directories: string[], meanwhile?: () => Promise<readonly Hit[]>): Promise<void> {
    this.#command(["index", ...directories].join(" "));
    let progress: IndexProgress | undefined;
    const seen: number[] = [];
    for await (const event of library.index(directories, { signal: this.context.signal })) {
      if (event.type === "progress" || event.type === "done") ({ progress } = event);
      else this.print(indexEventLine(event));
      if (meanwhile !== undefined) seen.push((await meanwhile()).length);
    }
    if (progress === undefined) return;
    const { found, encoded, reused, elapsedMs } = progress;
    this.print(`${plural(found, "picture")}: ${encoded} encoded, ${reused} known by content, in ${seconds(elapsedMs)}`);
    if (meanwhile === undefined) return;
    const counts = [...new Set([...seen, (await meanwhile()).length])];
    this.print(`Asked ${seen.length} times on the way, a search saw ${counts.join(", then ")} pictures.`);
  }

  async #search(library: Library, folder: string, query: string, limit = 3): Promise<void> {
    this.#command(query);
    await this.#show(folder, await library.search(query, { limit }));
  }

  async #show(folder: string, { hits, timings }: SearchResult): Promise<void> {
    await this.#preview(hits);
    for (const line of hitLines(hits, folder)) this.print(line);
    this.print(`(query encoded in ${seconds(timings.encodeMs)}, searched in ${seconds(timings.searchMs)})`);
  }

  async #preview(hits: readonly Hit[]): Promise<void> {
    if (!isTerminal(this.context.stdout)) return;
    const { sideBySide, drawPicture, pictureIds, previewTerminal } = await import("../preview.ts");
    this.#terminal ??= previewTerminal(this.context, chosenProtocol(this.context));
    const terminal = await this.#terminal;
    // Without colours they tell nothing.
    if (terminal === undefined || (terminal.protocol === "blocks" && terminal.colorDepth < 8)) return;
    const { signal, stdout } = this.context;
    const drawings = await Promise.all(
      hits.map(({ pathBytes: path }) => drawPicture(terminal, { path, ...preview, id: pictureIds.next(), signal })),
    );
    stdout.write(sideBySide(drawings.map((drawing, index) => ({ drawing, column: index * (preview.columns + 2) }))));
  }

  #title(text: string): void {
    this.print(`\n${text}`);
  }

  #command(text: string): void {
    this.print(`\n$ clipfind ${text}`);
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

import { setPriority } from "node:os";
import { resolve } from "node:path";
import type { IndexEvent, IndexProgress, ScanRules } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { Command, Option, UsageError } from "clipanion";
import * as t from "typanion";
import { LibraryCommand } from "../library-command.ts";
import { atLeastOne } from "../at-least-one.ts";
import { byteSize } from "../byte-size.ts";
import { exitCode } from "../exit-code.ts";
import { partOption } from "../part-option.ts";
import { deviceDescription, deviceOption } from "../device-option.ts";
import { EventLines } from "../output/event-lines.ts";
import { indexEventLine } from "../output/index-event-line.ts";
import { indexReport } from "../output/index-report.ts";

/** `clipfind index [DIR…]`: brings the index up to date. */
export class IndexCommand extends LibraryCommand {
  static override paths = [["index"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "index the photos in folders",
    details: `
      Reads the photos in the given folders and below, and remembers what they show. Without folders it brings those
      indexed before up to date. Only new and changed photos are read; renamed, moved and copied ones are recognised
      by their content. Ctrl-C (or SIGTERM) finishes the photos in hand and keeps everything done; the next run goes on
      where this one stopped. A second Ctrl-C ends at once, and loses at most the last two seconds.

      An index that is damaged is repaired: what can be read is kept, and what is lost is encoded again from the photos.

      Photos are decoded and encoded by processes of their own. One that crashes or hangs takes no photo with it but
      the one that is to blame: it is recorded as failed, with the reason.

      Without a terminal only problems and the summary are printed. --jsonl prints what happens as it happens, a JSON
      object per line: "start", "progress" (once a second), "problem", "repaired", "resharded", "compared", "device", "model", and at the end "done"
      or "stopped".

      The options --follow, --hidden, --no-ignore, --exclude and --svg are remembered with the folders: later runs use them until
      one gives others, and then those alone count. What was indexed and is left out now stays in the index.

      Left out by default: hidden files, thumbnails and recycle bins, folders with a .nomedia file, and what .gitignore,
      .ignore and .clipfindignore files say.

      A folder that is empty, on another disk or has lost most of its photos is left as it is, for a drive may not be
      mounted; --prune says that they are gone. A file that could not be read is not tried again until it changes, or
      --retry-failed is given.

      A model pulled or imported from its weights has graphs in two precisions. int8 is used if it agrees with fp32 on the
      first photos, which are encoded with both: a mean cosine of at least 0.99, none below 0.97, and at least 95 of 100
      neighbours the same. The choice is remembered; --precision makes it by hand.

      Where the machine has more than a CPU that onnxruntime can use (CUDA, CoreML, DirectML, WebGPU), they are measured once,
      for a second or two, and the fastest is used if its vectors are the CPU's to a cosine of 0.9999; \`clipfind doctor\`
      shows the figures. They compute in fp32. Texts are encoded on the CPU. Nothing is ever downloaded for it.

      Another model encodes all photos again, into an index of its own. The one before is searched until that is done, and
      kept.

      With --shard 1/3 only the first of three parts of the photos is read: so three indexers, on one machine or
      several, share the work, each with a library of its own. \`clipfind merge\` joins the libraries. A photo's part depends on its path
      below DIR alone, not on where DIR is mounted.

      Photos are JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC, JPEG XL, JPEG 2000, BMP and PNM files, and RAW files by their
      previews; a RAW with the camera's own JPEG or HEIC beside it is left out. So are SVG drawings, unless --svg is given.
      Originals are never written.

      Exit codes: 0 done, 1 done but some files could not be read, 2 wrong usage or failure, 130 stopped by Ctrl-C,
      143 stopped by SIGTERM.
    `,
    examples: [
      ["Index a folder with a model", "$0 index ~/Pictures --model ~/models/clip"],
      ["Bring the index up to date", "$0 index"],
      ["Leave some folders and files out, now and later", "$0 index ~/Pictures --exclude raw/ --exclude '*-edited.*'"],
      ["Follow links, and take hidden files too", "$0 index ~/Pictures --follow --hidden"],
      ["The photos are gone for good", "$0 index ~/Pictures --prune"],
      ["Divide an index among four shards", "$0 index --shards 4"],
      ["Index in the background, with at most 1 GB of memory", "$0 index --nice 19 --max-memory 1G"],
      ["On the CPU, whatever else there is", "$0 index --device cpu"],
      ["Follow a run from a script", "$0 index --jsonl"],
      ["Share the work with two more indexers (see merge)", "$0 index ~/Pictures --shard 1/3 --library part1"],
      ["Keep the index with the photos, in two shards", "$0 index . --library .clipfind --shards 2"],
    ],
  });

  shards = Option.String("--shards", {
    description: "Split the index into N parts, at most 999 (a new one: 1); an existing one is divided anew",
    validator: t.cascade(t.isNumber(), [t.isInteger(), t.isInInclusiveRange(1, 999)]),
  });

  shard = Option.String("--shard", {
    description: "Read only the I-th of N parts of the photos; other indexers read the others",
  });

  precision = Option.String("--precision", {
    description: "auto, int8 (three times as fast) or fp32 (exact), of a model that has both (default: auto)",
    validator: t.isEnum(["auto", "int8", "fp32"] as const),
  });

  device = Option.String("--device", { description: deviceDescription });

  workers = Option.String("-j,--workers,--threads", {
    description: "Encoder processes, each of which uses one core (default: one per core)",
    validator: atLeastOne,
  });

  maxMemory = Option.String("--max-memory", {
    description: "Memory for all processes together, such as 1500M (default: 300M and 600M per worker)",
  });

  nice = Option.String("--nice", {
    description: "Priority, -20 (first) to 19 (in the background)",
    validator: t.cascade(t.isNumber(), [t.isInteger(), t.isInInclusiveRange(-20, 19)]),
  });

  timeout = Option.String("--timeout", {
    description: "Give a photo up that takes longer than so many seconds to decode and encode (default 60)",
    validator: t.cascade(t.isNumber(), [t.isInInclusiveRange(0.001, 86_400)]),
  });

  maxMegapixels = Option.String("--max-megapixels", {
    description: "Leave out pictures of more than so many million pixels (default 500)",
    validator: t.cascade(t.isNumber(), [t.isInInclusiveRange(0.001, 10_000)]),
  });

  jsonl = Option.Boolean("--jsonl", false, { description: "Print events on standard output, a JSON object per line" });

  override verbose = Option.Boolean("-v,--verbose", false, { description: "Print also where the time went" });

  follow = Option.Boolean("--follow", false, { description: "Follow symbolic links; each real file counts once" });

  hidden = Option.Boolean("--hidden", false, { description: "Take hidden files and folders too" });

  noIgnore = Option.Boolean("--no-ignore", false, {
    description: "Take also what ignore files, .nomedia and the list of junk folders leave out",
  });

  exclude = Option.Array("--exclude", [], {
    description: "Leave out what the glob matches, as a line of a .gitignore in DIR; may be given again",
  });

  svg = Option.Boolean("--svg", false, { description: "Take SVG drawings too" });

  defaultRules = Option.Boolean("--default-rules", false, {
    description: "Forget what was remembered of the five above",
  });

  prune = Option.Boolean("--prune", false, {
    description: "Photos that are not there are gone, even if they are most of a folder; folders, too",
  });

  rehash = Option.Boolean("--rehash", false, {
    description: "Read all photos again and compare their content; only what differs is encoded",
  });

  retryFailed = Option.Boolean("--retry-failed", false, {
    description: "Try again to read the files that could not be read",
  });

  directories = Option.Rest({ name: "DIR" });

  override async run(): Promise<number> {
    const maxMemory = this.maxMemory === undefined ? undefined : byteSize(this.maxMemory);
    if (this.maxMemory !== undefined && maxMemory === undefined) {
      throw new UsageError(`Invalid value for --max-memory: expected a size such as 1500M or 2G`);
    }
    if (this.nice !== undefined) setPriority(this.nice);
    const { IndexProgressDisplay } = await import("../output/index-progress.ts");
    const display = new IndexProgressDisplay(this.barStream);
    this.tellAbove(display);
    await using library = await this.openLibrary();
    this.warnOfMiniModel(library);
    const lines = new EventLines((line) => this.print(line));
    if (this.jsonl) lines.start(library.directory);
    let progress: IndexProgress | undefined;
    let done: Extract<IndexEvent, { type: "done" }> | undefined;
    let [repaired, resharded]: (object | null)[] = [null, null];
    const directories = this.directories.map((directory) => resolve(this.context.cwd, directory));
    try {
      const options = {
        shards: this.shards,
        part: partOption(this.shard),
        precision: this.precision,
        device: deviceOption(this.device, this.context.env),
        workers: this.workers,
        maxMemory,
        nice: this.nice,
        maxMegapixels: this.maxMegapixels,
        photoTimeout: this.timeout === undefined ? undefined : this.timeout * 1000,
        rules: this.#rules(),
        newRules: this.newFolderRules(),
        prune: this.prune,
        rehash: this.rehash,
        retryFailed: this.retryFailed,
        signal: this.context.signal,
      };
      for await (const event of library.index(directories, options)) {
        if (event.type === "progress" || event.type === "done") {
          ({ progress } = event);
          display.update(progress);
        } else {
          this.complain(indexEventLine(event));
        }
        if (event.type === "done") done = event;
        if (event.type === "repaired") {
          const { path, kept, lost, damage, renamed } = event;
          repaired = { path, kept, lost, damage, renamed };
        }
        if (event.type === "resharded") resharded = { from: event.from, to: event.to };
        if (this.jsonl && event.type !== "done") lines.event(event);
      }
    } catch (error) {
      if (this.jsonl && error instanceof ClipfindError && error.code === "ABORTED") lines.stopped(progress);
      throw error;
    } finally {
      this.tellAbove(undefined);
      display.stop();
    }
    if (done === undefined) return exitCode.failure;
    const { means, stages } = done;
    // `version` grows when a field changes its meaning or goes.
    const document = { version: 1, library: library.directory, repaired, resharded, ...progress, ...means, stages };
    if (this.jsonl) this.print(JSON.stringify({ type: "done", ...document }));
    else if (this.json) this.print(JSON.stringify(document, null, 2));
    else for (const line of indexReport(done, this.verbose)) this.print(line);
    return done.progress.failed > 0 ? exitCode.partial : exitCode.ok;
  }

  /** undefined: those remembered. */
  #rules(): ScanRules | undefined {
    const { follow, hidden, noIgnore, exclude, svg } = this;
    const rules = {
      ...(follow && { follow }),
      ...(hidden && { hidden }),
      ...(noIgnore && { ignore: false }),
      ...(exclude.length > 0 && { exclude }),
      ...(svg && { svg }),
    };
    if (Object.keys(rules).length > 0) return rules;
    return this.defaultRules ? this.newFolderRules() : undefined;
  }
}

import { setPriority } from "node:os";
import { resolve } from "node:path";
import type { IndexProgress, WatchEvent } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { Command, Option, UsageError } from "clipanion";
import * as t from "typanion";
import { atLeastOne } from "../at-least-one.ts";
import { LibraryCommand } from "../library-command.ts";
import { deviceDescription, deviceOption } from "../device-option.ts";
import { EventLines } from "../output/event-lines.ts";
import { indexEventLine } from "../output/index-event-line.ts";
import { indexReport } from "../output/index-report.ts";
import { printable } from "../output/printable.ts";

/** `clipfind watch [DIR…]`: keeps the index up to date. */
export class WatchCommand extends LibraryCommand {
  static override paths = [["watch"]];

  static override usage = Command.Usage({
    category: "Photos",
    description: "keep the index up to date as photos come and go",
    details: `
      Indexes the given folders, or those indexed before, and goes on until Ctrl-C: when something in them has changed,
      and no change has followed for a second and a half, or after ten seconds, what is new is indexed as by
      \`clipfind index\`. Besides, the folders are looked through every hour, or as --rescan-every says, for no system
      tells of every change, and network drives tell of few.

      A folder that is not there any more, because its drive was unmounted, say, loses nothing. It is watched again when
      it is back. One that cannot be watched is looked through every hour; on Linux, raise fs.inotify.max_user_watches
      if its limit is the reason.

      Between two runs other commands may write to the index; while one does, watching waits. One line is printed for
      each run that found something to do. --jsonl prints everything as it happens, a JSON object per line: the events
      of \`clipfind index\`, "watching", "unwatched" and "waiting".

      Exit codes: 2 wrong usage or failure, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
    `,
    examples: [
      ["Keep the folders indexed before up to date", "$0 watch"],
      ["In the background, with one core", "$0 watch ~/Pictures --nice 19 --workers 1"],
      ["Look through a network drive every ten minutes", "$0 watch /mnt/nas/photos --rescan-every 10m"],
    ],
  });

  rescanEvery = Option.String("--rescan-every", "1h", {
    description: "Look through the folders so often, such as 30s, 10m or 1h (default 1h)",
  });

  device = Option.String("--device", { description: deviceDescription });

  workers = Option.String("-j,--workers,--threads", {
    description: "Encoder processes, each of which uses one core (default: one per core)",
    validator: atLeastOne,
  });

  nice = Option.String("--nice", {
    description: "Priority, -20 (first) to 19 (in the background)",
    validator: t.cascade(t.isNumber(), [t.isInteger(), t.isInInclusiveRange(-20, 19)]),
  });

  jsonl = Option.Boolean("--jsonl", false, { description: "Print events on standard output, a JSON object per line" });

  directories = Option.Rest({ name: "DIR" });

  override async run(): Promise<number> {
    if (this.json) throw new UsageError("Expected --jsonl: watching has no end to print one document at");
    const rescanEvery = milliseconds(this.rescanEvery);
    if (rescanEvery === undefined) {
      throw new UsageError("Invalid value for --rescan-every: expected a time such as 30s, 10m or 1h, at most 24h");
    }
    if (this.nice !== undefined) setPriority(this.nice);
    await using library = await this.openLibrary();
    this.warnOfMiniModel(library);
    const lines = new EventLines((line) => this.print(line));
    if (this.jsonl) lines.start(library.directory);
    const { signal } = this.context;
    const { workers, nice } = this;
    const device = deviceOption(this.device, this.context.env);
    const directories = this.directories.map((directory) => resolve(this.context.cwd, directory));
    let progress: IndexProgress | undefined;
    try {
      for await (const event of (await import("@clipfind/core")).watchLibrary(library, {
        directories,
        newRules: this.newFolderRules(),
        rescanEvery,
        device,
        workers,
        nice,
        signal,
      })) {
        if (event.type === "progress" || event.type === "done") ({ progress } = event);
        if (this.jsonl) this.#tellAsJson(event, lines);
        else this.#tell(event);
      }
    } catch (error) {
      if (this.jsonl && error instanceof ClipfindError && error.code === "ABORTED") lines.stopped(progress);
      throw error;
    }
    throw new Error("watching ended by itself");
  }

  #tell(event: WatchEvent): void {
    if (event.type === "done") {
      if (didSomething(event.progress)) for (const line of indexReport(event, false)) this.print(line);
    } else if (event.type === "watching") {
      this.report(`watching ${printable(event.path)}`);
    } else if (event.type === "unwatched") {
      const reason = `${printable(event.path)} is not watched (${printable(event.reason)})`;
      this.complain(`${reason}; what is indexed from there is left as it is until the folder is looked through again`);
    } else if (event.type === "waiting") {
      this.report(`${printable(event.reason)}; waiting`);
    } else if (event.type !== "progress") {
      this.complain(indexEventLine(event));
    }
  }

  #tellAsJson(event: WatchEvent, lines: EventLines): void {
    if (event.type === "watching" || event.type === "unwatched" || event.type === "waiting") {
      this.print(JSON.stringify(event));
    } else if (event.type === "done") {
      const { means, stages } = event;
      if (didSomething(event.progress)) {
        this.print(JSON.stringify({ type: "done", version: 1, ...event.progress, ...means, stages }));
      }
    } else {
      lines.event(event);
    }
  }
}

function didSomething({ toRead, reused, missing }: IndexProgress): boolean {
  return toRead + reused + missing > 0;
}

const msOf: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(time: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(time) ?? [];
  const ms = Number(count) * (msOf[unit ?? ""] ?? Number.NaN);
  return ms >= 1000 && ms <= 24 * 3_600_000 ? ms : undefined;
}

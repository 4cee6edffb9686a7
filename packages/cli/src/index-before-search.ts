import type { IndexProgress, Library, ScanRules } from "@clipfind/core";
import { indexSettings } from "./config/index-settings.ts";
import type { Context } from "./context.ts";
import { indexEventLine } from "./output/index-event-line.ts";
import { indexReport } from "./output/index-report.ts";
import { IndexProgressDisplay } from "./output/index-progress.ts";

/** How a command tells what goes on. */
export interface Told {
  readonly complain: (message: string) => void;
  readonly tell: (line: string) => void;
  /** From here on through what draws a bar; without it, straight on. */
  readonly above: (bar: { line(text: string): void } | undefined) => void;
  /** Where a bar may be drawn. */
  readonly barStream: NodeJS.WritableStream;
}

/**
 * An index run before a search, as settings say it: progress, problems and what was done go to standard error, and the last only where
 * `report` asks for it.
 */
export async function indexBeforeSearch(
  library: Library,
  directories: readonly string[],
  { newRules, report }: { readonly newRules: ScanRules; readonly report: boolean },
  { told, context }: { readonly told: Told; readonly context: Context },
): Promise<IndexProgress | undefined> {
  const options = { ...indexSettings(context), newRules, signal: context.signal };
  const display = new IndexProgressDisplay(told.barStream);
  told.above(display);
  let progress: IndexProgress | undefined;
  let lines: readonly string[] = [];
  try {
    for await (const event of library.index(directories, options)) {
      if (event.type === "progress" || event.type === "done") {
        ({ progress } = event);
        display.update(progress);
      } else if (report) told.complain(indexEventLine(event));
      if (event.type === "done" && report) lines = indexReport(event, false);
    }
  } finally {
    told.above(undefined);
    display.stop();
  }
  for (const line of lines) told.tell(line);
  return progress;
}

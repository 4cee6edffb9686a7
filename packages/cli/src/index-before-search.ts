import type { IndexProgress, Library, ScanRules } from "@clipfind/core";
import type { Context } from "./context.ts";
import { indexEventLine } from "./output/index-event-line.ts";
import { indexReport } from "./output/index-report.ts";
import { IndexProgressDisplay } from "./output/index-progress.ts";

/**
 * An index run before a search: progress, problems and what was done go to standard error, and the last only where
 * `report` asks for it.
 */
export async function indexBeforeSearch(
  library: Library,
  directories: readonly string[],
  { newRules, report }: { readonly newRules: ScanRules; readonly report: boolean },
  { stderr, signal }: Pick<Context, "signal" | "stderr">,
): Promise<IndexProgress | undefined> {
  const display = new IndexProgressDisplay(stderr);
  let progress: IndexProgress | undefined;
  let lines: readonly string[] = [];
  try {
    for await (const event of library.index(directories, { newRules, signal })) {
      if (event.type === "progress" || event.type === "done") {
        ({ progress } = event);
        display.update(progress);
      } else if (report) display.line(`clipfind: ${indexEventLine(event)}`);
      if (event.type === "done" && report) lines = indexReport(event, false);
    }
  } finally {
    display.stop();
  }
  for (const line of lines) stderr.write(`${line}\n`);
  return progress;
}

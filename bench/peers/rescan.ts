// `node rescan.ts LIBRARY [FOLDER]`: brings a library up to date, or only scans FOLDER for it, and prints as JSON how
// long it took, what it counted, and how much memory (RSS) this process had at most.
import { ClipfindError, type IndexProgress, Library } from "@clipfind/core";

const [, , directory = "", folder] = process.argv;
await using library = Library.open(directory);
const scanned = new AbortController();
let progress: IndexProgress | undefined;
const started = performance.now();
let ms = 0;
try {
  for await (const event of library.index(folder === undefined ? [] : [folder], { signal: scanned.signal })) {
    if (event.type !== "progress" && event.type !== "done") continue;
    ({ progress } = event);
    // Only what comes before reading files is of interest.
    if (folder === undefined || progress.phase === "scan") continue;
    ms = progress.elapsedMs - progress.encodeMs;
    scanned.abort();
  }
  ms ||= performance.now() - started;
} catch (error) {
  if (!(error instanceof ClipfindError) || error.code !== "ABORTED") throw error;
}
const megabytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ ms, progress, megabytes }));

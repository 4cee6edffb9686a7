import { readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "./replace-file.ts";

/** What is remembered of the last index run over all folders of a library. */
export interface LastRun {
  /** ms since 1970: when it came to its end. */
  readonly finished: number;
  /** ms until it knew what was new. */
  readonly scanMs: number;
  /** ms that encoders took to start, and a photo to be encoded, in the last run that encoded any; null: not known. */
  readonly startMs: number | null;
  readonly photoMs: number | null;
}

/** The last run of the library in `directory`; undefined where none is known. */
export function lastRun(directory: string): LastRun | undefined {
  try {
    const { scanMs, startMs, photoMs } = JSON.parse(readFileSync(fileOf(directory), "utf8")) as LastRun;
    const isFit = [scanMs, startMs ?? 0, photoMs ?? 0].every((ms) => Number.isFinite(ms) && ms >= 0);
    // When it was, the file's time says: a run that found nothing new has nothing to write.
    return isFit ? { finished: statSync(fileOf(directory)).mtimeMs, scanMs, startMs, photoMs } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers a run. One that found nothing new writes nothing: the file is given its time. What cannot be written is not
 * remembered: it only makes searches say less of how old the index is.
 */
export async function rememberRun(directory: string, run: LastRun, foundSomething: boolean): Promise<void> {
  const { finished, scanMs, startMs, photoMs } = run;
  const before = lastRun(directory);
  const file = fileOf(directory);
  const seconds = finished / 1000;
  try {
    if (foundSomething || before === undefined) {
      const pace = { startMs: startMs ?? before?.startMs ?? null, photoMs: photoMs ?? before?.photoMs ?? null };
      await replaceFile(file, `${JSON.stringify({ version: 1, scanMs, ...pace })}\n`);
    }
    utimesSync(file, seconds, seconds);
  } catch {
    // As said.
  }
}

function fileOf(directory: string): string {
  return join(directory, "last-run.json");
}

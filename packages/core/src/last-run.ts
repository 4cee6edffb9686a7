import { readFileSync } from "node:fs";
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

/** Runs one after the other need not write: ages are told in minutes. */
const grain = 60_000;

/** The last run of the library in `directory`; undefined where none is known. */
export function lastRun(directory: string): LastRun | undefined {
  try {
    const { finished, scanMs, startMs, photoMs } = JSON.parse(readFileSync(fileOf(directory), "utf8")) as LastRun;
    const isFit = [finished, scanMs, startMs ?? 0, photoMs ?? 0].every((ms) => Number.isFinite(ms) && ms >= 0);
    return isFit ? { finished, scanMs, startMs, photoMs } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers a run. One that found nothing new, within a minute of the one before, writes nothing. What cannot be written
 * is not remembered: it only makes searches say less of how old the index is.
 */
export async function rememberRun(directory: string, run: LastRun, foundSomething: boolean): Promise<void> {
  const before = lastRun(directory);
  const sinceThen = run.finished - (before?.finished ?? Number.NEGATIVE_INFINITY);
  if (!foundSomething && sinceThen >= 0 && sinceThen < grain) return;
  const { startMs = null, photoMs = null } = before ?? {};
  const next = { version: 1, ...run, startMs: run.startMs ?? startMs, photoMs: run.photoMs ?? photoMs };
  await replaceFile(fileOf(directory), `${JSON.stringify(next)}\n`).catch(() => undefined);
}

function fileOf(directory: string): string {
  return join(directory, "last-run.json");
}

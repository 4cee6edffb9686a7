import type { IndexProgress } from "@clipfind/core";

/** Milliseconds the pace is averaged over: known files pass a hundred times as fast as those that are encoded. */
const window = 30_000;
/** A pace of less than this, in milliseconds, says nothing. */
const least = 500;

type Sample = Pick<IndexProgress, "bytesRead" | "done" | "encodeMs" | "encoded">;

/** How fast a run has been going lately, and how long it will take at that. */
export class Pace {
  #samples: Sample[] = [{ bytesRead: 0, done: 0, encodeMs: 0, encoded: 0 }];

  /** "40.1 files/s, 34.2 images/s, 120 MB/s, 01:05 left"; "" as long as nothing can be said. */
  update(progress: IndexProgress): string {
    const { bytesRead, done, encodeMs, encoded, toRead } = progress;
    const oldest = encodeMs - window;
    while (this.#samples.length > 1 && (this.#samples[1] as Sample).encodeMs <= oldest) this.#samples.shift();
    const [since] = this.#samples as [Sample];
    // A few samples per second do; each is kept for the whole window.
    if (encodeMs - (this.#samples.at(-1) as Sample).encodeMs >= least) {
      this.#samples.push({ bytesRead, done, encodeMs, encoded });
    }
    const seconds = (encodeMs - since.encodeMs) / 1000;
    if (done === since.done || encodeMs < least) return "";
    const perSecond = (count: number): string => (count / seconds).toFixed(1);
    const left = Math.round(((toRead - done) * seconds) / (done - since.done));
    return (
      `${perSecond(done - since.done)} files/s, ${perSecond(encoded - since.encoded)} images/s, ` +
      `${perSecond((bytesRead - since.bytesRead) / 1e6)} MB/s, ${clock(left)} left`
    );
  }
}

/** "01:05", "09:15:29" */
function clock(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, ...rest] = parts.map((part) => String(part).padStart(2, "0"));
  return [...(parts[0] === 0 ? [] : [hours]), ...rest].join(":");
}

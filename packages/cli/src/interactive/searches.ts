import type { Library, SearchOptions, SearchResult } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { grouped } from "../output/grouped.ts";
import { plural } from "../output/plural.ts";
import type { Effect, Event } from "./events.ts";
import type { Asked } from "./state.ts";

/** Milliseconds between the last key and the search. */
const rest = 120;

interface SearchMeans {
  readonly library: Library;
  readonly cwd: string;
  readonly options: Omit<SearchOptions, "signal" | "cwd">;
}

/** Searches, one at a time: the next one ends the one before. */
export class Searches {
  readonly #means: SearchMeans;
  readonly #happen: (event: Event) => void;
  #abort = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(means: SearchMeans, happen: (event: Event) => void) {
    this.#means = means;
    this.#happen = happen;
  }

  /** Searches, a moment later where more may be typed. */
  begin({ search, asked }: Effect & { readonly type: "search" }): void {
    this.cancel();
    const { signal } = this.#abort;
    this.#timer = setTimeout(() => void this.#search(search, asked, signal), asked.kind === "words" ? rest : 0);
  }

  /** Ends the search under way; its answer is not wanted. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #search(search: number, asked: Asked, signal: AbortSignal): Promise<void> {
    const { library, cwd, options } = this.#means;
    try {
      const all = { ...options, cwd, signal };
      const result =
        asked.kind === "words" ? await library.search(asked.text, all) : await library.similar(asked.hit.path, all);
      if (!signal.aborted) this.#happen({ type: "found", search, hits: result.hits, about: aboutResult(result) });
    } catch (error) {
      if (signal.aborted) return;
      this.#happen({ type: "failed", search, text: messageOf(error) });
    }
  }
}

/** What is to be said of what was found. */
export function aboutResult({ hits, cutoff, strong, truncated, warnings, notes }: SearchResult): string {
  const said = [...warnings, ...notes];
  if (truncated) said.push("the query is longer than the model reads");
  const count = hits.length === 0 ? "no photos found" : plural(hits.length, "photo");
  const divided = cutoff === undefined || hits.length === 0 ? "" : ` (in all: ${grouped(strong)} strong)`;
  return [count + divided, ...said].join("; ");
}

/** The first line says what is wrong; what follows shows where. */
function messageOf(error: unknown): string {
  if (!(error instanceof ClipfindError)) return `internal error: ${String(error)}`;
  const [first = ""] = error.message.split("\n");
  return error.hint === undefined ? first : `${first} ${error.hint}`;
}

import {
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Run, type RunOptions, clipfind } from "./clipfind.ts";
import { shared } from "./shared.ts";
import { makeStandinModel } from "./standin-model.ts";

/** One photo of the test data, with its five captions. */
export interface CaptionedPhoto {
  readonly file: string;
  readonly captions: readonly string[];
}

/** What the end-to-end tests of one file share: the stand-in model, made once, and fresh libraries. */
export interface World {
  /** Model directory of the stand-in. */
  readonly model: string;
  /** A fresh directory, gone when the file's tests are over. */
  directory(): string;
  /** A fresh directory with the first `count` test photos (all unless given). */
  photos(count?: number): string;
  /** A fresh library in which all test photos are indexed, and their directory. */
  indexed(): Promise<{ library: string; photos: string }>;
  /** Gives everything made so far to another user. */
  give(uid: number): void;
  /** Runs `clipfind` with this library and the stand-in model. */
  run(library: string, args: readonly string[], options?: RunOptions): Promise<Run>;
}

/** Names of the test photos with captions; call only where `shared` is there. */
export function captionedPhotos(): CaptionedPhoto[] {
  return JSON.parse(readFileSync(join(shared as string, "photos/captions.json"), "utf8")) as CaptionedPhoto[];
}

/** Sets up a {@link World} for the tests of the calling file. */
export function useWorld(): World {
  let base = "";
  let made = 0;
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-e2e-")));
    mkdirSync(join(base, "model"));
    if (shared !== undefined) await makeStandinModel(shared, join(base, "model"));
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));
  const directory = (): string => {
    const path = join(base, String(made++));
    mkdirSync(path);
    return path;
  };
  const photos = (count?: number): string => {
    const target = directory();
    const source = join(shared as string, "photos");
    const names = readdirSync(source).filter((name) => name.endsWith(".jpg"));
    for (const name of names.toSorted().slice(0, count)) copyFileSync(join(source, name), join(target, name));
    return target;
  };
  const run: World["run"] = (library, args, options = {}) =>
    clipfind(args, {
      cwd: base,
      ...options,
      env: { CLIPFIND_LIBRARY: library, CLIPFIND_MODEL: join(base, "model"), ...options.env },
    });
  return {
    get model() {
      return join(base, "model");
    },
    directory,
    photos,
    indexed: async () => {
      const indexed = { library: directory(), photos: photos() };
      expect((await run(indexed.library, ["index", indexed.photos])).code).toBe(0);
      return indexed;
    },
    give: (uid) => {
      chownSync(base, uid, uid);
      for (const entry of readdirSync(base, { recursive: true, encoding: "utf8" })) {
        chownSync(join(base, entry), uid, uid);
      }
    },
    run,
  };
}

/** The numbers `clipfind index --json` ends with. */
export function indexReport(run: Run): Record<string, number> {
  return JSON.parse(run.stdout) as Record<string, number>;
}

/** The hits of `clipfind --json QUERY`. */
export function hitsOf(run: Run): { rank: number; score: number; path: string; copies: string[] }[] {
  return (JSON.parse(run.stdout) as { hits: { rank: number; score: number; path: string; copies: string[] }[] }).hits;
}

/** A copy of a whole directory. */
export function copyDirectory(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

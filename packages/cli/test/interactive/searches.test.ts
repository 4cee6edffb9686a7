import { copyFileSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Library } from "@clipfind/core";
import { directory as pictures } from "@clipfind/demo-photos";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import type { Event } from "../../src/interactive/events.ts";
import { Searches } from "../../src/interactive/searches.ts";

let folder = "";
let library: Library;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-searches-")));
  for (const name of ["DSC_1014.jpg", "DSC_1017.jpg"]) {
    copyFileSync(join(pictures, "first/camera/100_0412", name), join(folder, name));
  }
  library = Library.open(join(folder, "library"));
  for await (const event of library.index([folder])) expect(event.type).not.toBe("problem");
});
afterAll(async () => {
  await library.close();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Searches in a library of two drawings; `events` are what they tell, `signals` those of the searches that began.
 * @param begun - called as soon as one has begun
 */
function searches(begun: (count: number) => void = () => undefined) {
  const signals: AbortSignal[] = [];
  const search = library.search.bind(library);
  vi.spyOn(library, "search").mockImplementation((query, options) => {
    signals.push(options!.signal!);
    const result = search(query, options);
    begun(signals.length);
    return result;
  });
  onTestFinished(() => void vi.restoreAllMocks());
  const events: Event[] = [];
  let told = (): void => undefined;
  const tell = (event: Event): void => {
    events.push(event);
    told();
  };
  const next = (): Promise<void> => new Promise((resolve) => (told = resolve));
  return { made: new Searches({ library, cwd: folder, options: {} }, tell), events, signals, next };
}

const words = (search: number, text: string) => ({ type: "search", search, asked: { kind: "words", text } }) as const;

test("of searches in quick succession only the last one begins", async () => {
  const { made, events, signals, next } = searches();
  for (let search = 1; search <= 5; search++) made.begin(words(search, "a red car".slice(0, 2 * search)));
  await next();
  expect(events).toMatchObject([{ type: "found", search: 5, about: "2 photos" }]);
  expect(signals.map((signal) => signal.aborted)).toEqual([false]);
});

test("a search under way is ended by the next one and tells nothing", async () => {
  const { made, events, signals, next } = searches((count) => {
    if (count === 1) made.begin(words(2, "a dog"));
  });
  made.begin(words(1, "a red car"));
  await next();
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  expect(events.map((event) => "search" in event && event.search)).toEqual([2]);
  // So does emptying the line.
  made.begin(words(3, "a cat"));
  made.cancel();
  made.begin(words(4, "a cat"));
  await next();
  expect(events.map((event) => "search" in event && event.search)).toEqual([2, 4]);
});

test("an error is one line: what is wrong, and the way out", async () => {
  const { made, events, next } = searches();
  made.begin(words(1, "cat in:"));
  await next();
  expect(events).toEqual([{ type: "failed", search: 1, text: expect.stringMatching(/^Expected .*$/) }]);
});

test("what looks like a photo is found without it", async () => {
  const { made, events, next } = searches();
  const path = join(folder, "DSC_1014.jpg");
  const hit = { id: 1, path, pathBytes: Buffer.from(path), score: 1, copies: [] };
  made.begin({ type: "search", search: 1, asked: { kind: "like", hit } });
  await next();
  expect(events).toMatchObject([{ type: "found", search: 1, hits: [{ path: join(folder, "DSC_1017.jpg") }] }]);
});

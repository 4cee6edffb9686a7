import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { needsShared, shared } from "../support/shared.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { indexReport, useWorld } from "../support/world.ts";

describe.skipIf(shared === undefined)(needsShared("privacy"), () => {
  const world = useWorld();

  test("indexing and searching leave only our cache in the home directory: no device id, no queue of telemetry", async () => {
    const [library, photos, home] = [world.directory(), world.photos(2), world.directory()];
    const env = { HOME: home, XDG_CACHE_HOME: "", ORT_DISABLE_TELEMETRY: "" };
    expect(indexReport(await world.run(library, ["index", photos, "--json"], { env }))).toMatchObject({ encoded: 2 });
    expect((await world.run(library, ["pizza"], { env })).code).toBe(0);
    const left = readdirSync(home, { recursive: true, encoding: "utf8" }).toSorted();
    expect(left).toEqual([".cache", ".cache/clipfind", ".cache/clipfind/checked-files.json"]);
  });
});

test("indexing and searching do not even load what downloads models", async () => {
  const [base, coverage] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(join(base, "photos"), 0, 2);
  const env = { HOME: base, CLIPFIND_LIBRARY: join(base, "library"), CLIPFIND_MODELS: join(base, "models") };
  // Node writes down every script that it has run.
  const watched = { ...env, NODE_V8_COVERAGE: coverage };
  expect((await clipfind(["index", join(base, "photos")], { env: watched })).code).toBe(0);
  expect((await clipfind(["a red car"], { env: watched })).code).toBe(0);
  expect(
    (await clipfind(["similar", join(base, "photos", readdirSync(join(base, "photos"))[0] ?? "")], { env: watched }))
      .code,
  ).toBe(0);
  const searched = loaded(coverage);
  expect(searched.some((url) => url.endsWith("/core/dist/bundle/index.js"))).toBe(true);
  expect(searched.filter((url) => downloading.test(url))).toEqual([]);

  // The same look at a command that does load them: it sees them.
  const pulling = temporaryDirectory();
  const offline = { ...env, HF_HUB_OFFLINE: "1", NODE_V8_COVERAGE: pulling };
  expect((await clipfind(["models", "pull"], { env: offline })).code).toBe(2);
  expect(loaded(pulling).some((url) => downloading.test(url))).toBe(true);
});

const downloading = /\/core\/dist\/bundle\/(models\.|extract-)|\/node_modules\/(undici|tar|yauzl|@huggingface)\//;

/** URLs of the scripts that processes have run. */
function loaded(coverage: string): string[] {
  return readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
}

import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Run, clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { withoutMetadata } from "../support/older-catalog.ts";
import { writeSidecar } from "../support/sidecar.ts";
import { indexReport } from "../support/world.ts";

// Needs nothing but the repository: the demo's pictures carry EXIF, sidecars are written here.
let base = "";
let indexed: Run;
const library = (): string => join(base, "library");
const run = (...args: string[]): Promise<Run> =>
  clipfind(args, { cwd: base, env: { HOME: base, XDG_DATA_HOME: join(base, "data"), CLIPFIND_LIBRARY: library() } });

/** Numbers of the pictures found, in order. */
async function numbers(...args: string[]): Promise<string[]> {
  const { stdout } = await run(...args, "-l", "-n", "100");
  return Array.from(stdout.matchAll(/DSC_(\d+)\.jpg/g), (match) => match[1] as string);
}

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-metadata-")));
  const photos = join(base, "photos");
  copyDrawings(photos, 0, 24);
  writeSidecar(join(photos, "camera-100_0412-DSC_1046.jpg.xmp"), { keywords: ["Holiday", "at night"], rating: 5 });
  writeSidecar(join(photos, "camera-100_0412-DSC_1061.xmp"), {
    rating: 3,
    taken: "2022-03-15T09:45:00+11:00",
    keywords: ["Übung", "ΣΊΣΥΦΟΣ"],
  });
  indexed = await run("index", photos, "--json");
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

test("sidecars are counted", () => {
  expect(indexReport(indexed)).toMatchObject({ encoded: 24, sidecars: 2, described: 0, failed: 0 });
});

test.each<[filters: string[], numbers: string[]]>([
  // Without words the newest come first.
  [["on:2022-03..2022-04"], ["1046", "1232", "1044", "1061"]],
  [["--on", "2022-04-04"], ["1046"]],
  [["after:2023-08"], ["1223", "1133"]],
  [["before:2019-07-08", "before:2019-07"], ["1206"]],
  [["on:*-03-15..*-03-19"], ["1044", "1061", "1077"]],
  [["near:48.85,2.35"], ["1202", "1210", "1017", "1163"]],
  [["near:-33.9,151.2,4km", "on:2022"], ["1061"]],
  [["near:-33.9,151.2,3km"], []],
  [["tag:holiday"], ["1046"]],
  [["tag:at*"], ["1046"]],
  [["tag:u\u0308bung", "--tag", "ΣΊΣΥΦΟΣ", "tag:σίσυφος"], ["1061"]],
  [["tag:ubung"], []],
  [["camera:REFLEX", "name:dsc_1061"], ["1061"]],
  [["rating:>=4"], ["1046"]],
  [["rating:>=3"], ["1046", "1061"]],
  [["has:rating", "-has:gps"], ["1046"]],
  [["camera:reflex", "on:2022-03-15"], ["1061"]],
  [["camera:phone"], []],
])("%j finds %j", async (filters, expected) => expect(await numbers(...filters)).toEqual(expected));

test("filters and words together: only those, best first", async () => {
  const found = await numbers("a car", "on:2022-03..2022-04");
  expect(found.toSorted()).toEqual(["1044", "1046", "1061", "1232"]);
});

test("JSON tells what is known of a photo; a line tells the day where there is no score", async () => {
  const { hits } = JSON.parse((await run("on:2022-03-15", "--json")).stdout) as { hits: Record<string, unknown>[] };
  expect(hits).toEqual([
    {
      rank: 1,
      path: join(base, "photos/camera-100_0412-DSC_1061.jpg"),
      copies: [],
      taken: "2022-03-15T09:45:00+11:00",
      gps: { latitude: -33.866_666_7, longitude: 151.2 },
      camera: "Demo Reflex 5",
      rating: 3,
      keywords: ["Übung", "ΣΊΣΥΦΟΣ"],
    },
  ]);
  const [line] = (await run("tag:holiday", "--jsonl")).stdout.split("\n");
  expect(JSON.parse(line!)).toMatchObject({ keywords: ["Holiday", "at night"], rating: 5 });
  expect((await run("tag:holiday")).stdout).toBe("2022-04-04  photos/camera-100_0412-DSC_1046.jpg\n");
});

test("a library of an earlier version says what it does not know, and gets it by the next run", async () => {
  const status = async (): Promise<[number, string[]]> => {
    const [text, json] = [await run("status"), await run("status", "--json")];
    const { undescribed } = JSON.parse(json.stdout) as { undescribed: number };
    return [undescribed, text.stdout.split("\n").filter((line) => line.startsWith("metadata"))];
  };
  expect(await status()).toEqual([0, []]);
  withoutMetadata(join(library(), "catalog.db"));
  expect(await status()).toEqual([24, ["metadata of 24 photos not read yet: `clipfind index` reads it"]]);
  const before = await run("tag:holiday");
  expect([before.code, before.stderr]).toEqual([
    1,
    expect.stringMatching(
      /^clipfind: 24 photos may be missing, as tag: is not known of them: `clipfind index` reads that now\nclipfind: no photos found\n$/m,
    ),
  ]);
  const again = await run("index");
  expect([again.code, again.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^24 photos found, 24 unchanged, 0 encoded, metadata read of 24 known photos, 2 sidecars read in \d+\.\d s\n$/,
    ),
  ]);
  expect(await status()).toEqual([0, []]);
  expect(await numbers("tag:holiday")).toEqual(["1046"]);
  expect(await numbers("near:48.85,2.35")).toEqual(["1202", "1210", "1017", "1163"]);
});

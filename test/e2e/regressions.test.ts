import {
  chmodSync,
  copyFileSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Library } from "@clipfind/core";
import { expect, onTestFinished, test } from "vitest";
import { type Run, canRun, clipfind, mainFile } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

// rclip's defects and where each is tested (R: reproduced on rclip 3.3; else the year and the issue that fixed it there).
//
// R1 R2 R5 R14 R18      packages/core/test/indexing/rescan.test.ts
// R3, 2023 #78          test/e2e/stopping.test.ts, durability.test.ts
// R4                    test/e2e/durability.test.ts
// R6 R7, 2021           test/e2e/index.test.ts: what may not be read, names that are no UTF-8, bad and deleted photos, empty folders
// R8                    test/e2e/search.test.ts (--print0, --json), packages/cli/test/output.test.ts
// R9                    packages/core/test/library.test.ts: files that differ in the middle
// R10 R12 R13, 2026 #291  packages/core/test/clip/preprocess.test.ts
// R11 R15 R17, 2023 #42 #48, 2024 #128 #131, 2026 #251  test/e2e/rclip-answers.test.ts
// R16, 2026 #315        no test: bench/
// R19                   test/e2e/rescan.test.ts
// 2023 #51, 2026 #274   test/e2e/cold.test.ts
// 2024 #124             packages/core/test/search/rclip-habits.test.ts, indexing/same-vectors.test.ts
// 2024 #148             packages/core/test/library-formats.test.ts
// 2025 #182             test/e2e/help.test.ts
// 2026 #299             test/e2e/index.test.ts
// 2026 #304             crates/walk/tests/main.rs
// 2023 #31, 2024 #106, 2025 #199 #209 #211 #217, 2026 #256 #257 #282 #290, the root as folder (2026 #251)  here
// 2026 #270             packages/cli/test/preview
// 2026 #262             test/e2e/packed.test.ts
// 2026 #300             packages/core/test/library-formats.test.ts
// 2026 #313             test/e2e/interactive.test.ts
// No test: 2026 #281 #285 would be times

function place(drawings: number): { photos: string; library: string; run: (...args: string[]) => Promise<Run> } {
  const base = temporaryDirectory();
  const [photos, library] = [join(base, "photos"), join(base, "library")];
  copyDrawings(photos, 0, drawings);
  return { photos, library, run: (...args) => clipfind(args, { cwd: base, env: { CLIPFIND_LIBRARY: library } }) };
}

test.each(["0", "1", "-1", "x"])("a terminal of %s columns breaks nothing (2024 #106)", async (COLUMNS) => {
  expect(await clipfind(["--help"], { env: { COLUMNS } })).toMatchObject({ code: 0, stderr: "" });
});

test("a photo that fails among others leaves theirs as they are: the next run reads nothing (2026 #282)", async () => {
  const { photos, run } = place(12);
  writeFileSync(join(photos, readdirSync(photos)[5] as string), "no picture");
  expect(JSON.parse((await run("index", photos, "--json")).stdout)).toMatchObject({ encoded: 11, failed: 1 });
  expect(JSON.parse((await run("index", "--json")).stdout)).toMatchObject({ encoded: 0, unchanged: 12, toRead: 0 });
});

test("names beyond ASCII go into a file as they are, once each (2025 #211, #217)", async () => {
  const { photos, library, run } = place(2);
  mkdirSync(join(photos, "鳥鳥 🐈"));
  symlinkSync(join(photos, "nowhere"), join(photos, "dangling.jpg"));
  copyDrawings(join(photos, "鳥鳥 🐈"), 2, 4);
  await run("index", photos);
  const target = join(library, "..", "out");
  const args = [process.execPath, mainFile, "-l", "--in", photos, "a car", target];
  const { PATH = "" } = process.env;
  const env = { PATH, LC_ALL: "C", CLIPFIND_LIBRARY: library };
  spawnSync("sh", ["-c", '"$0" "$1" "$2" "$3" "$4" "$5" > "$6"', ...args], { cwd: "/", env });
  const lines = readFileSync(target, "utf8").trimEnd().split("\n");
  const names = readdirSync(photos, { recursive: true, encoding: "utf8" }).filter((it) => /DSC.*jpg$/.test(it));
  expect(lines.map((it) => it.slice(it.indexOf("photos/") + 7)).toSorted()).toEqual(names.toSorted());
});

test.skipIf(process.platform === "win32")(
  "a link to what may not be read is told as such, and all else is indexed (2025 #199, #209)",
  async ({ skip }) => {
    // The administrator may read everything: as such the test runs the command as nobody.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    skip(uid !== undefined && !canRun(uid), "the checkout cannot be read by another user");
    const base = temporaryDirectory();
    const [photos, closed, open] = ["photos", "closed", "open"].map((name) => join(base, name)) as [
      string,
      string,
      string,
    ];
    for (const [at, folder] of [photos, closed, open].entries()) copyDrawings(folder, 2 * at, 2 * at + 2);
    const inClosed = readdirSync(closed)[0] as string;
    const [unreadable, readable] = readdirSync(open) as [string, string];
    const targets = {
      "file-in-closed.jpg": join(closed, inClosed),
      "unreadable.jpg": join(open, unreadable),
      "readable.jpg": join(open, readable),
      folder: closed,
      below: join(closed, "sub"),
    };
    for (const [name, target] of Object.entries(targets)) symlinkSync(target, join(photos, name));
    chmodSync(join(open, unreadable), 0);
    chmodSync(closed, 0);
    if (uid !== undefined) {
      for (const path of [
        base,
        ...readdirSync(base, { recursive: true, encoding: "utf8" }).map((it) => join(base, it)),
      ])
        lchownSync(path, uid, uid);
    }
    onTestFinished(() => chmodSync(closed, 0o755));
    const env = { CLIPFIND_LIBRARY: join(base, "library"), HOME: base };
    const run = (...args: string[]) => clipfind(args, { cwd: photos, env, uid });

    const indexed = await run("index", photos, "--follow", "--json");
    const kept = "permission denied. What is indexed from there is left as it is";
    const lines = indexed.stderr.split("\n").filter((line) => line.includes(photos));
    expect(lines.toSorted()).toEqual([
      `clipfind: ${join(photos, "below")}: ${kept}`,
      `clipfind: ${join(photos, "file-in-closed.jpg")}: ${kept}`,
      `clipfind: ${join(photos, "folder")}: ${kept}`,
      `clipfind: ${join(photos, "unreadable.jpg")}: permission denied`,
    ]);
    expect(indexed.code).toBe(1);
    expect(JSON.parse(indexed.stdout)).toMatchObject({ found: 4, encoded: 3, failed: 4 });
    const found = await run("-l", "a car");
    expect(found.stdout.trimEnd().split("\n").toSorted()).toEqual(
      [...readdirSync(photos).filter((name) => name.includes("DSC")), "readable.jpg"].toSorted(),
    );
    for (const query of ["./file-in-closed.jpg", "./unreadable.jpg"]) {
      const { code, stdout, stderr } = await run(query);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`Cannot use ${join(photos, query)} as a query: permission denied\n`);
    }
  },
);

test("an index of a newer clipfind is told as such, exit 2 (2026 #290)", async () => {
  const { photos, library, run } = place(1);
  await run("index", photos);
  const db = new DatabaseSync(join(library, "catalog.db"));
  db.exec("PRAGMA user_version = 99");
  db.close();
  const { code, stdout, stderr } = await run("a car");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("has schema 99");
});

test.skipIf(process.platform !== "linux")("a home where nothing can be made is told, exit 2 (2023 #31)", async () => {
  const { photos } = place(1);
  // Node's own mkdir -p never comes back from there.
  expect(await clipfind(["index", photos], { env: { HOME: "/proc", NODE_COMPILE_CACHE: "" } })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("The library's place /proc/") as string,
  });
});

test("the root of all folders is a folder to search in (2026 #251)", async () => {
  const { photos, run } = place(3);
  await run("index", photos);
  const found = await run("-l", "in:/", "a car");
  expect(found.stdout.trimEnd().split("\n")).toHaveLength(3);
});

test("index runs and searches follow each other in one process, and leave no file open (2026 #256, #257)", async () => {
  const { photos, library } = place(3);
  const [drawing = ""] = readdirSync(photos);
  for (const name of ["a.arw", "b.nef", "c.dng", "d.heic", "e.jpg"]) writeFileSync(join(photos, name), "no picture");
  const descriptors = (): number => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);
  let before = 0;
  for (let round = 0; round < 20; round++) {
    copyFileSync(join(photos, drawing), join(photos, `${round}.jpg`));
    await using opened = Library.open(library);
    for await (const event of opened.index(round === 0 ? [photos] : [], { retryFailed: round % 5 === 0 })) {
      if (event.type === "done") expect(event.progress.encoded).toBe(round === 0 ? 3 : 0);
    }
    expect((await opened.search("a car", { limit: 99 })).hits).toHaveLength(3);
    // What is loaded once stays.
    if (round === 2) before = descriptors();
  }
  expect(descriptors()).toBeLessThanOrEqual(before);
}, 120_000);

import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Library } from "@clipfind/core";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { clipfind, type Run, type RunOptions } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { childrenOf, isRunning } from "../support/processes.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** So many photos that a run goes on for some time behind the first news of it, on fast machines too. */
const enough = 250;

/** As many different photos as asked for: drawings, made different by a byte behind their end. */
function manyPhotos(count: number): string {
  const folder = join(temporaryDirectory(), "photos");
  copyDrawings(folder, 0, Math.min(count, 40));
  const names = readdirSync(folder);
  for (let number = names.length; number < count; number++) {
    const path = join(folder, `${number}.jpg`);
    copyFileSync(join(folder, names[number % names.length] as string), path);
    appendFileSync(path, String(number));
  }
  return folder;
}

function index(library: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return clipfind(["index", "--library", library, ...args], options);
}

/** What can be found in a library and how well it matches: by name, as a user would see it. */
async function everything(directory: string) {
  await using library = Library.open(directory, { mustExist: true });
  const answers = [];
  for (const query of ["a red car", "a cat under a table"]) {
    const { hits } = await library.search(query, { limit: 10_000 });
    answers.push(hits.map(({ score, path }) => `${score} ${basename(path)}`).toSorted());
  }
  const { files, failed, vectors } = library.status();
  const { sound, photosWithoutVector, vectorsWithoutPhoto } = await library.verify();
  return { answers, files, failed, live: vectors?.live, sound, photosWithoutVector, vectorsWithoutPhoto };
}

/** Starts an index run and waits until it has encoded something. */
async function underWay(
  library: string,
  args: readonly string[],
  encoded = 1,
): Promise<{ child: ChildProcess; run: Promise<Run> }> {
  let child: ChildProcess | undefined;
  let text = "";
  const run = index(library, ["--jsonl", ...args], {
    started: (started) => {
      child = started;
      started.stdout?.on("data", (chunk: string) => (text += chunk));
    },
  });
  const count = (): number =>
    Math.max(0, ...[...text.matchAll(/"encoded":(\d+)/g)].map(([, digits]) => Number(digits)));
  while (count() < encoded) {
    expect(child?.exitCode).toBeNull();
    await setTimeout(20);
  }
  return { child: child as ChildProcess, run };
}

/** A disk of 6 MB. */
function mount(directory: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", directory]).status === 0;
}

function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "clipfind-test-"));
  const can = mount(directory);
  if (can) spawnSync("umount", [directory]);
  rmdirSync(directory);
  return can;
}

function lastLine(run: Run): Record<string, unknown> {
  return JSON.parse(run.stdout.trim().split("\n").at(-1) as string) as Record<string, unknown>;
}

describe.skipIf(process.platform !== "linux")("an index run that is disturbed (needs Linux to see processes)", () => {
  test("kill -9 at fifty moments: each time the next run completes, and all is as after an undisturbed run", async () => {
    const [chains, kills] = [10, 5];
    const photos = manyPhotos(40);
    const undisturbed = temporaryDirectory();
    const started = performance.now();
    expect((await index(undisturbed, [photos])).code).toBe(0);
    const duration = performance.now() - started;
    const expected = await everything(undisturbed);
    for (let chain = 0; chain < chains; chain++) {
      const library = temporaryDirectory();
      for (let kill = 0; kill < kills; kill++) {
        const run = index(library, [photos], {
          started: (child) => {
            // Spread over the whole run and a little more; never the same moment twice.
            const moment = (duration * (chain + (kill + Math.random()) / kills)) / chains;
            void setTimeout(moment).then(() => child.kill("SIGKILL"));
          },
        });
        expect([null, 0]).toContain((await run).code);
      }
      expect((await index(library, [photos])).code).toBe(0);
      expect(await everything(library)).toEqual(expected);
    }
  }, 900_000);

  test("an encoder that is killed costs no photo: the run replaces it and tries again", async () => {
    const [photos, library, undisturbed] = [manyPhotos(enough), temporaryDirectory(), temporaryDirectory()];
    const { child, run } = await underWay(library, [photos, "-j", "2"]);
    const encoders = childrenOf(child.pid as number);
    expect(encoders).toHaveLength(2);
    for (const encoder of encoders) process.kill(encoder, "SIGKILL");
    const done = await run;
    expect(done).toMatchObject({ code: 0, stderr: expect.not.stringContaining("crashed") });
    expect(lastLine(done)).toMatchObject({ type: "done", found: enough, encoded: enough, failed: 0 });
    expect((await index(undisturbed, [photos])).code).toBe(0);
    expect(await everything(library)).toEqual(await everything(undisturbed));
  });

  test("an encoder that hangs costs no photo: it is replaced after the timeout", async () => {
    const [photos, library] = [manyPhotos(enough), temporaryDirectory()];
    const { child, run } = await underWay(library, [photos, "-j", "2", "--timeout", "3"]);
    const [hanging] = childrenOf(child.pid as number) as [number];
    process.kill(hanging, "SIGSTOP");
    const done = await run;
    expect(done.code).toBe(0);
    expect(lastLine(done)).toMatchObject({ encoded: enough, failed: 0 });
    expect(isRunning(hanging)).toBe(false);
  });

  test("a machine that sleeps for longer than the timeout costs no photo", async () => {
    const [photos, library] = [manyPhotos(enough), temporaryDirectory()];
    const { child, run } = await underWay(library, [photos, "-j", "2", "--timeout", "2"]);
    const pids = [child.pid as number, ...childrenOf(child.pid as number)];
    expect(pids).toHaveLength(3);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    await setTimeout(4000);
    for (const pid of pids.toReversed()) process.kill(pid, "SIGCONT");
    const done = await run;
    expect(done).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/jpg: /) });
    expect(lastLine(done)).toMatchObject({ found: enough, encoded: enough, failed: 0 });
    expect(lastLine(await index(library, ["--jsonl"]))).toMatchObject({ unchanged: enough, toRead: 0 });
  });

  test.each([-10, 10])("a clock that jumps by %i years costs no photo and no vector", async (years) => {
    const [photos, library] = [manyPhotos(120), temporaryDirectory()];
    // The clock as JavaScript sees it, from the middle of the run on.
    const jump = `const now = Date.now; const end = performance.now() + 1500;
      Date.now = () => now() + (performance.now() < end ? 0 : ${years} * 365.25 * 86_400_000);`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(jump)}` };
    expect(lastLine(await index(library, [photos, "--jsonl"], { env }))).toMatchObject({ encoded: 120, failed: 0 });
    const names = readdirSync(photos);
    renameSync(join(photos, names[0] as string), join(photos, "..", "away.jpg"));
    // Marked as missing by a clock that is ahead or behind.
    expect(lastLine(await index(library, ["--jsonl"], { env }))).toMatchObject({ missing: 1, failed: 0 });
    expect((await clipfind(["gc", "--library", library, "--older-than", "4000d"])).stdout).toBe("nothing to forget\n");
    renameSync(join(photos, "..", "away.jpg"), join(photos, names[0] as string));
    expect(lastLine(await index(library, ["--jsonl"]))).toMatchObject({ found: 120, encoded: 0, missing: 0 });
    expect(await everything(library)).toMatchObject({ files: { present: 120 }, live: 120, sound: true });
  });

  test("a photo that needs more memory than there is fails with its reason, the others do not; it is remembered", async () => {
    const [photos, library] = [manyPhotos(12), temporaryDirectory()];
    // Interlaced: all rows are needed before the first is complete.
    const noise = { channels: 3 as const, width: 14_000, height: 9000, background: "#369" };
    await sharp({ create: noise }).png({ progressive: true }).toFile(join(photos, "huge.png"));
    const done = await index(library, [photos, "--jsonl", "-j", "2", "--max-memory", "580M"]);
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/huge\.png: needed more than \d+ MB of memory\n/);
    expect(lastLine(done)).toMatchObject({ found: 13, encoded: 12, failed: 1, workers: 1 });
    const again = await index(library, ["--jsonl"]);
    expect(lastLine(again)).toMatchObject({ unchanged: 13, toRead: 0 });
  });

  test.each([
    ["SIGINT", 130, "\nclipfind: stopping; press Ctrl-C again to stop at once\n"],
    ["SIGTERM", 143, ""],
  ] as const)("%s finishes the photos in hand, commits and says how to go on; exit %i", async (signal, code, told) => {
    const [photos, library] = [manyPhotos(200), temporaryDirectory()];
    const { child, run } = await underWay(library, [photos]);
    const encoders = childrenOf(child.pid as number);
    // As a terminal does, or a service manager: everyone is told.
    for (const pid of [...encoders, child.pid as number]) process.kill(pid, signal);
    const stopped = await run;
    expect(stopped.code).toBe(code);
    expect(stopped.stderr).toContain(
      `${told}clipfind: Indexing was stopped; everything finished so far is kept\n` +
        "Run the same command again to go on where it stopped.\n",
    );
    const { type, encoded, failed } = lastLine(stopped);
    expect({ type, failed }).toEqual({ type: "stopped", failed: 0 });
    expect(encoders.filter((pid) => isRunning(pid))).toEqual([]);
    const next = lastLine(await index(library, ["--jsonl"]));
    expect(next).toMatchObject({ found: 200, failed: 0, reused: 0 });
    // Nothing that was encoded is encoded again; what was in hand may have come after the last report.
    expect(next["unchanged"]).toBeGreaterThanOrEqual(encoded as number);
    expect(next["encoded"]).toBe(200 - (next["unchanged"] as number));
  });

  test("a second Ctrl-C ends at once, the encoders too, and the next run goes on", async () => {
    const [photos, library] = [manyPhotos(200), temporaryDirectory()];
    const { child, run } = await underWay(library, [photos, "--timeout", "60"]);
    const encoders = childrenOf(child.pid as number);
    // Nothing in hand can be finished.
    for (const pid of encoders) process.kill(pid, "SIGSTOP");
    child.kill("SIGINT");
    await setTimeout(200);
    child.kill("SIGINT");
    expect((await run).code).toBe(130);
    await expect.poll(() => encoders.filter((pid) => isRunning(pid)), { timeout: 20_000 }).toEqual([]);
    expect(lastLine(await index(library, ["--jsonl"]))).toMatchObject({ found: 200, failed: 0 });
  });

  test("--nice is for the encoders and for the command itself", async () => {
    const { child, run } = await underWay(temporaryDirectory(), [manyPhotos(200), "--nice", "7"]);
    const pids = [child.pid as number, ...childrenOf(child.pid as number)];
    expect(pids.map((pid) => getPriority(pid))).toEqual(pids.map(() => 7));
    child.kill("SIGKILL");
    await run;
  });

  test("kill -9 takes the encoders along", async () => {
    const { child, run } = await underWay(temporaryDirectory(), [manyPhotos(200)]);
    const encoders = childrenOf(child.pid as number);
    expect(encoders.length).toBeGreaterThan(0);
    child.kill("SIGKILL");
    expect((await run).signal).toBe("SIGKILL");
    await expect.poll(() => encoders.filter((pid) => isRunning(pid)), { timeout: 20_000 }).toEqual([]);
  });

  test("when nobody reads its output any more, a run stops in good order and quietly; exit 141", async () => {
    const [photos, library] = [manyPhotos(200), temporaryDirectory()];
    let child: ChildProcess | undefined;
    const run = index(library, [photos, "--jsonl"], { started: (started) => (child = started) });
    await once(child?.stdout as NodeJS.ReadableStream, "data");
    child?.stdout?.destroy();
    const { code, stderr } = await run;
    expect(code).toBe(141);
    expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    expect(lastLine(await index(library, ["--jsonl"]))).toMatchObject({ found: 200, failed: 0 });
  });

  test("when nobody reads its messages any more, a run goes on", async () => {
    const [photos, library] = [manyPhotos(30), temporaryDirectory()];
    const run = index(library, [photos, "--jsonl"], { started: (started) => started.stderr?.destroy() });
    expect(lastLine(await run)).toMatchObject({ type: "done", encoded: 30 });
  });

  test.skipIf(!canMount()).each([0, 60, 150])(
    "a full disk (%i kB left) ends the run with a clear message, and keeps what was done (needs root for a small disk)",
    async (kilobytes) => {
      const [photos, disk] = [manyPhotos(200), temporaryDirectory()];
      mount(disk);
      onTestFinished(() => void spawnSync("umount", ["-l", disk]));
      const library = join(disk, "library");
      mkdirSync(library);
      expect((await index(library, [photos])).code).toBe(0);
      const { live, ...before } = await everything(library);
      for (const name of readdirSync(photos)) appendFileSync(join(photos, name), "changed");
      // Files beside take all that is left, but for what the first of them had.
      writeFileSync(join(disk, "spare"), Buffer.alloc(1000 * kilobytes));
      spawnSync("dd", ["if=/dev/zero", `of=${join(disk, "full")}`, "bs=4k"]);
      rmSync(join(disk, "spare"));

      const full = await index(library, [photos]);
      expect(full.code).toBe(2);
      expect(full.stderr).toMatch(/clipfind: .*(?:no space|full)/i);
      expect(full.stderr).not.toMatch(/internal error|^\s+at /m);
      rmSync(join(disk, "full"));
      expect(await everything(library)).toMatchObject({ live: expect.any(Number) as number, sound: true });
      expect((await index(library, [])).code).toBe(0);
      // The contents before the change may come back: their vectors stay.
      expect(await everything(library)).toEqual({ ...before, live: 2 * (live as number) });
    },
  );
});

test("searching goes on while an index run does, and sees what is committed", async () => {
  const [photos, library] = [manyPhotos(200), temporaryDirectory()];
  const started = await underWay(library, [photos, "-j", "1"]);
  const counts: number[] = [];
  const { child } = started;
  while (child.exitCode === null) {
    const search = await clipfind(["--json", "--library", library, "-n", "1000", "a red car"]);
    expect(search.stderr).not.toMatch(/locked|busy/i);
    if (search.stdout !== "") counts.push((JSON.parse(search.stdout) as { hits: object[] }).hits.length);
  }
  expect((await started.run).code).toBe(0);
  expect(counts.length).toBeGreaterThan(0);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
});

test("--jsonl tells a run from start to done, one object per line; without a terminal nothing else is told", async () => {
  const [photos, library] = [manyPhotos(3), temporaryDirectory()];
  appendFileSync(join(photos, "broken.jpg"), "no picture");
  const { code, stdout, stderr } = await index(library, [photos, "--jsonl"]);
  expect(code).toBe(1);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toEqual({ type: "start", version: 1, library });
  const told = lines.filter(({ type }) => type !== "progress").map(({ type }) => type);
  expect(told).toEqual(["start", "problem", "done"]);
  expect(lines.at(-1)).toMatchObject({
    type: "done",
    version: 1,
    library,
    found: 4,
    encoded: 3,
    failed: 1,
    device: "cpu",
    model: "clipfind mini (drawings)",
    bytesRead: lines.at(-1)?.["bytesToRead"],
    stages: { encode: expect.any(Number) as number },
  });
  expect(stderr.split("\n").filter((line) => !/mini model|For photographs/.test(line))).toEqual([
    expect.stringContaining("broken.jpg: "),
    "",
  ]);
});

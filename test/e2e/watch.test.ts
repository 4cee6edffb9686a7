import type { ChildProcess } from "node:child_process";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Run } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { hitsOf, useWorld } from "../support/world.ts";

// With the mini model: these need nothing but the repository.
const world = useWorld();
const env = { CLIPFIND_MODEL: "" };

/** Starts `clipfind watch`; `text` is what it has printed so far. */
function watch(library: string, args: readonly string[]) {
  const text = { stdout: "", stderr: "" };
  let child: ChildProcess | undefined;
  const run: Promise<Run> = world.run(library, ["watch", ...args], {
    env,
    started: (started) => {
      child = started;
      for (const name of ["stdout", "stderr"] as const) {
        started[name]?.on("data", (chunk: string) => (text[name] += chunk));
      }
    },
  });
  onTestFinished(() => void child?.kill("SIGKILL"));
  return { text, run, interrupt: () => child?.kill("SIGINT") };
}

test("prints a line for each run that did something, lets others search and index, ends on Ctrl-C", async () => {
  const [library, photos] = [world.directory(), world.directory()];
  copyDrawings(photos, 0, 3);
  const { text, run, interrupt } = watch(library, [photos]);
  await expect.poll(() => text.stdout, { timeout: 30_000 }).toMatch(/3 encoded/);
  copyDrawings(photos, 3, 5);
  await expect.poll(() => text.stdout, { timeout: 30_000 }).toMatch(/2 encoded/);
  const [name = ""] = readdirSync(photos);
  renameSync(join(photos, name), join(photos, "renamed.jpg"));
  await expect.poll(() => text.stdout, { timeout: 30_000 }).toMatch(/1 gone/);
  const hits = hitsOf(await world.run(library, ["--json", "a red car"], { env }));
  expect(hits.map(({ path }) => path).toSorted()).toEqual(
    readdirSync(photos)
      .toSorted()
      .map((it) => join(photos, it)),
  );
  expect((await world.run(library, ["index"], { env })).stdout).toMatch(/^5 photos found, 5 unchanged, 0 encoded in /);
  interrupt();
  const { code, stdout, stderr } = await run;
  expect(code).toBe(130);
  expect(stdout.replaceAll(/in \d+\.\d s/g, "in S")).toBe(
    "3 photos found, 0 unchanged, 3 encoded in S\n" +
      "5 photos found, 3 unchanged, 2 encoded in S\n" +
      "5 photos found, 4 unchanged, 0 encoded, 1 recognised by content, 1 gone in S\n",
  );
  expect(stderr).toBe(
    "clipfind: using the mini model that ships with clipfind: it knows drawings, not photographs\n" +
      "For photographs get a CLIP model: `clipfind models pull`, then index with --model (docs/models.md).\n" +
      `clipfind: watching ${photos}\n` +
      "\nclipfind: stopping; press Ctrl-C again to stop at once\n" +
      "clipfind: Watching was stopped; what was indexed is kept\nRun the same command again to go on.\n",
  );
});

test("--jsonl prints events as they happen, and the last one when it is stopped", async () => {
  const [library, photos] = [world.directory(), world.directory()];
  copyDrawings(photos, 0, 2);
  const { text, run, interrupt } = watch(library, [photos, "--jsonl", "--rescan-every", "1s"]);
  await expect.poll(() => text.stdout, { timeout: 30_000 }).toContain('"type":"done"');
  interrupt();
  const { code, stdout } = await run;
  const types = stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect({ code, types: types.filter((type) => type !== "progress") }).toEqual({
    code: 130,
    types: ["start", "watching", "done", "stopped"],
  });
});

test("wrong usage is told, exit 2", async () => {
  const library = world.directory();
  const runs = [
    await world.run(library, ["watch"], { env }),
    await world.run(library, ["watch", "--rescan-every", "soon"], { env }),
    await world.run(library, ["watch", "--json"], { env }),
  ];
  expect(runs.map(({ code, stdout }) => ({ code, stdout }))).toEqual(runs.map(() => ({ code: 2, stdout: "" })));
  expect(runs[0]?.stderr).toContain("Expected a directory to watch: this library has none yet");
  expect(runs[1]?.stderr).toContain("expected a time such as 30s, 10m or 1h");
});

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";

/** What became of a file, and at what price. */
interface Outcome {
  readonly outcome: string;
  /** CPU time: how busy the machine is otherwise says nothing about a file. */
  readonly ms: number;
  /** Most memory of the process so far, in bytes. */
  readonly rss: number;
}

/** One file draws nothing but splines, the slowest thing in JPEG XL: 4 s on a core of ours. */
const slowest = { file: "formats/jxl/splines.jxl", ms: 20_000 };
const mostMs = 5000;
/** Elapsed, on however busy a machine: after that a file hangs. */
const hangMs = 90_000;
const mostRss = 1.5e9;

// Each file is decoded in a process that may die or hang without harm: then the next one goes on.
test(
  "every file of formats, metadata and hostile is decoded or refused with a reason, soon and in little memory",
  { timeout: 600_000 },
  async ({ skip }) => {
    skip(shared === undefined, sharedMissing);
    const files = ["formats", "metadata", "hostile"].flatMap((folder) =>
      readdirSync(path.join(shared!, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(shared!, path.join(entry.parentPath, entry.name))),
    );
    files.sort();
    const outcomes = await decodeAll(files);

    const table = files.map((file, at) => `${file}: ${outcomes[at]!.outcome}`);
    await expect(`${table.join("\n")}\n`).toMatchFileSnapshot("shared-files.outcomes.txt");
    expect(table.filter((line) => line.includes("!"))).toEqual([]);
    const isSlow = ({ ms }: Outcome, at: number): boolean => ms > (files[at] === slowest.file ? slowest.ms : mostMs);
    expect(files.filter((_, at) => isSlow(outcomes[at]!, at))).toEqual([]);
    const rss = Math.max(...outcomes.map((outcome) => outcome.rss));
    expect(rss).toBeLessThan(mostRss);
    const longest = Math.max(...outcomes.map(({ ms }, at) => (files[at] === slowest.file ? 0 : ms)));
    process.stdout.write(
      `${files.length} files, the slowest ${Math.round(longest)} ms, at most ${Math.round(rss / 1e6)} MB\n`,
    );
  },
);

async function decodeAll(files: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < files.length) {
    const left = files.slice(outcomes.length);
    const lines = await decodeUntilItDies(left);
    outcomes.push(...lines.outcomes);
    if (lines.outcomes.length < left.length) outcomes.push({ outcome: `!${lines.end}`, ms: 0, rss: 0 });
  }
  return outcomes;
}

/** Decodes files in one process until all are done, one ends it, or one takes longer than any may. */
async function decodeUntilItDies(files: readonly string[]): Promise<{ outcomes: Outcome[]; end: string }> {
  const script = path.join(import.meta.dirname, "decode-files.ts");
  const child = spawn(
    process.execPath,
    ["--conditions=dev", "--no-warnings", script, ...files.map((file) => path.join(shared!, file))],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(`ended the process: ${signal ?? code}`));
  });
  let errors = "";
  child.stderr.on("data", (data) => (errors += data));
  const outcomes: Outcome[] = [];
  const watchdog = setTimeout(() => child.kill("SIGKILL"), hangMs);
  for await (const line of createInterface({ input: child.stdout })) {
    outcomes.push(JSON.parse(line) as Outcome);
    watchdog.refresh();
  }
  const end = await ended;
  clearTimeout(watchdog);
  return { outcomes, end: `${end} ${errors}` };
}

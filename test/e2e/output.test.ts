import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clipfind, mainFile, type Run } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

let base = "";
let env: Record<string, string> = {};
let photos = "";
beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-e2e-")));
  env = { CLIPFIND_LIBRARY: join(base, "library") };
  photos = join(base, "photos");
  copyDrawings(photos, 0, 40);
  // Drawings are what the mini model knows: with the demo's mark nothing is said of photographs.
  writeFileSync(join(base, ".clipfind-demo"), "");
  expect(await run(["index", photos])).toMatchObject({ code: 0, stderr: "" });
}, 60_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

function run(args: readonly string[], more: Record<string, string> = {}): Promise<Run> {
  return clipfind(args, { cwd: photos, env: { ...env, ...more } });
}

interface Document {
  readonly hits: readonly {
    readonly rank: number;
    readonly score: number;
    readonly path: string;
    confidence: number;
  }[];
}

async function documentOf(args: readonly string[]): Promise<Document> {
  return JSON.parse((await run(["--json", ...args])).stdout) as Document;
}

/** The rows of the table below `heading` in docs/output.md: a field, and whether it is there only at times. */
function documented(heading: string): { readonly field: string; readonly isAtTimes: boolean }[] {
  const text = readFileSync(new URL("../../docs/output.md", import.meta.url), "utf8");
  const section = text.slice(text.indexOf(heading));
  const rows = section.slice(section.indexOf("\n|"), section.indexOf("\n\n", section.indexOf("\n|"))).split("\n");
  return rows.flatMap((row) => {
    const field = /^\| `(\w+)`/.exec(row)?.[1];
    return field === undefined ? [] : [{ field, isAtTimes: /\bonly\b/.test(row) }];
  });
}

/** Holds a table to what was found: no field is missing there, and none that should be there always is missing here. */
function expectDocumented(heading: string, found: Iterable<string>): void {
  const rows = documented(heading);
  const fields = new Set(found);
  const named = new Set(rows.map(({ field }) => field));
  expect([...fields].filter((field) => !named.has(field))).toEqual([]);
  expect(rows.filter(({ field, isAtTimes }) => !isAtTimes && !fields.has(field))).toEqual([]);
  expect(fields.size).toBeGreaterThan(4);
}

test("docs/output.md names every field of the document, of hits and of templates", async () => {
  const [first = ""] = readdirSync(photos);
  const text = await documentOf(["a", "cat"]);
  const one = await documentOf(["similar", first]);
  const several = await documentOf(["similar", first, first]);
  expectDocumented(
    "## The document",
    [text, one, several].flatMap((document) => Object.keys(document)),
  );
  expectDocumented("Of each hit", Object.keys(text.hits[0] ?? {}));
  const refused = await run(["--format", "{}", "cat"]);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  const known = [...refused.stderr.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  expectDocumented("## Templates and CSV", known);
});

test("--csv and --format say of the same photos what --json says", async () => {
  const [{ hits }, csv, format] = await Promise.all([
    documentOf(["-n", "3", "a", "cat"]),
    run(["--csv", "-n", "3", "a", "cat"]),
    run(["--format", "{rank}:{name}\\t{score}", "-n", "3", "a", "cat"]),
  ]);
  const rows = hits.map(({ rank, score, confidence, path }) =>
    [rank, Number(score.toFixed(6)), Number(confidence.toFixed(4)), path, 0].join(","),
  );
  expect(csv).toEqual({
    code: 0,
    signal: null,
    stderr: "",
    stdout: ["rank,score,confidence,path,copies", ...rows, ""].join("\r\n"),
  });
  expect(format).toEqual({
    code: 0,
    signal: null,
    stderr: "",
    stdout: hits.map(({ rank, path, score }) => `${rank}:${basename(path)}\t${score.toFixed(6)}\n`).join(""),
  });
});

test("forms and actions that exclude one another are wrong usage", async () => {
  for (const [args, message] of [
    [["--csv", "--format", "x"], "Expected one form of output, found --csv and --format"],
    [["--html", "a.html", "-0"], "Expected one form of output, found --print0 and --html"],
    [["--copy-to", "a", "--link-to", "b"], "Expected --copy-to or --link-to, found both"],
    [["--numbered"], "Expected --copy-to or --link-to with --numbered"],
    [["--html", "-", "--open"], "Expected a file to --open, found --html -"],
    [["--open", "-n", "11"], "Expected --yes to open more than 10 photos, found 11"],
    [["--color", "blue"], "--color"],
  ] as const) {
    const refused = await run([...args, "cat"]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain(message);
  }
});

test("more than ten photos are not opened where nobody can be asked: they are printed, once, and that is said", async () => {
  const { stdout } = await run(["-n", "11", "a", "cat"]);
  const stderr = "clipfind: Expected --yes to open more than 10 photos, found 11\n";
  expect(await run(["--open", "-n", "11", "a", "cat"])).toEqual({ code: 2, signal: null, stdout, stderr });
});

test("--html writes a page of the photos that were found, and nothing where none was", async () => {
  const sheet = join(base, "sheet.html");
  const { hits } = await documentOf(["-n", "5", "a", "cat"]);
  const written = await run(["--html", sheet, "-n", "5", "a", "cat"]);
  expect(written).toMatchObject({ code: 0, stdout: "" });
  expect(written.stderr).toMatch(new RegExp(`^5 photos in ${sheet}, 0\\.\\d MB\n$`));
  const page = readFileSync(sheet, "utf8");
  expect([...page.matchAll(/<a class="picture" href="([^"]+)"><img /g)].map(([, href]) => href)).toEqual(
    hits.map(({ path }) => `./photos/${basename(path)}`),
  );
  const toPipe = await run(["--html", "-", "-n", "5", "a", "cat"]);
  expect(toPipe).toMatchObject({ code: 0, stderr: "" });
  expect(toPipe.stdout).toContain(`<title>a cat</title>`);
  expect(toPipe.stdout.endsWith("</main>\n</html>\n")).toBe(true);
  expect(await run(["--html", sheet, "cat", "ext:png"])).toMatchObject({ code: 1, stdout: "" });
  expect(readFileSync(sheet, "utf8")).toBe(page);
});

test("--copy-to and --link-to go with any form, say what they did, and exit with 1 where some failed", async () => {
  const [copies, links] = [join(base, "copies"), join(base, "links")];
  const plain = await run(["-n", "3", "a", "cat"]);
  expect(await run(["-n", "3", "--copy-to", copies, "a", "cat"])).toEqual({
    ...plain,
    stderr: `3 photos copied to ${copies}\n`,
  });
  expect((await run(["-n", "3", "--copy-to", copies, "-q", "a", "cat"])).stderr).toBe("");
  expect((await run(["-n", "4", "-l", "--copy-to", copies, "a", "cat"])).stderr).toBe(
    `1 photo copied to ${copies}, 3 there already\n`,
  );
  expect(readdirSync(copies)).toHaveLength(4);
  const linked = await run(["-n", "2", "-l", "--link-to", links, "--numbered", "a", "cat"]);
  expect(linked.stderr).toBe(`2 photos linked to ${links}\n`);
  const names = linked.stdout.trimEnd().split("\n");
  expect(readdirSync(links).toSorted()).toEqual(names.map((name, at) => `${at + 1}-${name}`));
  expect(await run(["--copy-to", join(photos, names[0] as string), "cat"])).toMatchObject({ code: 2 });
});

test("--log-format json makes every message of every command a line of JSON with level and message", async () => {
  const nothing = join(base, "nothing");
  mkdirSync(join(base, "bad"));
  writeFileSync(join(base, "bad", "bad.jpg"), "no picture");
  const own = { CLIPFIND_LIBRARY: join(base, "other") };
  const json = ["--log-format", "json"];
  const runs = await Promise.all([
    run(["--library", nothing, ...json, "cat"]),
    run([...json, "cat", "ext:png"]),
    run([...json, "--verbose", "cat"]),
    run([...json, "-n", "0", "cat"]),
    run([...json, "--frobnicate"]),
    run([...json]),
    run(["models", "verify", ...json, "no-such-model"]),
    run(["status", "--library", nothing, ...json]),
    run(["index", join(base, "bad"), ...json], own),
  ]);
  const told = runs.map(({ stderr }) =>
    stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, string>),
  );
  for (const message of told.flat()) {
    expect(["error", "warning", "info"]).toContain(message["level"]);
    expect(message["message"]).toMatch(/\S/);
    expect(documented("## Messages").map(({ field }) => field)).toEqual(expect.arrayContaining(Object.keys(message)));
  }
  expect(told.map((lines) => lines.map(({ level, code }) => [level, code]))).toEqual([
    [["error", "LIBRARY_NOT_FOUND"]],
    [["warning", undefined]],
    // With -v also the age of the index.
    [
      ["info", undefined],
      ["warning", undefined],
    ],
    [["error", "USAGE"]],
    [["error", "USAGE"]],
    [["error", undefined]],
    [["error", "MODEL_NOT_FOUND"]],
    [["error", "LIBRARY_NOT_FOUND"]],
    [["warning", undefined]],
  ]);
  expect(told[0]?.[0]).toMatchObject({ hint: expect.stringContaining("clipfind index") });
  expect(told[8]?.[0]?.["message"]).toContain("bad.jpg");
});

test("--quiet leaves nothing but errors on standard error; results are as before", async () => {
  const failed = await run(["--quiet", "--library", join(base, "nothing"), "cat"]);
  expect(failed.stderr).toMatch(/^clipfind: There is no library in /);
  expect(await run(["-q", "cat", "ext:png"])).toEqual({ code: 1, signal: null, stdout: "", stderr: "" });
  expect(await run(["-q", "-v", "cat"])).toEqual(await run(["cat"]));
  const verbose = await run(["-v", "cat"]);
  expect(verbose.stderr).toMatch(
    /^10 photos \(in all: \d+ strong, \d+ weaker(?:; -n \d+ shows them)?\); query encoded in \d+ ms, searched in \d+ ms\nclipfind: the index is less than a minute old: .*\n$/,
  );
});

test.each([
  ["lines", ["-n", "40"]],
  ["a page", ["-n", "40", "--html", "-"]],
])("a reader of %s who has had enough is success, and quiet", async (_, args) => {
  const child = spawn(process.execPath, [mainFile, ...args, "a", "cat"], {
    cwd: photos,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      NODE_COMPILE_CACHE: join(tmpdir(), "clipfind-tests-compiled"),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.destroy();
  const [code] = (await once(child, "close")) as [number];
  expect([code, stderr]).toEqual([0, ""]);
});

// oxlint-disable-next-line no-control-regex -- the codes are the point
const link = /^(.*)\u001b\]8;;([^\u001b]*)\u001b\\(.*)\u001b\]8;;\u001b\\\r\n/;
const hasTerminal = process.platform !== "win32" && spawnSync("python3", ["-c", "import pty"]).status === 0;

/** Runs the command on a terminal; what is seen there, both streams in one. */
async function onTerminal(
  args: readonly string[],
  more: Record<string, string>,
  { typed = "", code = 0 }: { readonly typed?: string; readonly code?: number } = {},
): Promise<string> {
  const script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
  const { PATH = "", HOME = "" } = process.env;
  const cache = join(tmpdir(), "clipfind-tests-compiled");
  const child = spawn("python3", ["-c", script, process.execPath, mainFile, ...args], {
    cwd: photos,
    env: { PATH, HOME, NO_COLOR: "1", NODE_COMPILE_CACHE: cache, ...env, ...more },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    // The answer to a question, once that is asked.
    if (typed !== "" && !text.includes("[y/N]") && `${text}${piece}`.includes("[y/N]")) child.stdin.write(typed);
    text += piece;
  });
  expect(await once(child, "close")).toEqual([code, null]);
  return text;
}

test.skipIf(!hasTerminal).each([
  ["40", /^ 0\.\d{3} {2}\S+$/],
  ["200", /^█+.? +\d\d % {3}0\.\d{3} {2}\S+$/],
])(
  "on a terminal of %s columns there is a table with a link, and the counts below (needs python3 for a terminal)",
  async (COLUMNS, line) => {
    const text = await onTerminal(["-n", "1", "a", "cat"], { TERM: "xterm-kitty", COLUMNS });
    const [, front = "", url = "", shown = ""] = link.exec(text) ?? [];
    expect(`${front}${shown}`).toMatch(line);
    expect(url).toMatch(new RegExp(`^file://[^/]+${photos}/`));
    const counts = String.raw`1 photo \(in all: \d+ strong, \d+ weaker\); query encoded in \d+ ms, searched in \d+ ms`;
    expect(text).toMatch(new RegExp(`${counts}\r\n$`));
  },
);

test.skipIf(!hasTerminal)(
  "a terminal shows the strong photos, 5 to 20; a pipe, other forms and what is copied are ten (needs python3)",
  async () => {
    const env200 = { TERM: "xterm", COLUMNS: "200" };
    for (const query of ["a cat", "a giraffe", "night"]) {
      const { strong } = JSON.parse((await run(["--json", "-n", "40", query])).stdout) as { strong: number };
      const text = await onTerminal([query], env200);
      expect(text.match(/ % /g)).toHaveLength(Math.min(20, Math.max(5, strong)));
    }
    const ten = await run(["a cat"]);
    expect(ten.stdout.trimEnd().split("\n")).toHaveLength(10);
    expect((await onTerminal(["-l", "a cat"], env200)).match(/\.jpg/g)).toHaveLength(10);
    const into = join(temporaryDirectory(), "best");
    await onTerminal(["--copy-to", into, "a cat"], env200);
    expect(readdirSync(into)).toHaveLength(10);
  },
);

/** What stands for the system's viewer: it notes what it is given. */
function fakeViewer(): { env: Record<string, string>; opened: () => string[] } {
  const tools = temporaryDirectory();
  const log = join(tools, "log");
  writeFileSync(log, "");
  writeFileSync(join(tools, "viewer"), `#!/bin/sh\nprintf '%s\\n' "$1" >> '${log}'\n`);
  chmodSync(join(tools, "viewer"), 0o755);
  return {
    env: { BROWSER: join(tools, "viewer"), PATH: [tools, process.env["PATH"]].join(delimiter) },
    opened: () => readFileSync(log, "utf8").split("\n").filter(Boolean).toSorted(),
  };
}

test.skipIf(process.platform !== "linux")("--open hands each photo to the system's opener", async () => {
  const viewer = fakeViewer();
  const done = await run(["--open", "-l", "-n", "2", "a", "cat"], viewer.env);
  expect(done).toMatchObject({ code: 0, stderr: "" });
  const expected = done.stdout
    .trimEnd()
    .split("\n")
    .map((name) => join(photos, name));
  await expect.poll(viewer.opened, { timeout: 10_000 }).toEqual(expected.toSorted());
});

test.skipIf(!hasTerminal || process.platform !== "linux")(
  "more than ten are opened only after a yes: no, nothing and Ctrl-C open none (needs python3 for a terminal)",
  async () => {
    const viewer = fakeViewer();
    const args = ["--open", "-l", "-n", "11", "a", "cat"];
    expect(await onTerminal(args, viewer.env, { typed: "n\n" })).toContain("Open 11 photos? [y/N] ");
    await onTerminal(args, viewer.env, { typed: "\u0004" });
    await onTerminal(args, viewer.env, { typed: "\u0003", code: 130 });
    await onTerminal(args, viewer.env, { typed: "yes\n" });
    await expect.poll(viewer.opened, { timeout: 10_000 }).toHaveLength(11);
  },
);

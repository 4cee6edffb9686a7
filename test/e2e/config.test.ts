import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type Run, clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { TerminalRun } from "../support/terminal.ts";

let home = "";
let folder = "";
let user = "";
let project = "";
beforeEach(() => {
  [home, folder] = [temporaryDirectory(), temporaryDirectory()];
  user = join(home, "clipfind", "config.toml");
  project = join(folder, ".clipfind.toml");
  mkdirSync(join(home, "clipfind"));
});

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Run> =>
  clipfind(args, { cwd: folder, env: { XDG_CONFIG_HOME: home, XDG_DATA_HOME: join(home, "data"), ...env } });

async function valueOf(key: string, env: Record<string, string> = {}): Promise<unknown> {
  const { settings } = JSON.parse((await run(["config", "--json"], env)).stdout) as {
    settings: { key: string; value: unknown; source: string }[];
  };
  return settings.filter((each) => each.key === key).map(({ value, source }) => [value, source]);
}

describe("values", () => {
  test("come from the environment before the folder's file before the user's, and the list says from where", async () => {
    expect(await valueOf("limit")).toEqual([[null, "default"]]);
    writeFileSync(user, "limit = 7\n");
    expect(await valueOf("limit")).toEqual([[7, "user"]]);
    writeFileSync(project, "limit = 5\n");
    expect(await valueOf("limit")).toEqual([[5, "project"]]);
    expect(await valueOf("limit", { CLIPFIND_LIMIT: "3" })).toEqual([[3, "environment"]]);
    const { stdout } = await run(["config"]);
    const lines = stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, " "));
    expect(lines.filter((line) => /^(limit|cutoff) /.test(line))).toEqual([
      `limit 5 ${project}`,
      "cutoff (none) default",
    ]);
    expect(await run(["config", "get", "limit"])).toMatchObject({ code: 0, stdout: "5\n" });
    expect(await run(["config", "get", "cutoff"])).toMatchObject({ code: 1, stdout: "" });
  });

  test("are the defaults of options, which go before them", async () => {
    copyDrawings(folder, 0, 6);
    writeFileSync(join(folder, "c.raw.jpg"), readFileSync(join(folder, readdirSync(folder)[0]!)));
    writeFileSync(user, `limit = 4\nexclude = ["*.raw.jpg"]\nlibrary = "./index"\n`);
    const indexed = await run(["index", ".", "--json"]);
    expect(JSON.parse(indexed.stdout)).toMatchObject({ library: join(home, "clipfind", "index"), found: 6 });
    const hits = async (args: string[], env = {}): Promise<number> =>
      (await run(["-l", ...args, "a", "cat"], env)).stdout.split("\n").length - 1;
    expect(await hits([])).toBe(4);
    expect(await hits(["-n", "2"])).toBe(2);
    expect(await hits(["--limit=3"], { CLIPFIND_LIMIT: "1" })).toBe(3);
    expect(await hits([], { CLIPFIND_LIMIT: "1" })).toBe(1);
    // Rules of a folder are its own once it has been indexed.
    writeFileSync(user, `library = "./index"\nexclude = ["*"]\n`);
    expect(JSON.parse((await run(["index", "--json"])).stdout)).toMatchObject({ found: 6, unchanged: 6 });
  });

  test("a .clipfind/ upward goes before the user's library, and a model that is set leaves indexed libraries alone", async () => {
    copyDrawings(folder, 0, 2);
    expect(await run(["library", "init"])).toMatchObject({ code: 0 });
    expect(await run(["index", "."])).toMatchObject({ code: 0 });
    writeFileSync(user, `library = "/nowhere"\nmodel = "no-such-model"\n`);
    expect(await run(["a", "cat"])).toMatchObject({ code: 0 });
    const other = await run(["index", ".", "--library", join(home, "other")]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("no-such-model");
  });
});

describe("colours, pictures and the device are set like all else: line, environment, the folder's file, the user's", () => {
  beforeEach(async () => {
    copyDrawings(folder, 0, 2);
    expect(await run(["index", "."])).toMatchObject({ code: 0 });
  });

  test("color", async () => {
    const isColored = async (args: string[], env: Record<string, string> = {}): Promise<boolean> =>
      (await run([...args, "a", "cat"], { NO_COLOR: "", ...env })).stdout.includes("\u001b[");
    expect(await isColored([])).toBe(false);
    writeFileSync(user, 'color = "always"\n');
    expect(await isColored([])).toBe(true);
    expect(await isColored([], { NO_COLOR: "1" })).toBe(false);
    expect(await isColored(["--color", "auto"])).toBe(false);
    writeFileSync(project, 'color = "never"\n');
    expect(await isColored([])).toBe(false);
    expect(await isColored([], { CLIPFIND_COLOR: "always" })).toBe(true);
    expect(await isColored(["--color=never"], { CLIPFIND_COLOR: "always" })).toBe(false);
    expect(await valueOf("color")).toEqual([["never", "project"]]);
    expect(await valueOf("color", { CLIPFIND_COLOR: "always" })).toEqual([["always", "environment"]]);
    expect(await run(["a", "cat"], { CLIPFIND_COLOR: "blue" })).toMatchObject({
      code: 2,
      stdout: "",
      stderr:
        'clipfind: CLIPFIND_COLOR: expected auto or always or never, found "blue"\nCorrect the environment variable.\n',
    });
  });

  test.skipIf(process.platform === "win32")("preview", async () => {
    const isShown = async (args: string[], env: Record<string, string> = {}): Promise<boolean> => {
      const places = { XDG_CONFIG_HOME: home, XDG_DATA_HOME: join(home, "data"), ...env };
      const shown = new TerminalRun(["--no-index", ...args, "a", "cat"], { cwd: folder, env: places, rows: 60 });
      expect(await shown.ended).toMatchObject({ code: 0 });
      return /[▀▄]{4}/.test(shown.screen.join("\n"));
    };
    writeFileSync(user, 'preview = "blocks"\n');
    expect(await isShown([])).toBe(false);
    expect(await isShown(["--preview"])).toBe(true);
    expect(await run(["config", "set", "preview", "off", "--project"])).toMatchObject({ code: 0 });
    expect(await isShown(["--preview"])).toBe(false);
    expect(await isShown(["--preview"], { CLIPFIND_PREVIEW: "blocks" })).toBe(true);
    expect(await isShown(["--preview=off"], { CLIPFIND_PREVIEW: "blocks" })).toBe(false);
    expect(await isShown(["--preview=blocks"])).toBe(true);
    expect(await valueOf("preview")).toEqual([["off", "project"]]);
    expect(await run(["config", "set", "preview", "gif"])).toMatchObject({ code: 2 });
  });

  test("device", async () => {
    // No system has both.
    const absent = process.platform === "darwin" ? "directml" : "coreml";
    writeFileSync(user, `device = "${absent}"\n`);
    expect(await run(["index"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`clipfind: ${absent} cannot be used`) as string,
    });
    expect(await run(["index"], { CLIPFIND_DEVICE: "cpu" })).toMatchObject({ code: 0 });
    expect(await run(["index", "--device", "cpu"])).toMatchObject({ code: 0 });
    expect(await run(["index", "--device", "cpu"], { CLIPFIND_DEVICE: absent })).toMatchObject({ code: 0 });
    expect(await valueOf("device")).toEqual([[absent, "user"]]);
    expect(await valueOf("device", { CLIPFIND_DEVICE: "cpu" })).toEqual([["cpu", "environment"]]);
    expect((await run(["doctor"])).stdout).toContain(`problem: ${user} asks for ${absent}, and `);
    // A folder that somebody else has made says nothing about this machine.
    writeFileSync(user, "");
    writeFileSync(project, `device = "${absent}"\n`);
    expect(await run(["index"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("device in a folder's file counts for nothing") as string,
    });
  });
});

describe("files", () => {
  test("set keeps all else in a file, unset takes out again, and both say where", async () => {
    writeFileSync(user, "# mine\n\nlimit = 7 # enough\ncutoff = 'auto'\n");
    expect(await run(["config", "set", "limit", "20"])).toMatchObject({ code: 0, stderr: `limit is set in ${user}\n` });
    expect(await run(["config", "set", "exclude", "raw/", 'a "b" \\ c'])).toMatchObject({ code: 0 });
    expect(readFileSync(user, "utf8")).toBe(
      `# mine\n\nlimit = 20\ncutoff = 'auto'\nexclude = ["raw/", "a \\"b\\" \\\\ c"]\n`,
    );
    expect(await run(["config", "get", "exclude"])).toMatchObject({ stdout: 'raw/\na "b" \\ c\n' });
    expect(await run(["config", "unset", "limit"])).toMatchObject({ code: 0 });
    expect(await run(["config", "unset", "limit"])).toMatchObject({ code: 1 });
    expect(await run(["config", "set", "limit", "3", "--project"])).toMatchObject({ code: 0 });
    expect(readFileSync(project, "utf8")).toBe("limit = 3\n");
    expect(readdirSync(join(home, "clipfind"))).toEqual(["config.toml"]);
    expect(await run(["config", "path"])).toMatchObject({ stdout: `${user}\n` });
    expect(await run(["config", "path", "--project"])).toMatchObject({ stdout: `${project}\n` });
  });

  test("a link to a file that is kept elsewhere stays one, and directories are absolute", async () => {
    const kept = join(folder, "kept.toml");
    writeFileSync(kept, "");
    symlinkSync(kept, user);
    expect(await run(["config", "set", "library", "index"])).toMatchObject({ code: 0 });
    expect(readFileSync(kept, "utf8")).toBe(`library = ${JSON.stringify(join(folder, "index"))}\n`);
  });

  test("what is written over several lines is left to an editor", async () => {
    const text = 'exclude = [\n  "a",\n  "b",\n]\n';
    writeFileSync(user, text);
    const set = await run(["config", "set", "exclude", "c"]);
    expect(set).toMatchObject({
      code: 2,
      stderr: `clipfind: ${user}: exclude is written there over several lines, or in a table\nChange it with an editor.\n`,
    });
    expect(readFileSync(user, "utf8")).toBe(text);
  });

  test("the file of a folder cannot say where the index is, or start anything: that is told, and counts for nothing", async () => {
    copyDrawings(folder, 0, 2);
    expect(await run(["index", "."])).toMatchObject({ code: 0 });
    writeFileSync(project, `limit = 1\nlibrary = "/etc"\nhub = "https://evil.example.org"\nindex = true\n`);
    const found = await run(["-l", "a", "cat"]);
    expect(found).toMatchObject({ code: 0 });
    expect(found.stdout.split("\n")).toHaveLength(2);
    expect(found.stderr.split("\n")[0]).toBe(
      `clipfind: ${project}: library, hub, index in a folder's file counts for nothing; only your own may set that`,
    );
    expect(await run(["config", "set", "library", "/x", "--project"])).toMatchObject({ code: 2 });
  });
});

describe("errors name file, line and what is near", () => {
  const all = "`clipfind config` lists all.\n";
  const correct = "Correct the file; `clipfind config` lists all settings.\n";
  test.each([
    ["limit = 3\nlimt = 4\n", 2, `there is no setting "limt"; did you mean limit?\n${all}`],
    ["frobnicate = 4\n", 1, `there is no setting "frobnicate"\n${all}`],
    ["[limit]\nmost = 3\n", 1, `expected limit to be a whole number from 1 up, found {"most":3}\n${correct}`],
    ["\ncutoff = 2\n", 2, `expected cutoff to be auto or none, or a number from 0 to 1, found 2\n${correct}`],
    ['limit = "3"\n', 1, `expected limit to be a whole number from 1 up, found "3"\n${correct}`],
    ["max-memory = 'much'\n", 1, `expected max-memory to be a size such as 1500M or 2G, found "much"\n${correct}`],
  ])("%j", async (text, line, message) => {
    writeFileSync(user, text);
    expect(await run(["config"])).toEqual({
      code: 2,
      signal: null,
      stdout: "",
      stderr: `clipfind: ${user}:${line}: ${message}`,
    });
  });

  test("no TOML, a directory, a variable; and no command is run with it", async () => {
    writeFileSync(user, "limit = 3\nlimit 4\n");
    const search = await run(["a", "cat"]);
    expect(search).toMatchObject({ code: 2, stdout: "" });
    expect(search.stderr).toMatch(new RegExp(`^clipfind: ${user}:2:\\d+: expected TOML: `));
    expect(await run(["config", "set", "limit", "3"])).toMatchObject({ code: 2 });
    // What says what is wrong, and how to find the file, works.
    expect(await run(["config", "path"])).toMatchObject({ code: 0 });
    expect(await run(["--help"])).toMatchObject({ code: 0 });
    writeFileSync(user, "");
    mkdirSync(project);
    expect((await run(["status"])).stderr).toBe(
      `clipfind: ${project}: expected a file of at most 64 KiB\nMove it away.\n`,
    );
    const variable = await clipfind(["status"], { env: { CLIPFIND_NICE: "very" } });
    expect(variable).toMatchObject({
      code: 2,
      stderr: `clipfind: CLIPFIND_NICE: expected a whole number from -20 to 19, found "very"\nCorrect the environment variable.\n`,
    });
  });

  test("a key or value on the command line", async () => {
    const key = await run(["config", "set", "limi", "3"]);
    expect(key).toMatchObject({ code: 2, stderr: `clipfind: there is no setting "limi"; did you mean limit?\n${all}` });
    const value = await run(["config", "set", "limit", "none"]);
    expect(value).toMatchObject({
      code: 2,
      stderr: `clipfind: Expected limit to be a whole number from 1 up, found "none"\nNothing was changed.\n`,
    });
    expect(readdirSync(join(home, "clipfind"))).toEqual([]);
  });
});

test("every setting that is an option is one of some command, under its name", async () => {
  const { stdout } = await run(["man"]);
  const { settings } = JSON.parse((await run(["config", "--json"])).stdout) as { settings: { key: string }[] };
  const known = settings.map(({ key }) => key).filter((key) => key !== "ignore" && key !== "look-for");
  expect(known.length).toBeGreaterThan(10);
  for (const key of known) expect(stdout).toContain(`\\-\\-${key.replaceAll("-", "\\-")}`);
});

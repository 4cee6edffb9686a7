import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { runCli } from "../../packages/cli/src/cli.ts";
import { clipfind } from "../support/clipfind.ts";

test.each([
  [["--help"]],
  [["index", "--help"]],
  [["search", "--help"]],
  [["status", "--help"]],
  [["similar", "--help"]],
  [["verify", "--help"]],
  [["doctor", "--help"]],
  [["repair", "--help"]],
  [["merge", "--help"]],
  [["import", "rclip", "--help"]],
  [["watch", "--help"]],
  [["models", "--help"]],
  [["models", "pull", "--help"]],
  [["models", "import", "--help"]],
  [["models", "compile", "--help"]],
  [["models", "verify", "--help"]],
])("%j is on standard output, exit 0", async (args) => {
  const run = await clipfind(args);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toMatchSnapshot();
});

test.each([
  ["plain", 1, {}],
  ["coloured", 8, { NO_COLOR: "", CLICOLOR_FORCE: "1" }],
])("the %s help that the build has rendered is what the commands say of themselves", async (_, colorDepth, env) => {
  let stdout = "";
  const target = new Writable({
    write: (text: Buffer, _encoding, done) => {
      stdout += text.toString("utf8");
      done();
    },
  });
  const { stdin, stderr } = process;
  const { signal } = new AbortController();
  const [cwd, hasReader] = [process.cwd(), () => true];
  const context = { env: {}, stdin, stdout: target, stderr, colorDepth, cwd, signal, hasReader };
  expect(await runCli(["--help"], context, "0.1.0")).toBe(0);
  expect(await clipfind(["--help"], { env })).toEqual({ code: 0, signal: null, stdout, stderr: "" });
  expect(await clipfind(["-h"], { env })).toEqual({ code: 0, signal: null, stdout, stderr: "" });
});

test("--version prints the version", async () => {
  expect(await clipfind(["--version"])).toEqual({ code: 0, signal: null, stdout: "0.1.0\n", stderr: "" });
});

test("without a query the usage is shown on standard error, exit 2", async () => {
  const run = await clipfind([]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain("clipfind");
});

test("the help of every command begins with what it does and examples, which are lines to type", async () => {
  const { stdout: all } = await clipfind(["--help"]);
  expect(all).toMatch(/^clipfind 0\.1\.0: .*\n\nExamples\n\n {2}\S.*\n {4}\$ clipfind demo\n/);
  const commands = [...all.matchAll(/^ {2}clipfind ((?:[a-z]+ ?)+)/gm)].map(([, words]) => words!.trim().split(" "));
  expect(commands.length).toBeGreaterThan(20);
  for (let at = 0; at < commands.length; at += 4) {
    const some = commands.slice(at, at + 4);
    const helps = await Promise.all(some.map((words) => clipfind([...words, "--help"])));
    for (const { code, stdout } of helps) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/^[A-Z].*\n\nExamples\n\n {2}\S.*\n {4}\$ .*clipfind/);
    }
  }
});

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const isHere = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;
const needs = (program: string, what: string): string => (isHere(program) ? what : `${what} (skipped: no ${program})`);

/** The script for a shell, in a file. */
async function scriptFor(shell: string): Promise<string> {
  const run = await clipfind(["completions", shell]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const file = join(temporaryDirectory(), "completions");
  writeFileSync(file, run.stdout);
  return file;
}

describe.skipIf(!isHere("bash"))(needs("bash", "in bash"), () => {
  test.each([
    [["clipfind", "mod"], ["models"]],
    [["clipfind", "models", "p"], ["pull"]],
    [["clipfind", "models", "--json", "ver"], ["verify"]],
    [["clipfind", "import", ""], ["rclip"]],
    [["clipfind", "gc", "--ap"], ["--apply"]],
    [["clipfind", "a", "cat", "--cut"], ["--cutoff"]],
    [["clipfind", "--lim"], ["--limit"]],
    // Words of a query and names of files are not clipfind's to complete.
    [["clipfind", "index", "ho"], []],
    [["clipfind", "kitten", "mod"], []],
  ])("%j becomes one of %j", async (words, expected) => {
    const file = await scriptFor("bash");
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clipfind; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", file, ...words], { encoding: "utf8" });
    expect({ stderr, found: stdout.split("\n").filter(Boolean) }).toEqual({ stderr: "", found: expected });
  });
});

test.skipIf(!isHere("fish"))(needs("fish", "in fish, with what each does"), async () => {
  const file = await scriptFor("fish");
  const complete = (line: string): string[] => {
    const run = spawnSync("fish", ["--no-config", "-c", `source ${file}; complete -C '${line}'`], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    return run.stdout.split("\n").filter(Boolean);
  };
  expect(complete("clipfind models pu")).toEqual(["pull\tdownload a model"]);
  expect(complete("clipfind gc --app")).toEqual([expect.stringContaining("--apply\t")]);
  expect(complete("clipfind cats --cut")).toEqual([expect.stringContaining("--cutoff\t")]);
  expect(complete("clipfind gc --cut")).toEqual([]);
});

test.skipIf(!isHere("zsh"))(needs("zsh", "zsh reads the script and knows the function"), async () => {
  const file = await scriptFor("zsh");
  const script = "autoload -Uz compinit && compinit -D; source $1 && print $_comps[clipfind]";
  const run = spawnSync("zsh", ["-f", "-c", script, "zsh", file], { encoding: "utf8" });
  expect({ stdout: run.stdout, stderr: run.stderr }).toEqual({ stdout: "_clipfind\n", stderr: "" });
});

test("the script for PowerShell names every command; another shell is an error that names those there are", async () => {
  const { stdout } = await clipfind(["completions", "powershell"]);
  expect(stdout).toContain("Register-ArgumentCompleter -Native -CommandName clipfind");
  expect(stdout).toContain("@('pull', 'download a model')");
  const wrong = await clipfind(["completions", "tcsh"]);
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain('"powershell"');
});

test("the manual page says what the help says: every command, every option", async () => {
  const { code, stdout } = await clipfind(["man"]);
  expect(code).toBe(0);
  const help = (await clipfind(["--help"])).stdout;
  // oxlint-disable-next-line no-control-regex
  const commands = [...help.matchAll(/^\s+clipfind ([a-z]+(?: [a-z]+)?)/gm)].map((match) => match[1] as string);
  expect(commands).toContain("models pull");
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^\\.(?:SS "|B )clipfind ${command}`, "m"));
  for (const option of ["cutoff", "print0", "apply", "shards"]) expect(stdout).toContain(`\\-\\-${option}`);
});

test.skipIf(!isHere("groff"))(needs("groff", "groff sets the manual page without a warning"), async () => {
  const { stdout } = await clipfind(["man"]);
  const run = spawnSync("groff", ["-man", "-Tutf8", "-ww", "-z"], { input: stdout, encoding: "utf8" });
  expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });
});

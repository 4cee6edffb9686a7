import { expect, test } from "vitest";
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

test("--version prints the version", async () => {
  expect(await clipfind(["--version"])).toEqual({ code: 0, signal: null, stdout: "0.1.0\n", stderr: "" });
});

test("without a query the usage is shown on standard error, exit 2", async () => {
  const run = await clipfind([]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain("clipfind");
});

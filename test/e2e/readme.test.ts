import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { needsShared, shared } from "../support/shared.ts";
import { useWorld } from "../support/world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe.skipIf(shared === undefined)(needsShared("README"), () => {
  const world = useWorld();

  test("the library example runs as printed and finds the pizza", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
    expect(example).toContain('from "@clipfind/core"');
    // Inside the repository, so that the package is found by its name.
    mkdirSync(join(root, "test-results"), { recursive: true });
    const directory = mkdtempSync(join(root, "test-results/readme-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, "example.mjs"), example);
    cpSync(world.model, join(directory, "my-model"), { recursive: true });
    symlinkSync(world.photos(), join(directory, "my-photos"));
    const run = spawnSync(process.execPath, ["example.mjs"], { cwd: directory, encoding: "utf8" });
    expect(run).toMatchObject({ status: 0, stderr: "" });
    const lines = run.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^0\.\d{3} .*000000160012\.jpg$/);
  });
});

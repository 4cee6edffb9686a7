import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .stdout.split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), "utf8");

test("docs/errors.md has a line for each error code, and no other", () => {
  const codes = read("packages/core/src/errors.ts").matchAll(/^ {2}\| "([A-Z_]+)"/gm);
  const documented = read("docs/errors.md").matchAll(/^\| `([A-Z_]+)`/gm);
  expect(Array.from(documented, (match) => match[1])).toEqual(Array.from(codes, (match) => match[1]));
});

test("links between documents lead somewhere", () => {
  const broken = files
    .filter((file) => file.endsWith(".md"))
    .flatMap((file) =>
      Array.from(read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g), (match) => ({ file, target: match[1] as string })),
    )
    .filter(({ file, target }) => !existsSync(join(root, dirname(file), target)));
  expect(broken).toEqual([]);
});

test("source files stay readable: TypeScript under 300 lines, Rust under 500", () => {
  const limits = { ts: 300, rs: 500 };
  const long = files
    .filter((file) => /\/src\//.test(file))
    .flatMap((file) => {
      const limit = limits[file.split(".").at(-1) as keyof typeof limits];
      // Rust's unit tests stand in the file they test.
      const lines = (read(file).split("#[cfg(test)]\nmod tests {")[0] ?? "").split("\n").length;
      return limit !== undefined && lines > limit ? [`${file}: ${lines}`] : [];
    });
  expect(long).toEqual([]);
});

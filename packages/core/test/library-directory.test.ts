import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { libraryDirectory } from "../src/library-directory.ts";

test("the explicit directory wins over the environment, that over .clipfind, that over the user's", () => {
  const cwd = temporaryDirectory();
  const deep = join(cwd, "photos", "2021");
  mkdirSync(deep, { recursive: true });
  const env = { CLIPFIND_LIBRARY: "/from/environment" };
  const users = libraryDirectory({ env: {}, cwd: deep });
  expect(users.startsWith(homedir())).toBe(true);
  expect(users).toContain("clipfind");
  mkdirSync(join(cwd, ".clipfind"));
  expect(libraryDirectory({ env: {}, cwd: deep })).toBe(join(cwd, ".clipfind"));
  expect(libraryDirectory({ env, cwd: deep })).toBe("/from/environment");
  expect(libraryDirectory({ explicit: "here", env, cwd: deep })).toBe(join(deep, "here"));
  expect(libraryDirectory({ env: { CLIPFIND_LIBRARY: "" }, cwd: deep })).toBe(join(cwd, ".clipfind"));
});

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("a folder's own index is used in it and below, and is not made twice", async () => {
  const folder = temporaryDirectory();
  const below = join(folder, "2023", "06");
  mkdirSync(below, { recursive: true });
  copyDrawings(below, 0, 2);
  const place = join(folder, ".clipfind");
  expect(await clipfind(["library", "init"], { cwd: folder })).toMatchObject({ code: 0, stdout: `${place}\n` });
  expect(await clipfind(["index", "."], { cwd: below })).toMatchObject({ code: 0 });
  const again = await clipfind(["library", "init", folder], { cwd: "/" });
  expect(again).toEqual({ code: 0, signal: null, stdout: `${place}\n`, stderr: "It was there already.\n" });
  const info = await clipfind(["library", "info", "--json"], { cwd: below });
  expect(info).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(info.stdout)).toMatchObject({ directory: place, files: { present: 2 } });
  expect(info).toEqual(await clipfind(["status", "--json"], { cwd: below }));
  expect(await clipfind(["library", "verify"], { cwd: below })).toMatchObject({ code: 0 });
});

test("a library is not made in a folder that is not there", async () => {
  const folder = temporaryDirectory();
  const missing = join(folder, "none");
  expect(await clipfind(["library", "init", missing])).toMatchObject({ code: 2, stdout: "" });
  expect(existsSync(missing)).toBe(false);
});

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClipfindError } from "@clipfind/core/errors";
import { directory as pictures } from "@clipfind/demo-photos";
import { demoMark } from "./demo-mark.ts";

/**
 * Makes `folder` with the first part of the demo's pictures, in place of what an earlier demo left there.
 * @throws ClipfindError INVALID_ARGUMENT when the folder holds anything else
 */
export function makeDemoFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    if (!existsSync(join(folder, demoMark))) {
      throw new ClipfindError("INVALID_ARGUMENT", `Expected an empty folder for the demo, but ${folder} is in use`, {
        hint: "Name another one with --directory.",
      });
    }
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, demoMark), "This folder was made by `clipfind demo` and may be deleted.\n");
  cpSync(join(pictures, "first"), folder, { recursive: true });
}

/** Adds the second part of the pictures. */
export function addLaterPictures(folder: string): void {
  cpSync(join(pictures, "later"), folder, { recursive: true });
}

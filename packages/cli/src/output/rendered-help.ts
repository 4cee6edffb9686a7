import { readFileSync } from "node:fs";

/** Where the build puts the help of all commands, from dist/output/. */
export const helpFiles = { plain: "../help.txt", coloured: "../help-coloured.txt" } as const;

/** The help of all commands, as the build has rendered it; undefined where it has not, and it must be made. */
export function renderedHelp(isColoured: boolean): string | undefined {
  try {
    return readFileSync(new URL(helpFiles[isColoured ? "coloured" : "plain"], import.meta.url), "utf8");
  } catch {
    return undefined;
  }
}

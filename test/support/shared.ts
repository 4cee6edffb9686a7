import { existsSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("../../../shared", import.meta.url));

/** Absolute path, without symbolic links, of the test data beside the repository; undefined where they are absent. */
export const shared: string | undefined = existsSync(`${directory}/README.md`) ? realpathSync(directory) : undefined;

/** Title of a suite that needs the test data; says so where they are absent and the suite is skipped. */
export function needsShared(title: string): string {
  return shared === undefined ? `${title} (skipped: ${sharedMissing})` : title;
}

/** Why a test that needs the test data was skipped. */
export const sharedMissing = "needs the test data folder `shared` beside the repository";

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("../../../shared", import.meta.url));

/** Absolute path of the test data folder that lies beside the repository, or undefined where it is absent. */
export const shared: string | undefined = existsSync(`${directory}/README.md`) ? directory : undefined;

/** What a test prints as the reason when it is skipped for want of the test data. */
export const sharedMissing = "needs the test data folder `shared` beside the repository";

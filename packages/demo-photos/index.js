import { join } from "node:path";

export const directory = join(import.meta.dirname, "pictures");

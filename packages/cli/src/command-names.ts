/** The words that commands begin with, but for a search, which needs none. */
export const commandNames = [
  "similar",
  "index",
  "watch",
  "status",
  "verify",
  "repair",
  "doctor",
  "gc",
  "merge",
  "library",
  "models",
  "import",
  "demo",
  "export",
  "config",
  "completions",
  "man",
] as const;
export type CommandName = (typeof commandNames)[number];

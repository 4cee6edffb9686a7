// The interactive mode, in one file: loaded only where it begins.
export { previewTerminal } from "./preview/preview-terminal.ts";
export { runInteractive } from "./interactive/run-interactive.ts";

/** Flags of Node that are for the program it was started with, and take a value. */
const ofProgram = new Set(["-e", "--eval", "-p", "--print", "-pe", "--input-type"]);

/**
 * The flags of Node (`process.execArgv`) that a child process with a program of its own is to have too: not those of a
 * script that was piped in or given with -e, nor those of debuggers and watchers.
 */
export function inheritedFlags(flags: readonly string[]): string[] {
  return flags.filter((flag, index) => {
    const isValue = ofProgram.has(flags[index - 1] ?? "");
    return !isValue && !ofProgram.has(flag) && !/^--(?:input-type=|eval=|print=|inspect|watch|test)/.test(flag);
  });
}

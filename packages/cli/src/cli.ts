import { Builtins, Cli } from "clipanion";
import { IndexCommand } from "./commands/index.ts";
import { SearchCommand } from "./commands/search.ts";
import { StatusCommand } from "./commands/status.ts";
import type { Context } from "./context.ts";
import { exitCode } from "./exit-code.ts";

/** Runs the command line `args` in `context`. Resolves to the exit code; never throws. */
export async function runCli(args: readonly string[], context: Context, version: string): Promise<number> {
  const cli = new Cli<Context>({ binaryLabel: "clipfind", binaryName: "clipfind", binaryVersion: version });
  for (const command of [SearchCommand, IndexCommand, StatusCommand]) cli.register(command);
  cli.register(Builtins.HelpCommand);
  cli.register(Builtins.VersionCommand);
  try {
    return await cli.run(cli.process([...args], context), context);
  } catch (error) {
    // clipanion itself would print it on standard output, where only results belong, and exit with 1.
    context.stderr.write(cli.error(error, {}));
    return exitCode.failure;
  }
}

import { Writable } from "node:stream";
import { Builtins, Cli } from "clipanion";
import { BaseCommand } from "./base-command.ts";
import { DemoCommand } from "./commands/demo.ts";
import { GcCommand } from "./commands/gc.ts";
import { ImportRclipCommand } from "./commands/import/rclip.ts";
import { IndexCommand } from "./commands/index.ts";
import { MergeCommand } from "./commands/merge.ts";
import { ModelsExportCommand } from "./commands/models/export.ts";
import { ModelsImportCommand } from "./commands/models/import.ts";
import { ModelsInfoCommand } from "./commands/models/info.ts";
import { ModelsListCommand } from "./commands/models/list.ts";
import { ModelsPullCommand } from "./commands/models/pull.ts";
import { ModelsRemoveCommand } from "./commands/models/remove.ts";
import { ModelsVerifyCommand } from "./commands/models/verify.ts";
import { RepairCommand } from "./commands/repair.ts";
import { SearchCommand } from "./commands/search.ts";
import { SimilarCommand } from "./commands/similar.ts";
import { StatusCommand } from "./commands/status.ts";
import { VerifyCommand } from "./commands/verify.ts";
import { WatchCommand } from "./commands/watch.ts";
import type { Context } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { namedOperands } from "./output/named-operands.ts";

/** Runs the command line `args` in `context`. Resolves to the exit code; never throws. */
export async function runCli(args: readonly string[], context: Context, version: string): Promise<number> {
  const cli = new Cli<Context>({
    binaryLabel: "clipfind",
    binaryName: "clipfind",
    binaryVersion: version,
    enableColors: context.colorDepth > 1,
  });
  for (const command of [
    SearchCommand,
    SimilarCommand,
    IndexCommand,
    WatchCommand,
    StatusCommand,
    VerifyCommand,
    RepairCommand,
    GcCommand,
    MergeCommand,
    ModelsListCommand,
    ModelsInfoCommand,
    ModelsPullCommand,
    ModelsImportCommand,
    ModelsExportCommand,
    ModelsVerifyCommand,
    ModelsRemoveCommand,
    ImportRclipCommand,
    DemoCommand,
  ]) {
    cli.register(command);
  }
  cli.register(Builtins.HelpCommand);
  cli.register(Builtins.VersionCommand);
  try {
    const command = cli.process([...args], context);
    // What is no command of ours is clipanion's help or version.
    const stdout = command instanceof BaseCommand ? context.stdout : renaming(context.stdout);
    return await cli.run(command, { ...context, stdout });
  } catch (error) {
    // clipanion itself would print it on standard output, where only results belong, and exit with 1.
    context.stderr.write(namedOperands(cli.error(error, {})));
    return exitCode.failure;
  }
}

function renaming(target: Writable): Writable {
  return new Writable({
    write: (text: Buffer, _, done) => {
      target.write(namedOperands(text.toString("utf8")), done);
    },
  });
}

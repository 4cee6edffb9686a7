import { Writable } from "node:stream";
import { ClipfindError } from "@clipfind/core/errors";
import type { Cli, Command, CommandClass } from "clipanion";
import { BaseCommand } from "./base-command.ts";
import { type CommandName, commandNames } from "./command-names.ts";
import { SearchCommand } from "./commands/search.ts";
import { settingsAsOptions } from "./config/settings-as-options.ts";
import { type SettingsInForce, settingsInForce } from "./config/settings-in-force.ts";
import type { Context } from "./context.ts";
import { earlyOptions } from "./early-options.ts";
import { exitCode } from "./exit-code.ts";
import { NotPlain } from "./not-plain.ts";
import { type ColorChoice, colorDepth } from "./output/color-depth.ts";
import { namedOperands } from "./output/named-operands.ts";
import { plainSearch } from "./plain-search.ts";
import { protectFilters } from "./protect-filters.ts";

/** The commands by the word they begin with; a search loads none of the others. */
const others: Readonly<Record<CommandName, () => Promise<CommandClass<Context> | readonly CommandClass<Context>[]>>> = {
  similar: async () => (await import("./commands/similar.ts")).SimilarCommand,
  index: async () => (await import("./commands/index.ts")).IndexCommand,
  watch: async () => (await import("./commands/watch.ts")).WatchCommand,
  status: async () => (await import("./commands/status.ts")).StatusCommand,
  verify: async () => (await import("./commands/verify.ts")).VerifyCommand,
  repair: async () => (await import("./commands/repair.ts")).RepairCommand,
  doctor: async () => (await import("./commands/doctor.ts")).DoctorCommand,
  gc: async () => (await import("./commands/gc.ts")).GcCommand,
  merge: async () => (await import("./commands/merge.ts")).MergeCommand,
  library: async () => [
    (await import("./commands/init.ts")).InitCommand,
    (await import("./commands/library/move.ts")).MoveCommand,
    (await import("./commands/library/compact.ts")).CompactCommand,
    ...(await loaded(["status", "verify", "repair", "gc", "merge"])),
  ],
  models: async () => (await import("./models-commands.ts")).modelsCommands,
  import: async () => (await import("./commands/import/rclip.ts")).ImportRclipCommand,
  demo: async () => (await import("./commands/demo.ts")).DemoCommand,
  export: async () => (await import("./commands/export.ts")).ExportCommand,
  config: async () => (await import("./commands/config/config-commands.ts")).configCommands,
  completions: async () => (await import("./commands/completions.ts")).CompletionsCommand,
  man: async () => (await import("./commands/man.ts")).ManCommand,
};

/** These are about all commands. */
const aboutAll: ReadonlySet<string | undefined> = new Set(["completions", "man"]);

/** Runs the command line `args` in `context`. Resolves to the exit code; never throws. */
export async function runCli(
  args: readonly string[],
  given: Omit<Context, "settings">,
  version: string,
): Promise<number> {
  const words = protectFilters(args);
  let context = settled(given, { values: new Map(), warnings: [] });
  const some = commandNames.filter((name) => aboutAll.has(args[0]) || args.includes(name));
  try {
    const plain = some.length > 0 || args.includes("search") ? undefined : plainSearch(words, context);
    if (plain !== undefined) {
      const set = await withSettings(context, args);
      const options = settingsAsOptions(plain, set.settings);
      const command =
        options.length > 0 ? plainSearch([...options, ...words], set) : Object.assign(plain, { context: set });
      if (command !== undefined) return await command.validateAndExecute();
    }
  } catch (error) {
    if (!(error instanceof NotPlain)) return told(error, await toldOf(error, args), args, context);
  }
  let cli = await withCommands(some, context, version);
  try {
    let command: Command<Context>;
    try {
      command = cli.process(words, context);
      // Help is about all of them.
      if (!(command instanceof BaseCommand)) throw new Error("not ours");
    } catch {
      // So is what is said of a line that is none of theirs.
      cli = await withCommands(commandNames, context, version);
      command = cli.process(words, context);
    }
    if (command instanceof BaseCommand && command.usesSettings) {
      context = await withSettings(context, args);
      const options = settingsAsOptions(command, context.settings);
      // What the user's line says comes behind them, and counts.
      if (options.length > 0) command = cli.process([...options, ...words], context);
    }
    // What is no command of ours is clipanion's help or version.
    const stdout = command instanceof BaseCommand ? context.stdout : renaming(context.stdout);
    return await cli.run(command, { ...context, stdout });
  } catch (error) {
    // clipanion itself would print it on standard output, where only results belong, and exit with 1.
    return told(error, await toldOf(error, args, cli), args, context);
  }
}

/** The same with what files and environment set. */
async function withSettings(context: Context, args: readonly string[]): Promise<Context> {
  const settings = await settingsInForce(context);
  const set = settled(context, settings);
  const color = settings.values.get("color");
  // All else that colours go by was known before.
  if (color === undefined || color.source === "environment") return set;
  const depth = colorDepth(context.stdout, context.env, earlyOptions(args).color, color.value as ColorChoice);
  return Object.assign(set, { colorDepth: depth });
}

/** A copy with these settings, in which what is made when it is asked for still is. */
function settled(context: Omit<Context, "settings">, settings: SettingsInForce): Context {
  const copy = Object.defineProperties({}, Object.getOwnPropertyDescriptors(context)) as Omit<Context, "settings">;
  return Object.assign(copy, { settings });
}

/** Writes why a line is not followed; returns the exit code. */
function told(error: unknown, text: string, args: readonly string[], context: Context): number {
  const isOurs = error instanceof ClipfindError;
  const message = isOurs ? error.message : text.replace(/^clipfind: /, "").trim();
  const line = { level: "error", message, ...(isOurs && { hint: error.hint }), code: isOurs ? error.code : "USAGE" };
  context.stderr.write(earlyOptions(args).logFormat === "json" ? `${JSON.stringify(line)}\n` : text);
  return exitCode.failure;
}

/** What people are told of a line that is no command's. */
async function toldOf(error: unknown, args: readonly string[], cli?: Cli<Context>): Promise<string> {
  if (error instanceof ClipfindError)
    return `clipfind: ${error.message}\n${error.hint === undefined ? "" : `${error.hint}\n`}`;
  if (cli === undefined) throw error;
  const isSyntax =
    error instanceof Error && (error.name === "UnknownSyntaxError" || error.name === "AmbiguousSyntaxError");
  if (!isSyntax) return namedOperands(cli.error(error, {}));
  const { usageProblem } = await import("./usage-problem.ts");
  const { commandLines } = await import("./command-lines.ts");
  const { candidates } = error as Error & { candidates?: readonly { readonly reason?: string | null }[] };
  const reason = candidates?.find((candidate) => typeof candidate === "object" && candidate.reason)?.reason;
  return usageProblem(reason ?? error.message, args, commandLines(cli));
}

async function withCommands(names: readonly CommandName[], context: Context, version: string): Promise<Cli<Context>> {
  const { HelpCommand, VersionCommand } = await import("./clipanion.ts");
  const { HelpingCli } = await import("./helping-cli.ts");
  const cli = new HelpingCli({
    binaryLabel: "clipfind",
    binaryName: "clipfind",
    binaryVersion: version,
    enableColors: context.colorDepth > 1,
  });
  cli.register(SearchCommand);
  // Some go by two names.
  for (const command of new Set(await loaded(names))) cli.register(command);
  cli.register(HelpCommand);
  cli.register(VersionCommand);
  return cli;
}

async function loaded(names: readonly CommandName[]): Promise<CommandClass<Context>[]> {
  return (await Promise.all(names.map((name) => others[name]()))).flat();
}

function renaming(target: Writable): Writable {
  return new Writable({
    write: (text: Buffer, _, done) => {
      target.write(namedOperands(text.toString("utf8")), done);
    },
  });
}

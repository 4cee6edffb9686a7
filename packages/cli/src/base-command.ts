import { existsSync } from "node:fs";
import { join } from "node:path";
import { ClipfindError, type Library, libraryDirectory } from "@clipfind/core";
import { Command, Option, UsageError } from "clipanion";
import type { Context } from "./context.ts";
import { demoMark } from "./demo/demo-folder.ts";
import { exitCode } from "./exit-code.ts";
import { namedOperands } from "./output/named-operands.ts";
import { printable } from "./output/printable.ts";

/** What all commands share: the library and model options, and how errors are told. */
export abstract class BaseCommand extends Command<Context> {
  library = Option.String("--library", {
    description: "Directory of the index. Else CLIPFIND_LIBRARY, the nearest .clipfind/ upward, your data directory",
  });

  model = Option.String("--model", {
    description: "Model directory. Else CLIPFIND_MODEL, the model the library was indexed with, the mini model",
  });

  json = Option.Boolean("--json", false, { description: "Print one JSON document on standard output" });

  /** Does the work; resolves to the exit code. */
  abstract run(): Promise<number>;

  override execute(): Promise<number> {
    return this.run();
  }

  /** Tells every failure on standard error, where clipanion would use standard output and exit with 1. */
  override async validateAndExecute(): Promise<number> {
    try {
      return await super.validateAndExecute();
    } catch (error) {
      if (error instanceof UsageError) {
        this.context.stderr.write(namedOperands(this.cli.error(error, { command: this })));
        return exitCode.failure;
      }
      if (error instanceof ClipfindError) {
        this.complain(error.message);
        if (error.hint !== undefined) this.context.stderr.write(`${error.hint}\n`);
        return error.code === "ABORTED" ? exitCode.interrupted : exitCode.failure;
      }
      const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.complain(`internal error, please report it:\n${details}`);
      return exitCode.failure;
    }
  }

  protected get libraryDirectory(): string {
    return libraryDirectory({ explicit: this.library, env: this.context.env, cwd: this.context.cwd });
  }

  protected get modelDirectory(): string | undefined {
    return this.model ?? (this.context.env["CLIPFIND_MODEL"] || undefined);
  }

  /** Says so where drawings are what the model knows, and photographs are what it will be asked for. */
  protected warnOfMiniModel(library: Library): void {
    if (!library.usesMiniModel || existsSync(join(library.directory, "..", demoMark))) return;
    this.complain("using the mini model that ships with clipfind: it knows drawings, not photographs");
    this.context.stderr.write("For photographs name a CLIP model: --model DIR (docs/models.md).\n");
  }

  protected print(line: string): void {
    this.context.stdout.write(`${line}\n`);
  }

  protected complain(message: string): void {
    this.context.stderr.write(`clipfind: ${message}\n`);
  }

  protected complainAbout(path: string, reason: string): void {
    this.complain(`${printable(path)}: ${reason}`);
  }
}

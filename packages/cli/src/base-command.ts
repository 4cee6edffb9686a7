import { ClipfindError } from "@clipfind/core/errors";
import { Command, UsageError } from "clipanion";
import type { Context } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { namedOperands } from "./output/named-operands.ts";

/** What all commands share: how they print, and how errors are told. */
export abstract class BaseCommand extends Command<Context> {
  /** Whether files and environment set the defaults of its options. */
  get usesSettings(): boolean {
    return false;
  }

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

  protected print(line: string): void {
    this.context.stdout.write(`${line}\n`);
  }

  protected complain(message: string): void {
    this.context.stderr.write(`clipfind: ${message}\n`);
  }
}

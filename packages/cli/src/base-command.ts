import { PassThrough } from "node:stream";
import { ClipfindError } from "@clipfind/core/errors";
import { Command, Option, UsageError } from "clipanion";
import * as t from "typanion";
import type { Context } from "./context.ts";
import { exitCode } from "./exit-code.ts";
import { NotPlain } from "./not-plain.ts";
import { colorChoices } from "./output/color-depth.ts";
import { type Message, logFormats, messageText } from "./output/messages.ts";
import { namedOperands } from "./output/named-operands.ts";

/** What all commands share: how they print, and how errors are told. */
export abstract class BaseCommand extends Command<Context> {
  quiet = Option.Boolean("-q,--quiet", false, { description: "Tell nothing on standard error but errors" });

  verbose = Option.Boolean("-v,--verbose", false, {
    description: "Tell more: where the time went, what lies behind an error",
  });

  color = Option.String("--color", {
    description:
      "Colours: always, never, or auto, which is on a terminal unless NO_COLOR is set (default: your setting, else auto; docs/output.md)",
    validator: t.isEnum(colorChoices),
  });

  logFormat = Option.String("--log-format", "text", {
    description: "What standard error is written as: text, or json, an object per line (default text)",
    validator: t.isEnum(logFormats),
  });

  /** What takes a line where a bar is drawn, so that the line does not tear it. */
  #bar: { line(text: string): void } | undefined;
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
      // Which counts for nothing, but would have been expected to.
      for (const warning of this.context.settings.warnings) this.complain(warning);
      return await super.validateAndExecute();
    } catch (error) {
      if (error instanceof NotPlain) throw error;
      if (error instanceof UsageError) {
        const text = namedOperands(this.cli.error(error, { command: this }));
        if (this.logFormat === "json") this.#write({ level: "error", message: error.message, code: "USAGE" });
        else this.context.stderr.write(text);
        return exitCode.failure;
      }
      if (error instanceof ClipfindError) {
        const { message, hint, code } = error;
        this.#write({ level: "error", message: `${message}${this.verbose ? behind(error) : ""}`, hint, code });
        return code === "ABORTED" ? exitCode.interrupted : exitCode.failure;
      }
      const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#write({ level: "error", message: `internal error, please report it:\n${details}`, code: "INTERNAL" });
      return exitCode.failure;
    }
  }

  protected print(line: string): void {
    this.context.stdout.write(`${line}\n`);
  }

  /** Tells what is wrong though the work goes on, and what to do about it. */
  protected complain(message: string, hint?: string): void {
    this.#write({ level: "warning", message, hint });
  }

  /** Tells why the work cannot be done; the command goes on to its exit code. */
  protected fail(message: string, hint?: string): void {
    this.#write({ level: "error", message, hint });
  }

  /** Tells what goes on. */
  protected report(message: string): void {
    this.#write({ level: "info", message });
  }

  /** The same for lines that stand for themselves, without `clipfind:`. */
  protected tell(line: string): void {
    this.#write({ level: "info", message: line }, true);
  }

  /** Where a bar may be drawn: standard error, or nowhere where that must hold nothing else than JSON, or errors. */
  protected get barStream(): NodeJS.WritableStream {
    return this.quiet || this.logFormat === "json" ? new PassThrough() : this.context.stderr;
  }

  /** From here on messages go through what draws a bar; without it, straight on. */
  protected tellAbove(bar: { line(text: string): void } | undefined): void {
    this.#bar = bar;
  }

  #write(message: Message, isBare = false): void {
    const text = messageText(message, { format: this.logFormat, quiet: this.quiet }, isBare);
    if (text === "") return;
    // Where no bar can be drawn there is none to tear.
    if (this.#bar !== undefined && this.logFormat === "text" && !this.quiet) this.#bar.line(text.slice(0, -1));
    else this.context.stderr.write(text);
  }
}

/** What caused an error, as far as it is known. */
function behind(error: Error): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return "";
  return `\n  because: ${cause.message}${behind(cause)}`;
}

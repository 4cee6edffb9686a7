import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "@lydell/node-pty";
import headless from "@xterm/headless";
import { onTestFinished } from "vitest";
import { mainFile } from "./clipfind.ts";

export interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  readonly columns?: number;
  readonly rows?: number;
  /** What the terminal answers when it is asked what it is; xterm's own answers unless given. */
  readonly answers?: string;
  /** Another program and its arguments, such as a shell, in whose terminal the command is typed. */
  readonly program?: readonly [string, ...string[]];
}

/** The command as it is typed in a shell. */
export function typedCommand(args: readonly string[]): string {
  return [process.execPath, mainFile, ...args].map((word) => `'${word}'`).join(" ");
}

/** The built command in a pseudo-terminal, with a terminal (xterm's own emulation) that shows what it writes. */
export class TerminalRun {
  readonly #terminal: InstanceType<typeof headless.Terminal>;
  readonly #process: ReturnType<typeof spawn>;
  readonly #waiting = new Set<() => void>();
  /** All that was written, escape sequences and all. */
  output = "";
  /** Resolves when the process is gone and all it wrote is on the screen. */
  readonly ended: Promise<{ readonly code: number; readonly signal: number | undefined }>;
  #end: string | undefined;

  constructor(args: readonly string[], { cwd, env = {}, columns = 80, rows = 24, answers, program }: TerminalOptions) {
    const { PATH = "", HOME = "" } = process.env;
    this.#terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
    const [file, ...words] = program ?? [process.execPath, mainFile, ...args];
    this.#process = spawn(file, words, {
      // It becomes TERM.
      name: env["TERM"] ?? "xterm-256color",
      cols: columns,
      rows,
      cwd,
      env: {
        PATH,
        HOME,
        NODE_COMPILE_CACHE: join(tmpdir(), "clipfind-tests-compiled"),
        ...env,
      },
    });
    // What the terminal answers to questions.
    this.#terminal.onData((data) => {
      if (answers === undefined) this.#process.write(data);
    });
    // They wait until they are asked for: who is asked may be slower than the patience for an answer.
    if (answers !== undefined) this.#process.write(answers);
    this.#process.onData((data) => {
      this.output += data;
      this.#terminal.write(data, () => this.#changed());
    });
    this.ended = new Promise((resolve) => {
      this.#process.onExit(({ exitCode, signal }) => {
        this.#end = `exit code ${exitCode}`;
        this.#terminal.write("", () => {
          this.#changed();
          resolve({ code: exitCode, signal });
        });
      });
    });
    onTestFinished(() => this.#process.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The lines on the screen, without blanks at their ends; those at the bottom that are empty are left out. */
  get screen(): string[] {
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: this.#terminal.rows }, (_, row) => {
      return (
        active
          .getLine(active.viewportY + row)
          ?.translateToString(true)
          .trimEnd() ?? ""
      );
    });
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }

  /** All lines, those that have scrolled away, too. */
  get scrollback(): string[] {
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
    while (lines.at(-1) === "") lines.pop();
    return lines.map((line) => line.trimEnd());
  }

  /** Whether the other screen is shown. */
  get isAlternate(): boolean {
    return this.#terminal.buffer.active.type === "alternate";
  }

  get cursor(): { readonly row: number; readonly column: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { row: cursorY, column: cursorX };
  }

  /** Whether the terminal marks what is pasted. */
  get marksPastes(): boolean {
    return this.#terminal.modes.bracketedPasteMode;
  }

  type(text: string): void {
    this.#process.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  /** Resolves as soon as the screen, and all that was written, fit; rejects when the process has ended before. */
  async until(fits: (screen: string[], output: string) => boolean): Promise<void> {
    while (!fits(this.screen, this.output)) {
      if (this.#end !== undefined) {
        throw new Error(`ended (${this.#end}) with this on the screen:\n${this.scrollback.join("\n")}`);
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

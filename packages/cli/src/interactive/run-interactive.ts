import { emitKeypressEvents, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import type { Hit, Library, SearchOptions } from "@clipfind/core";
import type { PreviewTerminal } from "../preview/preview-terminal.ts";
import { withoutAnswers } from "../preview/terminal-answers.ts";
import { Actions } from "./actions.ts";
import type { Event } from "./events.ts";
import { keyEvents } from "./key-events.ts";
import { PreviewPane } from "./preview-pane.ts";
import { render } from "./render.ts";
import { Screen } from "./screen.ts";
import { Searches } from "./searches.ts";
import { initialState, type State } from "./state.ts";
import { step } from "./step.ts";

/** What the interactive mode works with. */
export interface InteractiveMode {
  readonly library: Library;
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly cwd: string;
  /** Ends it as Ctrl-C does. */
  readonly signal: AbortSignal;
  /** For every search. */
  readonly options: Omit<SearchOptions, "signal" | "cwd">;
  /** How pictures are shown; undefined: not at all. */
  readonly terminal: PreviewTerminal | undefined;
}

/** Milliseconds after which an ESC is the key, and not the beginning of another key's sequence. */
const escapeTimeout = 50;

/**
 * Runs the interactive mode until it is left. The terminal is put back as it was, however that comes: also when the
 * process is stopped (Ctrl-Z), ended by a signal, or fails.
 * @returns the photos whose paths are to be printed, and whether it was interrupted
 */
export async function runInteractive(
  mode: InteractiveMode,
): Promise<{ paths: readonly Hit[]; isInterrupted: boolean }> {
  const { stdin, stdout, cwd, signal, terminal } = mode;
  const screen = new Screen(stdout);
  const pane = terminal === undefined ? undefined : new PreviewPane(terminal, screen);
  const ended = Promise.withResolvers<NonNullable<State["end"]>>();
  let state = initialState(...sizeOf(stdout));

  const draw = (): void => {
    const frame = render(state, cwd, pane !== undefined);
    pane?.show(state.hits[state.selected], frame.preview);
    screen.draw(frame);
  };
  const redraw = (): void => {
    pane?.clear();
    screen.clear();
    draw();
  };
  const happen = (event: Event): void => {
    if (state.end !== undefined) return;
    const [next, ...effects] = step(state, event);
    state = next;
    if (state.end !== undefined) return ended.resolve(state.end);
    draw();
    for (const effect of effects) {
      if (effect.type === "redraw") redraw();
      else if (effect.type === "suspend") suspend();
      else if (effect.type === "search") searches.begin(effect);
      else if (effect.type === "cancel") searches.cancel();
      else void actions.act(effect);
    }
  };
  const searches = new Searches(mode, happen);
  const actions = new Actions(mode, screen, happen);

  const enter = (): void => {
    stdin.setRawMode(true);
    stdin.resume();
    screen.enter();
    redraw();
  };
  const leave = (): void => {
    pane?.clear();
    screen.leave();
    stdin.setRawMode(false);
    stdin.pause();
  };
  /** The shell gets its terminal back until it lets this program go on. */
  const suspend = (): void => {
    // Windows has no such thing.
    if (process.platform === "win32") return;
    leave();
    process.off("SIGTSTP", suspend);
    // The group: what started this program, such as npx, stops too. The call returns when all go on.
    process.kill(0, "SIGTSTP");
    setImmediate(() => {
      process.on("SIGTSTP", suspend);
      if (state.end === undefined) enter();
    });
  };
  const resize = (): void => {
    pane?.clear();
    screen.clear();
    const [columns, rows] = sizeOf(stdout);
    happen({ type: "resize", columns, rows });
  };
  const interrupt = (): void => ended.resolve({ paths: [], isInterrupted: true });
  const typed = new PassThrough();
  emitKeypressEvents(typed, { escapeCodeTimeout: escapeTimeout } as unknown as Interface);
  typed.on("keypress", keyEvents(happen));
  const read = (bytes: Buffer): unknown => typed.write(withoutAnswers(bytes));

  stdin.on("data", read);
  // The terminal is gone.
  stdin.on("end", interrupt);
  stdin.on("error", interrupt);
  stdout.on("resize", resize);
  signal.addEventListener("abort", interrupt);
  process.on("exit", leave);
  process.on("uncaughtExceptionMonitor", leave);
  if (process.platform !== "win32") {
    process.on("SIGTSTP", suspend);
    process.on("SIGCONT", enter);
  }
  try {
    if (signal.aborted) interrupt();
    enter();
    mode.library.warmUp();
    if (terminal !== undefined) read(terminal.typed);
    return await ended.promise;
  } finally {
    searches.cancel();
    leave();
    stdin.off("data", read).off("end", interrupt).off("error", interrupt);
    stdout.off("resize", resize);
    signal.removeEventListener("abort", interrupt);
    process.off("exit", leave).off("uncaughtExceptionMonitor", leave).off("SIGTSTP", suspend).off("SIGCONT", enter);
  }
}

/** A terminal in the background may say that it has no size. */
function sizeOf({ columns, rows }: WriteStream): [number, number] {
  return [columns || 80, rows || 24];
}

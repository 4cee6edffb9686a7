import type { ReadStream, WriteStream } from "node:tty";
import {
  isWholeAnswer,
  readAnswers,
  type TerminalAnswers,
  terminalQuestions,
  withoutAnswers,
} from "./terminal-answers.ts";

/** Milliseconds: a terminal answers at once, but for one behind a slow line. */
const patience = 300;

/** Ctrl-C, as a terminal sends it that makes no signal of it. */
const interrupt = "\u0003";

/**
 * Asks the terminal what it is, and waits for its answer no longer than 300 ms. Ctrl-C does meanwhile what it always does.
 * @param input - a terminal that nothing else reads; it is left paused and as it was
 * @returns its answers, and what else was typed
 */
export async function askTerminal(
  input: ReadStream,
  output: WriteStream,
): Promise<TerminalAnswers & { readonly typed: Buffer }> {
  const screen = { columns: output.columns || 80, rows: output.rows || 24 };
  const wasRaw = input.isRaw;
  let text = "";
  // Else the terminal would show its answer, and keep it until Enter is pressed.
  input.setRawMode(true);
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      const read = (chunk: Buffer): void => {
        text += chunk.toString("latin1");
        if (!isWholeAnswer(text)) return;
        clearTimeout(timer);
        input.off("data", read);
        resolve();
      };
      input.on("data", read);
      output.write(terminalQuestions);
    });
  } finally {
    input.removeAllListeners("data");
    input.pause();
    input.setRawMode(wasRaw);
  }
  if (text.includes(interrupt)) process.kill(process.pid, "SIGINT");
  return { ...readAnswers(text, screen), typed: withoutAnswers(Buffer.from(text, "latin1")) };
}

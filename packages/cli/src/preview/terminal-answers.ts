/** What a terminal says of itself. */
export interface TerminalAnswers {
  /** Size of a character in pixels; undefined where it does not say, or says nothing that can be. */
  readonly cell: { readonly width: number; readonly height: number } | undefined;
  readonly hasSixel: boolean;
}

/**
 * The questions: size of a cell and of the window in pixels (xterm's window operations 16 and 14), and the attributes
 * of the device (DA1), which every terminal answers, and last.
 */
export const terminalQuestions = "\u001b[16t\u001b[14t\u001b[c";

/** Nothing follows an answer to DA1. */
export function isWholeAnswer(text: string): boolean {
  return attributes.test(text);
}

// oxlint-disable-next-line no-control-regex -- the answer is a control sequence
const attributes = /\u001b\[\?([\d;]*)c/;

/**
 * Reads the answers to {@link terminalQuestions}.
 * @param text - what the terminal sent, maybe among other input
 * @param screen - the window's size in characters, by which its size in pixels is divided
 */
export function readAnswers(
  text: string,
  screen: { readonly columns: number; readonly rows: number },
): TerminalAnswers {
  const cell = sizeIn(text, 6);
  const window = sizeIn(text, 4);
  const divided =
    window === undefined
      ? undefined
      : { width: Math.floor(window.width / screen.columns), height: Math.floor(window.height / screen.rows) };
  const hasSixel = (attributes.exec(text)?.[1] ?? "").split(";").slice(1).includes("4");
  return { cell: [cell, divided].find((size) => size !== undefined && isCell(size)), hasSixel };
}

function sizeIn(text: string, kind: number): { width: number; height: number } | undefined {
  const found = new RegExp(`\u001b\\[${kind};(\\d{1,6});(\\d{1,6})t`).exec(text);
  return found === null ? undefined : { width: Number(found[2]), height: Number(found[1]) };
}

/** A window in the background, or one without pixels, may answer with zeros. */
function isCell({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return width >= 3 && height >= 5 && width <= 100 && height <= 200;
}

/** What was typed, without answers that came after the patience for them was over: node:readline would type them. */
export function withoutAnswers(input: Buffer): Buffer {
  // Latin-1: every byte stays what it is.
  return Buffer.from(input.toString("latin1").replaceAll(answers, ""), "latin1");
}

// oxlint-disable-next-line no-control-regex -- the answers are control sequences
const answers = /\u001b\[(?:\?[\d;]*c|[46];\d+;\d+t)/g;

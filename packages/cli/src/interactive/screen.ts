import type { WriteStream } from "node:tty";
import type { Frame } from "./render.ts";

const start = "\u001b[";

/**
 * The terminal's other screen: what was on it before comes back. Bracketed paste is on, and lines are not wrapped.
 * Only rows that changed are written, and shown all at once (mode 2026, where the terminal has it).
 */
export class Screen {
  readonly #output: WriteStream;
  #lines: readonly string[] = [];
  /** Where the picture is. */
  #preview = "";
  #isOn = false;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  /** Switches to it; the next frame is drawn as a whole. */
  enter(): void {
    this.#isOn = true;
    this.#lines = [];
    this.#output.write(`${start}?1049h${start}?2004h${start}?7l${start}H${start}2J`);
  }

  /** Switches back. May be called any number of times, also while the process ends. */
  leave(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#output.write(`${start}0m${start}?7h${start}?2004l${start}?25h${start}?1049l`);
  }

  /** Forgets what is on it. */
  clear(): void {
    this.#lines = [];
    if (this.#isOn) this.#output.write(`${start}H${start}2J`);
  }

  draw({ lines, cursor, preview }: Frame): void {
    if (!this.#isOn) return;
    // Beside a picture lines are shorter, and what was behind their ends would stay.
    if (JSON.stringify(preview ?? "") !== this.#preview) this.clear();
    this.#preview = JSON.stringify(preview ?? "");
    const changed = lines.flatMap((line, row) => (line === this.#lines[row] ? [] : [`${start}${row + 1};1H${line}`]));
    this.#lines = lines;
    const place = `${start}${cursor.row + 1};${cursor.column + 1}H`;
    this.#output.write(`${start}?2026h${start}?25l${changed.join("")}${place}${start}?25h${start}?2026l`);
  }

  /** Writes something else, such as a picture, and puts the cursor back. */
  write(text: string): void {
    if (this.#isOn) this.#output.write(`\u001b7${start}?25l${text}\u001b8${start}?25h`);
  }
}

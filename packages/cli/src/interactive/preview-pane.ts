import type { Hit } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { type Drawing, drawPicture } from "../preview/draw-picture.ts";
import { fitted } from "../preview/fitted.ts";
import { kittyRemoval } from "../preview/kitty-picture.ts";
import { passedThrough } from "../preview/multiplexer.ts";
import { pictureIds } from "../preview/picture-ids.ts";
import type { PreviewTerminal } from "../preview/preview-terminal.ts";
import { noPreview } from "../preview/print-previews.ts";
import type { Frame } from "./render.ts";
import type { Screen } from "./screen.ts";
import { keyOf } from "./state.ts";

/** Milliseconds: who walks through the list does not wait for the pictures on the way. */
const rest = 60;

type Place = NonNullable<Frame["preview"]>;

/** The picture beside the list: draws what is selected, some time after it was. */
export class PreviewPane {
  readonly #terminal: PreviewTerminal;
  readonly #screen: Screen;
  #shown = "";
  #place: Place | undefined;
  #picture: number | undefined;
  #abort = new AbortController();

  constructor(terminal: PreviewTerminal, screen: Screen) {
    this.#terminal = terminal;
    this.#screen = screen;
  }

  /** Shows the picture of `hit` at `place`; nothing where one of them is undefined. */
  show(hit: Hit | undefined, place: Place | undefined): void {
    const wanted = hit === undefined || place === undefined ? "" : `${JSON.stringify(place)}${keyOf(hit)}`;
    if (wanted === this.#shown) return;
    this.clear();
    this.#shown = wanted;
    if (hit === undefined || place === undefined) return;
    this.#place = place;
    const { signal } = this.#abort;
    setTimeout(() => void this.#draw(hit, place, signal), rest).unref();
  }

  /** Takes the picture away; what is wanted next is drawn again. */
  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#shown = "";
    const removal =
      this.#picture === undefined ? "" : passedThrough(kittyRemoval(this.#picture), this.#terminal.multiplexer);
    const blanks =
      this.#place === undefined ? [] : Array<string>(this.#place.rows).fill(" ".repeat(this.#place.columns));
    if (removal !== "" || blanks.length > 0) {
      this.#screen.write(removal + (this.#place === undefined ? "" : linesAt(blanks, this.#place)));
    }
    this.#picture = undefined;
    this.#place = undefined;
  }

  async #draw(hit: Hit, place: Place, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { columns, rows } = place;
    const id = pictureIds.next();
    const drawing = await drawPicture(this.#terminal, { path: hit.pathBytes, columns, rows, id, signal }).catch(
      (error: unknown): Drawing => {
        const reason = error instanceof ClipfindError ? noPreview(error) : String(error);
        return { columns, rows: 1, lines: [fitted(reason, columns)] };
      },
    );
    if (signal.aborted) return;
    if (this.#terminal.protocol === "kitty") this.#picture = id;
    const picture =
      "sequence" in drawing ? `${placeAt(place.row, place.column)}${drawing.sequence}` : linesAt(drawing.lines, place);
    this.#screen.write((drawing.before ?? "") + picture);
  }
}

function linesAt(lines: readonly string[], { row, column }: Place): string {
  return lines.map((line, index) => placeAt(row + index, column) + line).join("");
}

function placeAt(row: number, column: number): string {
  return `\u001b[${row + 1};${column + 1}H`;
}

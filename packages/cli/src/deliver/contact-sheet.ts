import { realpathSync } from "node:fs";
import { posix, sep } from "node:path";
import type { Hit } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { photoThumbnail } from "@clipfind/core/thumbnail";
import { type SheetEntry, sheetEnd, sheetFigure, sheetStart } from "../output/contact-sheet.ts";
import { encodedPath, fileUrl } from "../output/file-url.ts";
import { pathFromHere } from "../output/path-from-here.ts";
import { percent } from "../output/percent.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";
import { shownPath } from "../output/shown-path.ts";

/** Pixels on the longer side of a thumbnail. */
const side = 320;
/** Thumbnails in the making, or made and not yet written. */
const ahead = 8;

export interface SheetRequest {
  readonly title: string;
  readonly cwd: string;
  /** The folder that the sheet will lie in, from which its links lead; undefined makes them absolute. */
  readonly folder: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * The photos as an HTML page in pieces, in their order: a few thumbnails are in memory at a time, however many there are.
 * A photo of which none can be made has its place, and the reason there.
 * @throws ClipfindError ABORTED
 */
export async function* contactSheet(hits: readonly Hit[], request: SheetRequest): AsyncGenerator<string> {
  const { title, signal } = request;
  yield sheetStart(title, plural(hits.length, "photo"));
  const folder = request.folder === undefined ? undefined : realpathSync(request.folder);
  const making: Promise<SheetEntry>[] = [];
  for (let next = 0, at = 0; at < hits.length; at++) {
    for (; next < hits.length && next < at + ahead; next++)
      making.push(entryOf(hits[next] as Hit, next, { ...request, folder }));
    try {
      yield sheetFigure(await (making.shift() as Promise<SheetEntry>));
    } catch (error) {
      for (const other of making) other.catch(() => undefined);
      throw error;
    }
    if (signal.aborted) throw new ClipfindError("ABORTED", "The contact sheet was not finished.");
  }
  yield sheetEnd;
}

async function entryOf(hit: Hit, index: number, { cwd, folder, signal }: SheetRequest): Promise<SheetEntry> {
  const { pathBytes, score, confidence } = hit;
  const facts = [
    `${index + 1}.`,
    ...(confidence === undefined ? [] : [percent(confidence)]),
    ...(score === undefined ? [] : [score.toFixed(3)]),
  ].join(" ");
  return {
    href: hrefOf(pathBytes, folder),
    path: shownPath(pathFromHere(pathBytes, cwd)),
    facts,
    picture: await pictureOf(pathBytes, signal),
  };
}

/** Relative where it can be, so that sheet and photos may move together; Windows' drives are no folders of one another. */
function hrefOf(path: Buffer, folder: string | undefined): string {
  if (folder === undefined || sep !== "/") return fileUrl(path);
  const relative = posix.relative(Buffer.from(folder).toString("latin1"), path.toString("latin1"));
  return encodedPath(Buffer.from(`./${relative}`, "latin1"));
}

async function pictureOf(path: Buffer, signal: AbortSignal): Promise<SheetEntry["picture"]> {
  try {
    const { bytes, width, height } = await photoThumbnail(path, { width: side, height: side, format: "jpeg", signal });
    return { jpeg: bytes, width, height };
  } catch (error) {
    if (!(error instanceof ClipfindError) || error.code !== "IMAGE_UNREADABLE") throw error;
    return { problem: printable(error.message) };
  }
}

import { dirname } from "node:path";
import type { Hit } from "@clipfind/core";
import { fileUrl } from "./file-url.ts";
import { pathFromHere } from "./path-from-here.ts";
import { shownName } from "./shown-name.ts";
import { printable } from "./printable.ts";
import { shownPath } from "./shown-path.ts";

/** A hit in its place among the others. */
export interface RankedHit {
  readonly hit: Hit;
  /** From 1. */
  readonly rank: number;
  /** The working directory. */
  readonly cwd: string;
}

export interface HitField {
  /** For docs/output.md, which a test compares. */
  readonly description: string;
  /** "" where it is not known. */
  readonly text: (ranked: RankedHit) => string;
}

/** Over the bytes of the path. */
function shownFolder(path: Buffer): string {
  return shownPath(Buffer.from(dirname(path.toString("latin1")), "latin1"));
}

/** What a photo says of itself may hold anything, line ends and codes that drive a terminal included. */
function shownText(text: string | undefined): string {
  return printable(text ?? "");
}

/** What can be said of a hit as text: the fields of --format, some of which are columns of --csv. */
export const hitFields = {
  rank: { description: "1 for the best", text: ({ rank }) => String(rank) },
  score: { description: "cosine of query and photo, six decimals", text: ({ hit }) => hit.score?.toFixed(6) ?? "" },
  confidence: {
    description: "how likely it is right, 0 to 1, four decimals",
    text: ({ hit }) => hit.confidence?.toFixed(4) ?? "",
  },
  path: { description: "absolute path", text: ({ hit }) => shownPath(hit.pathBytes) },
  relative: {
    description: "path from the working directory if it is below, else absolute",
    text: ({ hit, cwd }) => shownPath(pathFromHere(hit.pathBytes, cwd)),
  },
  name: { description: "name of the file", text: ({ hit }) => shownName(hit.pathBytes) },
  dir: { description: "absolute path of its folder", text: ({ hit }) => shownFolder(hit.pathBytes) },
  url: {
    description: "file URL, percent-encoded from the bytes of the path",
    text: ({ hit }) => fileUrl(hit.pathBytes),
  },
  copies: {
    description: "number of further files of the same content",
    text: ({ hit }) => String(hit.copies.length),
  },
  taken: {
    description: "when it was taken, by the clock at the place: 2008-10-22T16:28:39, with the zone where it is known",
    text: ({ hit }) => hit.taken ?? "",
  },
  latitude: { description: "degrees north", text: ({ hit }) => String(hit.gps?.latitude ?? "") },
  longitude: { description: "degrees east", text: ({ hit }) => String(hit.gps?.longitude ?? "") },
  camera: { description: "make and model", text: ({ hit }) => shownText(hit.camera) },
  lens: { description: "its name", text: ({ hit }) => shownText(hit.lens) },
  rating: { description: "stars", text: ({ hit }) => String(hit.rating ?? "") },
  keywords: { description: "keywords, with ; between them", text: ({ hit }) => shownText(hit.keywords?.join(";")) },
  caption: { description: "what its caption says, in one line", text: ({ hit }) => shownText(hit.caption) },
} as const satisfies Readonly<Record<string, HitField>>;

export type HitFieldName = keyof typeof hitFields;

/** The columns of --csv; new ones are added at the end. */
export const csvColumns = ["rank", "score", "confidence", "path", "copies"] as const satisfies readonly HitFieldName[];

import type { PhotoMetadata } from "../photo-metadata.ts";
import type { Statements } from "../photo-statements.ts";

type Taken = Pick<PhotoMetadata, "taken" | "takenOffset">;

/** Photography begins; nobody's clock is wrong by more. */
const [firstYear, lastYear] = [1826, 2199];
/** What clocks show that were never set: the beginnings of Unix' and of QuickTime's time. */
const neverSet = new Set([Date.UTC(1970, 0, 1), Date.UTC(1904, 0, 1)]);
/** Minutes that clocks anywhere are behind or ahead of UTC, at most. */
const [leastOffset, mostOffset] = [-12 * 60, 14 * 60];

/**
 * When a photo was taken, by the clock at the place. Of what is stated the first counts that can be: the times of taking,
 * then those of scanning. The time of the last change to a file says nothing of it.
 */
export function takenOf(statements: Statements): Taken {
  const of = (name: string): string => statements.get(name)?.[0]?.slice(0, 64).trim() ?? "";
  const exif = (which: string): Taken =>
    parsed(`${of(`exif:DateTime${which}`)}${subSecond(of(`exif:SubSecTime${which}`))}`, of(`exif:OffsetTime${which}`));
  const candidates = [
    () => exif("Original"),
    () => parsed(of("xmp-exif:DateTimeOriginal")),
    () => parsed(of("photoshop:DateCreated")),
    () => parsed(`${of("iptc:DateCreated")} ${of("iptc:TimeCreated")}`.trim()),
    () => exif("Digitized"),
    () => parsed(of("xmp-exif:DateTimeDigitized")),
    () => parsed(of("xmp:CreateDate")),
    () => parsed(of("Iptc4xmpCore:DateCreated")),
  ];
  for (const candidate of candidates) {
    const found = candidate();
    if (found.taken !== undefined) return found;
  }
  return {};
}

function subSecond(digits: string): string {
  return /^\d{1,9}$/.test(digits) ? `.${digits}` : "";
}

/** "2008:10:22 16:28:39.5", "2014-04-27T12:42:47+02:00", "20060523 140442+0200", "2006-05". */
const dateAndTime =
  /^(\d{4})(?:[-:/.]?(\d{2})(?:[-:/.]?(\d{2})(?:[T ]+(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[-+]\d{2}:?\d{2})?)?)?)?(?:\.\d{1,9})?$/;

function parsed(text: string, offset = ""): Taken {
  const parts = dateAndTime.exec(text);
  if (parts === null) return {};
  const [year, month, day] = [Number(parts[1]), Number(parts[2] ?? 1), Number(parts[3] ?? 1)];
  const [hour, minute, second] = [Number(parts[4] ?? 0), Number(parts[5] ?? 0), Number(parts[6] ?? 0)];
  const taken = Date.UTC(
    year,
    month - 1,
    day,
    hour,
    minute,
    second,
    Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3)),
  );
  const date = new Date(taken);
  // 31 June would be 1 July, and 24:00 the next day.
  const isThere =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (!isThere || year < firstYear || year > lastYear || neverSet.has(taken)) return {};
  const takenOffset = minutesOf(parts[8] ?? offset);
  return { taken, ...(takenOffset !== undefined && { takenOffset }) };
}

/** "+02:00", "-0330", "Z". */
function minutesOf(offset: string): number | undefined {
  if (offset === "Z") return 0;
  const parts = /^([-+])(\d{2}):?(\d{2})$/.exec(offset);
  if (parts === null) return undefined;
  const minutes = (60 * Number(parts[2]) + Number(parts[3])) * (parts[1] === "-" ? -1 : 1) + 0;
  return Number(parts[3]) < 60 && minutes >= leastOffset && minutes <= mostOffset ? minutes : undefined;
}

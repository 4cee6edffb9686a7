import { ClipfindError } from "./errors.ts";

const elsewhere = "Open it in another program: if that fails too, restore it from a backup.";

/**
 * The error for a file that breaks the rules of its format, or ends too early.
 * @param detail - the decoder's words; of several lines the last is the error, those before it are warnings
 */
export function damagedPicture(detail: string, cause?: unknown): ClipfindError {
  const last = detail.trim().split("\n").at(-1)!.slice(0, 120);
  const isCut =
    /premature|truncat|unexpected end|end of (?:file|stream|image)|ends before|not enough|too short|read error/i;
  const found = isCut.test(last) ? "the file ends before the picture does" : "the file is damaged";
  return new ClipfindError("IMAGE_UNREADABLE", `Expected a whole picture, but ${found} (${last}).`, {
    hint: elsewhere,
    cause,
  });
}

/** The error for a file that uses a part of its format that the decoder does not know. */
export function unsupportedPicture(detail: string, cause?: unknown): ClipfindError {
  return new ClipfindError(
    "IMAGE_UNREADABLE",
    `Expected a picture of a usual kind, found ${detail}, which is not read.`,
    {
      hint: "Convert it to JPEG, PNG or TIFF, or leave it out of the indexed folders.",
      cause,
    },
  );
}

/** The error for a picture that has more pixels than may be decoded: by its header, before anything is. */
export function tooLargePicture(width: number, height: number, allowed: number): ClipfindError {
  const found = `${width} x ${height} pixels (${megapixels(width * height)})`;
  return new ClipfindError("IMAGE_UNREADABLE", `Expected at most ${megapixels(allowed)}, found ${found}.`, {
    hint: "Scale the picture down, or allow more with --max-megapixels N --retry-failed.",
  });
}

function megapixels(count: number): string {
  return `${Math.round(count / 1e6)} megapixels`;
}

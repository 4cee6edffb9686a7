import { decodePicture as decode } from "@clipfind/native";
import { damagedPicture, tooLargePicture, unsupportedPicture } from "./unreadable-picture.ts";

/** What the add-on decodes: formats that sharp's prebuilt library has no reader for. */
export type NativeFormat = "bmp" | "heic" | "jpeg2000" | "jxl" | "pnm";

/**
 * Decodes a whole file, on Node's worker pool, to an uncompressed TIFF: upright, 8 bits, perhaps with alpha and an ICC
 * profile, which a reader of TIFF then applies.
 *
 * @param limits - pixels, and roughly the bytes of memory that the decoder may need
 * @throws ClipfindError IMAGE_UNREADABLE with the reason
 */
export async function decodePicture(
  format: NativeFormat,
  bytes: Uint8Array,
  limits: { readonly pixels: number; readonly memory: number },
): Promise<Buffer> {
  try {
    return await decode(format, bytes, limits.pixels, limits.memory);
  } catch (error) {
    throw translated(error);
  }
}

/** The binding reports "CODE: message" (crates/decode/src/error.rs). */
function translated(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  const large = /^PICTURE_TOO_LARGE: (\d+) x (\d+) pixels, at most (\d+)/.exec(message);
  if (large !== null) return tooLargePicture(Number(large[1]), Number(large[2]), Number(large[3]));
  const [, code, detail] = /^(PICTURE_DAMAGED|PICTURE_UNSUPPORTED): (.*)$/s.exec(message) ?? [];
  if (detail === undefined) return error;
  return code === "PICTURE_DAMAGED" ? damagedPicture(detail, error) : unsupportedPicture(detail, error);
}

import type { NativeFormat } from "../decode-picture.ts";
import { isRawTiff } from "./raw-preview.ts";

/** Formats that sharp decodes. */
export type SharpFormat = "avif" | "gif" | "jpeg" | "png" | "svg" | "tiff" | "webp";

/** The formats that are decoded; "raw" is every camera's own. SVG is, where it is asked for: it is a drawing, no photo. */
export type PictureFormat = SharpFormat | NativeFormat | "raw";

/** What the first bytes of a file say: a format that is decoded, or the name of what it is instead. */
export type Sniffed = { readonly format: PictureFormat } | { readonly refused: string };

/** Signatures at offset 0 as Latin-1 text, from the formats' specifications; the longer ones before their prefixes. */
const signatures: ReadonlyArray<readonly [signature: string, sniffed: Sniffed]> = [
  ["\xff\xd8\xff", { format: "jpeg" }],
  ["\x89PNG\r\n\x1a\n", { format: "png" }],
  ["GIF87a", { format: "gif" }],
  ["GIF89a", { format: "gif" }],
  ["II+\0", { format: "tiff" }],
  ["MM\0+", { format: "tiff" }],
  ["FUJIFILMCCD-RAW ", { format: "raw" }],
  ["IIRO", { format: "raw" }],
  ["IIRS", { format: "raw" }],
  ["MMOR", { format: "raw" }],
  ["IIU\0", { format: "raw" }],
  ["\xff\x0a", { format: "jxl" }],
  ["\0\0\0\x0cJXL \r\n\x87\n", { format: "jxl" }],
  ["\0\0\0\x0cjP  \r\n\x87\n", { format: "jpeg2000" }],
  ["\xff\x4f\xff\x51", { format: "jpeg2000" }],
  ["8BPS", { refused: "a Photoshop document" }],
  ["%PDF", { refused: "a PDF document" }],
  ["\0\0\x01\0", { refused: "an icon" }],
];

/**
 * Tells the format of a file by its content; names and extensions lie. Only what this names is handed to a decoder, so
 * none of libvips' rarer readers ever sees an untrusted file.
 */
export function sniffPicture(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return { refused: "an empty file" };
  const head = headOf(bytes, 256);

  const known = signatures.find(([signature]) => head.startsWith(signature));
  if (known !== undefined) return known[1];
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return { format: isRawTiff(bytes) ? "raw" : "tiff" };
  if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) return { format: "webp" };
  if (head.startsWith("ftyp", 4)) return sniffBrands(head);
  if (isBmp(head)) return { format: "bmp" };
  if (/^P[1-7]\s/.test(head)) return { format: "pnm" };
  if (/^(?:\xef\xbb\xbf)?\s*<(?:\?xml|svg|!)/i.test(head)) return sniffMarkup(headOf(bytes, 4096));
  return { refused: "no picture of a known format" };
}

function headOf(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, length)).toString("latin1");
}

/** Of XML, what the first element is called that stands outside of comments; editors put long ones first. */
function sniffMarkup(head: string): Sniffed {
  const element = /<([a-z][\w:.-]*)/i.exec(head.replaceAll(/<!--.*?(?:-->|$)/gs, ""))?.[1];
  return element !== undefined && /^(?:\w+:)?svg$/.test(element)
    ? { format: "svg" }
    : { refused: "an XML or HTML document" };
}

/** "BM" alone begins many a text: the header that follows it has one of a few lengths. */
function isBmp(head: string): boolean {
  const headerLengths = [12, 16, 40, 52, 56, 64, 108, 124];
  return head.startsWith("BM") && headerLengths.includes(head.charCodeAt(14)) && head.startsWith("\0\0\0", 15);
}

/** An ISO base media file names its kinds as four-letter brands in the first box (ISO/IEC 14496-12, 4.3). */
function sniffBrands(head: string): Sniffed {
  const boxLength = Math.min(head.charCodeAt(2) * 256 + head.charCodeAt(3), head.length);
  const brands = [head.slice(8, 12)];
  for (let at = 16; at + 4 <= boxLength; at += 4) brands.push(head.slice(at, at + 4));
  if (brands.some((brand) => brand === "avif" || brand === "avis")) return { format: "avif" };
  if (brands.includes("crx ")) return { format: "raw" };
  if (brands.some((brand) => /^(?:hei|hev|mif1|msf1)/.test(brand))) return { format: "heic" };
  return { refused: "a film or another media file" };
}

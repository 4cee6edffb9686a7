import sharp from "sharp";
import { expect, test } from "vitest";
import { sniffPicture } from "../../src/clip/picture-format.ts";

test.each(["jpeg", "png", "webp", "gif", "tiff", "avif"] as const)("knows what sharp writes as %s", async (format) => {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  expect(sniffPicture(await picture.toFormat(format).toBuffer())).toEqual({ format });
});

test.each([
  ["", "an empty file"],
  ["hello, this is a text", "no picture of a known format"],
  ["<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG or XML document"],
  ['\u00ef\u00bb\u00bf<?xml version="1.0"?><svg/>', "an SVG or XML document"],
  ["<!DOCTYPE html>", "an SVG or XML document"],
  ["BM......", "a BMP picture"],
  ["P6 3 3 255", "a PNM picture"],
  ["%PDF-1.7", "a PDF document"],
  ["8BPS", "a Photoshop document"],
  ["\u00ff\u000a", "a JPEG XL picture"],
  ["\0\0\0\x0cjP  \r\n", "a JPEG 2000 picture"],
  ["\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"],
  ["\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC picture"],
  ["\0\0\0\x18ftypisom\0\0\0\0mp42isom", "a film or another media file"],
  ["RIFF\0\0\0\0WAVE", "no picture of a known format"],
])("refuses %j as %s", (text, refused) => {
  expect(sniffPicture(Buffer.from(text, "latin1"))).toEqual({ refused });
});

test("finds AVIF among the other brands", () => {
  const head = "\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf";
  expect(sniffPicture(Buffer.from(head, "latin1"))).toEqual({ format: "avif" });
});

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
  ["<!DOCTYPE html>", "an XML or HTML document"],
  ["<!-- <svg/> --><html><svg/></html>", "an XML or HTML document"],
  ["<?xml version='1.0'?><svgish/>", "an XML or HTML document"],
  ["BM and more, a text", "no picture of a known format"],
  ["%PDF-1.7", "a PDF document"],
  ["8BPS", "a Photoshop document"],
  ["\0\0\0\x18ftypisom\0\0\0\0mp42isom", "a film or another media file"],
  ["RIFF\0\0\0\0WAVE", "no picture of a known format"],
])("refuses %j as %s", (text, refused) => {
  expect(sniffPicture(Buffer.from(text, "latin1"))).toEqual({ refused });
});

test.each([
  ["BM\x1e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "bmp"],
  ["P6 3 3 255", "pnm"],
  ["P1\n", "pnm"],
  ["\u00ff\u000a", "jxl"],
  ["\0\0\0\x0cJXL \r\n\x87\n", "jxl"],
  ["\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"],
  ["\xff\x4f\xff\x51", "jpeg2000"],
  ["\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"],
  ["\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"],
  ["\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "raw"],
  ["FUJIFILMCCD-RAW 0201", "raw"],
  ["IIRO\x08\0\0\0", "raw"],
  ["IIU\0\x08\0\0\0", "raw"],
  ["II*\0\x10\0\0\0CR\x02\0", "raw"],
  ["II*\0\x08\0\0\0\0\0\0\0", "tiff"],
  ["<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"],
  ['\u00ef\u00bb\u00bf<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "">\n<svg/>', "svg"],
  [`<?xml version="1.0"?><!-- ${"long ".repeat(200)}--><svg:svg/>`, "svg"],
])("knows %j as %s", (text, format) => {
  expect(sniffPicture(Buffer.from(text, "latin1"))).toEqual({ format });
});

test("finds AVIF among the other brands", () => {
  const head = "\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf";
  expect(sniffPicture(Buffer.from(head, "latin1"))).toEqual({ format: "avif" });
});

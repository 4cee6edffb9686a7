import { describe, expect, test } from "vitest";
import type { BytePath } from "../../src/byte-path.ts";
import { isImageName, rawPairs } from "../../src/scan/image-names.ts";

const names = (...all: string[]): BytePath[] => all as BytePath[];

test.each([
  "a.jpg",
  "A.JPEG",
  "b.HEIC",
  "c.jxl",
  "d.bmp",
  "e.jp2",
  "f.ppm",
  "g.CR3",
  "h.nef",
  "i.dng",
  "j.mpo",
  "k.Hif",
])("%s is a candidate", (name) => {
  expect(isImageName(name as BytePath)).toBe(true);
});

test.each(["a.txt", "b.svg", "c.mov", "jpg", "d.jpg.xmp", "e.psd", "f."])("%s is none", (name) => {
  expect(isImageName(name as BytePath)).toBe(false);
});

describe("a RAW with the camera's own picture beside it is left out", () => {
  test.each([
    [["IMG_1.CR3", "IMG_1.JPG"], ["IMG_1.CR3"]],
    [["IMG_1.cr3", "IMG_1.jpeg"], ["IMG_1.cr3"]],
    [["IMG_1.DNG", "IMG_1.HEIC"], ["IMG_1.DNG"]],
    [["a.ARW", "a.jpg", "b.ARW"], ["a.ARW"]],
    [
      ["a.ARW", "a.NEF", "a.jpg"],
      ["a.ARW", "a.NEF"],
    ],
  ])("%j", (all, left) => {
    expect([...rawPairs(names(...all))]).toEqual(left);
  });

  test.each([
    ["another stem", ["IMG_1.CR3", "IMG_2.JPG"]],
    ["another case of the stem, which is another file", ["img_1.CR3", "IMG_1.JPG"]],
    ["an edited copy", ["IMG_1.CR3", "IMG_1-edit.jpg"]],
    ["a PNG or TIFF, which no camera writes beside it", ["IMG_1.CR3", "IMG_1.png", "IMG_1.tif"]],
    ["a RAW alone", ["IMG_1.CR3"]],
    ["no RAW", ["a.jpg", "a.heic"]],
    ["names without a stem or an extension", [".CR3", "jpg", "CR3"]],
  ])("but not for %s", (_, all) => {
    expect(rawPairs(names(...all)).size).toBe(0);
  });
});

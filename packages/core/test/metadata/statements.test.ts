import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cameraName } from "../../src/metadata/camera-name.ts";
import { mergeMetadata } from "../../src/metadata/merge-metadata.ts";
import { metadataOf, readMetadata } from "../../src/metadata/read-metadata.ts";
import type { PhotoMetadata } from "../../src/photo-metadata.ts";

/** What is made of statements. */
function of(statements: Readonly<Record<string, string | readonly string[]>>): PhotoMetadata {
  const all = Object.entries(statements).map(([name, value]) => [name, [value].flat()] as const);
  return metadataOf(new Map(all));
}

describe("dates", () => {
  const noon = Date.UTC(2014, 5, 7, 12, 30, 15);
  test.each<[title: string, statements: Record<string, string>, taken: PhotoMetadata]>([
    ["EXIF's", { "exif:DateTimeOriginal": "2014:06:07 12:30:15" }, { taken: noon }],
    [
      "EXIF's with time zone and fractions",
      {
        "exif:DateTimeOriginal": "2014:06:07 12:30:15",
        "exif:SubSecTimeOriginal": "25",
        "exif:OffsetTimeOriginal": "-03:30",
      },
      { taken: noon + 250, takenOffset: -210 },
    ],
    ["XMP's, in UTC", { "xmp:CreateDate": "2014-06-07T12:30:15Z" }, { taken: noon, takenOffset: 0 }],
    [
      "XMP's with time zone",
      { "xmp-exif:DateTimeOriginal": "2014-06-07T12:30:15.999+02:00" },
      { taken: noon + 999, takenOffset: 120 },
    ],
    ["minutes only", { "xmp:CreateDate": "2014-06-07T12:30" }, { taken: noon - 15_000 }],
    ["a day", { "photoshop:DateCreated": "2014-06-07" }, { taken: Date.UTC(2014, 5, 7) }],
    ["a month", { "photoshop:DateCreated": "2014-06" }, { taken: Date.UTC(2014, 5, 1) }],
    ["a year", { "photoshop:DateCreated": "1931" }, { taken: Date.UTC(1931, 0, 1) }],
    [
      "IPTC's",
      { "iptc:DateCreated": "20140607", "iptc:TimeCreated": "123015+0200" },
      { taken: noon, takenOffset: 120 },
    ],
    [
      "taking before scanning, whatever the source",
      { "exif:DateTimeDigitized": "2019:01:01 00:00:01", "photoshop:DateCreated": "2014-06-07T12:30:15" },
      { taken: noon },
    ],
    [
      "the next where the first cannot be",
      { "exif:DateTimeOriginal": "0000:00:00 00:00:00", "exif:DateTimeDigitized": "2014:06:07 12:30:15" },
      { taken: noon },
    ],
    [
      "an offset that no clock has counts for nothing",
      {
        "exif:DateTimeOriginal": "2014:06:07 12:30:15",
        "exif:OffsetTimeOriginal": "+19:00",
      },
      { taken: noon },
    ],
    ["the last change to the file says nothing", { "exif:DateTime": "2014:06:07 12:30:15" }, {}],
  ])("%s", (_, statements, taken) => expect(of(statements)).toEqual(taken));

  test.each([
    "",
    "    :  :     :  :  ",
    "2014:02:30 12:00:00",
    "2014:13:01 12:00:00",
    "2014:06:07 24:00:00",
    "2014:06:07 12:60:00",
    "1825:01:01 00:00:00",
    "2200:01:01 00:00:00",
    "1970:01:01 00:00:00",
    "1904:01:01 00:00:00",
    "yesterday",
    `2014:06:07 12:30:15${"0".repeat(100_000)}`,
  ])("%j is no date", (text) => expect(of({ "exif:DateTimeOriginal": text })).toEqual({}));

  test("every moment comes back as it was written, in EXIF's form and in XMP's", () => {
    const [min, max] = [new Date(Date.UTC(1826, 0, 1)), new Date(Date.UTC(2199, 11, 31, 23, 59, 59))];
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), fc.integer({ min: -720, max: 840 }), (date, offset) => {
        const taken = date.getTime() - (date.getUTCMilliseconds() % 1000);
        fc.pre(taken !== 0 && taken !== Date.UTC(1904, 0, 1));
        const iso = new Date(taken).toISOString().slice(0, 19);
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const zone = `${offset < 0 ? "-" : "+"}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
        const exif = iso.replaceAll("-", ":").replace("T", " ");
        const expected = { taken, takenOffset: offset };
        expect(of({ "exif:DateTimeOriginal": exif, "exif:OffsetTimeOriginal": zone })).toEqual(expected);
        expect(of({ "xmp:CreateDate": `${iso}${zone}` })).toEqual(expected);
      }),
    );
  });
});

describe("places", () => {
  test("every place comes back to a centimetre, as EXIF's decimals and as XMP's minutes; 0/0 is none", () => {
    const degrees = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
    fc.assert(
      fc.property(degrees(90), degrees(180), (latitude, longitude) => {
        fc.pre(Math.abs(latitude) > 1e-6);
        const xmp = (value: number, letters: string): string => {
          const minutes = (Math.abs(value) % 1) * 60;
          return `${Math.floor(Math.abs(value))},${Math.min(minutes, 59.999_999_99).toFixed(8)}${letters[value < 0 ? 1 : 0]}`;
        };
        const exif = of({ "exif:GPSLatitude": String(latitude), "exif:GPSLongitude": String(longitude) });
        const sidecar = of({
          "xmp-exif:GPSLatitude": xmp(latitude, "NS"),
          "xmp-exif:GPSLongitude": xmp(longitude, "EW"),
        });
        for (const found of [exif, sidecar]) {
          expect(found.latitude).toBeCloseTo(latitude, 6);
          expect(found.longitude).toBeCloseTo(longitude, 6);
        }
      }),
    );
    expect(of({ "exif:GPSLatitude": "0", "exif:GPSLongitude": "-0" })).toEqual({});
  });

  test.each([
    ["91", "0"],
    ["1", "180.1"],
    ["NaN", "1"],
    ["Infinity", "1"],
    ["1", undefined],
  ])("%s, %s is no place", (latitude, longitude) => {
    const place = longitude === undefined ? {} : { "exif:GPSLongitude": longitude };
    expect(of({ "exif:GPSLatitude": latitude, ...place, "exif:GPSAltitude": "5" })).toEqual({});
  });

  test("an altitude that nobody takes photos at is left out, the place stays", () => {
    const place = { "exif:GPSLatitude": "1", "exif:GPSLongitude": "2" };
    expect(of({ ...place, "exif:GPSAltitude": "4294967295" })).toEqual({ latitude: 1, longitude: 2 });
    expect(of({ ...place, "exif:GPSAltitude": "-12.34" })).toEqual({ latitude: 1, longitude: 2, altitude: -12.3 });
    const xmp = { "xmp-exif:GPSLatitude": "1,0N", "xmp-exif:GPSLongitude": "2,0,36.0W" };
    expect(of({ ...xmp, "xmp-exif:GPSAltitude": "125/10", "xmp-exif:GPSAltitudeRef": "1" })).toEqual({
      latitude: 1,
      longitude: -2.01,
      altitude: -12.5,
    });
  });
});

test.each<[make: string | undefined, model: string | undefined, name: string | undefined]>([
  ["NIKON CORPORATION", "NIKON D300", "NIKON D300"],
  ["EASTMAN KODAK COMPANY", "KODAK DC240 ZOOM DIGITAL CAMERA", "KODAK DC240 ZOOM DIGITAL CAMERA"],
  ["Canon", "Canon EOS R5", "Canon EOS R5"],
  ["Apple", "iPhone 11 Pro Max", "Apple iPhone 11 Pro Max"],
  ["samsung", "SM-G930F", "samsung SM-G930F"],
  ["SONY", undefined, "SONY"],
  [undefined, "E-P3", "E-P3"],
  [undefined, undefined, undefined],
])("the camera of %s and %s is %s", (make, model, name) => expect(cameraName(make, model)).toBe(name));

describe("what people write", () => {
  test.each<[title: string, statements: Record<string, string | string[]>, metadata: PhotoMetadata]>([
    ["XMP's keywords before IPTC's", { "dc:subject": ["a", "b"], "iptc:Keywords": ["c"] }, { keywords: ["a", "b"] }],
    ["an empty list is a list", { "dc:subject": [], "iptc:Keywords": ["c"] }, { keywords: [] }],
    ["each once", { "iptc:Keywords": ["a", " a ", "", "b\0"] }, { keywords: ["a", "b"] }],
    [
      "paths, as such and by their last part",
      {
        "dc:subject": ["Munich"],
        "lr:hierarchicalSubject": ["Places|Munich", "Night"],
        "digiKam:TagsList": ["Places/Munich"],
      },
      { keywords: ["Munich", "Places/Munich", "Night"] },
    ],
    ["Windows' keywords", { "exif:XPKeywords": "a;b ; c" }, { keywords: ["a", "b", "c"] }],
    ["stars", { "xmp:Rating": "4" }, { rating: 4 }],
    ["XMP's stars before EXIF's", { "xmp:Rating": "0", "exif:Rating": "5" }, { rating: 0 }],
    ["rejected", { "xmp:Rating": "-1" }, { rating: -1 }],
    ["stars out of range", { "xmp:Rating": "99", "exif:Rating": "65535" }, {}],
    ["no number", { "xmp:Rating": "five", "exif:Rating": "" }, {}],
    ["Windows' percent", { "MicrosoftPhoto:Rating": "75" }, { rating: 4 }],
    ["a description before a title", { "dc:title": "t", "dc:description": "d\r\nd" }, { caption: "d\nd" }],
    [
      "what cameras write is no caption",
      { "exif:ImageDescription": "OLYMPUS DIGITAL CAMERA", "iptc:ObjectName": "n" },
      { caption: "n" },
    ],
    ["what adapters write is no lens", { "exif:LensModel": "----", "exif:Model": "X" }, { camera: "X" }],
  ])("%s", (_, statements, metadata) => expect(of(statements)).toEqual(metadata));

  test("texts and lists are cut off, not through a character, and control characters taken out", () => {
    const { caption, keywords, camera } = of({
      "dc:description": `x${"😀".repeat(1_000_000)}`,
      "dc:subject": Array.from({ length: 100_000 }, (_, index) => `${index} ${"y".repeat(1000)}`),
      "exif:Model": "\u001b[31mred\u0007",
    });
    expect(caption).toBe(`x${"😀".repeat(2047)}`);
    expect([keywords?.length, keywords?.[7]]).toEqual([1000, `7 ${"y".repeat(254)}`]);
    expect(camera).toBe("[31mred");
  });
});

test("sidecars count before the photo, the more important first; keywords of all of them, before the photo's", () => {
  const photo = of({
    "exif:DateTimeOriginal": "2014:06:07 12:30:15",
    "exif:OffsetTimeOriginal": "+02:00",
    "exif:Model": "X",
    "dc:subject": ["own"],
    "xmp:Rating": "2",
  });
  expect(mergeMetadata(photo, [])).toEqual(photo);
  expect(
    mergeMetadata(photo, [
      { rating: 5, keywords: ["a"] },
      { rating: 1, taken: 7, keywords: ["b", "a"], caption: "c" },
    ]),
  ).toEqual({ taken: 7, camera: "X", rating: 5, caption: "c", keywords: ["a", "b"] });
  expect(mergeMetadata(photo, [{ keywords: [] }]).keywords).toEqual([]);
});

test("bytes of any kind say something or nothing, without an error", () => {
  const heads = [
    "",
    "\xff\xd8\xff\xe1\0\x40Exif\0\0II*\0\x08\0\0\0",
    "II*\0\x08\0\0\0",
    "<x:xmpmeta",
    "\x89PNG\r\n\x1a\n",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 300 }), (head, tail) => {
      expect(readMetadata(Buffer.concat([Buffer.from(head, "latin1"), tail]))).toBeTypeOf("object");
    }),
  );
});

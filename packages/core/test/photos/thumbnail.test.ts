import { mkdirSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { ThumbnailProcess } from "../../src/photos/thumbnail-process.ts";
import { photoThumbnail } from "../../src/thumbnail.ts";

const [red, green, blue, white] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
];

/** A picture of 3 x 2 fields, 20 pixels each: red, green, blue above white, white, red. */
function fields(): Buffer {
  const rows = [
    [red, green, blue],
    [white, white, red],
  ];
  return Buffer.from(
    rows.flatMap((row) =>
      Array(20)
        .fill(row.flatMap((field) => Array(20).fill(field).flat()))
        .flat(),
    ),
  );
}
const fieldsSize = { raw: { width: 60, height: 40, channels: 3 } } as const;

const raw = { width: 60, height: 60, format: "raw" } as const;

test.each([
  // As exiftool names them: what must be done to the stored picture to show it upright.
  [1, (stored: Sharp) => stored],
  [2, (stored: Sharp) => stored.flop()],
  [3, (stored: Sharp) => stored.rotate(180)],
  [4, (stored: Sharp) => stored.flip()],
  [6, (stored: Sharp) => stored.rotate(90)],
  [8, (stored: Sharp) => stored.rotate(270)],
])("EXIF orientation %i is applied, pixel for pixel", async (orientation, upright) => {
  const file = join(temporaryDirectory(), "a.png");
  await sharp(fields(), fieldsSize).withMetadata({ orientation }).png().toFile(file);
  const { data, info } = await upright(sharp(fields(), fieldsSize)).raw().toBuffer({ resolveWithObject: true });
  expect(await photoThumbnail(Buffer.from(file), raw)).toEqual({ bytes: data, width: info.width, height: info.height });
});

test.each([
  [5, 270],
  [7, 90],
])("EXIF orientation %i, a mirrored one, is applied", async (orientation, angle) => {
  const file = join(temporaryDirectory(), "a.png");
  await sharp(fields(), fieldsSize).withMetadata({ orientation }).png().toFile(file);
  const mirrored = await sharp(fields(), fieldsSize).flop().raw().toBuffer();
  const data = await sharp(mirrored, fieldsSize).rotate(angle).raw().toBuffer();
  expect(await photoThumbnail(Buffer.from(file), raw)).toEqual({ bytes: data, width: 40, height: 60 });
});

test.each([
  ["inside", { width: 30, height: 30 }, { width: 30, height: 20 }],
  ["inside, where the height counts", { width: 60, height: 10 }, { width: 15, height: 10 }],
  ["as it is, never enlarged", { width: 500, height: 400 }, { width: 60, height: 40 }],
  ["at least one pixel", { width: 1, height: 1 }, { width: 1, height: 1 }],
])("JPEG and PNG have the size asked for: %s", async (_, wanted, expected) => {
  const file = join(temporaryDirectory(), "a.png");
  await sharp(fields(), fieldsSize).png().toFile(file);
  for (const format of ["jpeg", "png"] as const) {
    const { bytes, ...size } = await photoThumbnail(Buffer.from(file), { ...wanted, format });
    expect(size).toEqual(expected);
    expect(await sharp(bytes).metadata()).toMatchObject({ format, ...expected });
  }
});

test("a palette has at most 256 colours: few stay as they are, many are taken together", async () => {
  const folder = temporaryDirectory();
  const [few, many, grey] = [join(folder, "few.png"), join(folder, "many.png"), join(folder, "grey.png")];
  await sharp(fields(), fieldsSize).png().toFile(few);
  await sharp(Buffer.from([100]), { raw: { width: 1, height: 1, channels: 1 } }).toFile(grey);
  const colours = Buffer.from(Array.from({ length: 3 * 64 * 64 }, (_, at) => (at * 31 + (at >> 5)) % 256));
  await sharp(colours, { raw: { width: 64, height: 64, channels: 3 } }).toFile(many);
  const palette = { width: 64, height: 64, format: "palette" } as const;
  expect((await photoThumbnail(Buffer.from(few), palette)).bytes).toEqual(fields());
  expect([...(await photoThumbnail(Buffer.from(grey), palette)).bytes]).toEqual([100, 100, 100]);
  const { bytes } = await photoThumbnail(Buffer.from(many), palette);
  const found = new Set(Array.from({ length: 64 * 64 }, (_, at) => bytes.subarray(3 * at, 3 * at + 3).join()));
  expect(bytes).toHaveLength(3 * 64 * 64);
  expect(found.size).toBeGreaterThan(100);
  expect(found.size).toBeLessThanOrEqual(256);
});

test("what is transparent is white, grey is RGB", async () => {
  const folder = temporaryDirectory();
  const [clear, grey] = [join(folder, "clear.png"), join(folder, "grey.png")];
  await sharp({ create: { width: 1, height: 1, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).toFile(
    clear,
  );
  await sharp(Buffer.from([100]), { raw: { width: 1, height: 1, channels: 1 } }).toFile(grey);
  expect([...(await photoThumbnail(Buffer.from(clear), raw)).bytes]).toEqual([255, 255, 255]);
  expect([...(await photoThumbnail(Buffer.from(grey), raw)).bytes]).toEqual([100, 100, 100]);
});

test("a drawing is drawn as large as it is wanted, a RAW file shown by its preview, however small", async () => {
  const folder = temporaryDirectory();
  const [drawing, camera] = [join(folder, "a.svg"), join(folder, "a.raf")];
  writeFileSync(
    drawing,
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10" fill="#00f"/></svg>',
  );
  const small = await photoThumbnail(Buffer.from(drawing), { width: 400, height: 400, format: "raw" });
  expect([small.width, small.height]).toEqual([400, 200]);
  expect([...small.bytes.subarray(3 * 40_200, 3 * 40_200 + 3)]).toEqual(blue);
  const jpeg = await sharp(fields(), fieldsSize).jpeg().toBuffer();
  const raf = Buffer.alloc(200);
  raf.write("FUJIFILMCCD-RAW ");
  raf.writeUInt32BE(200, 84);
  writeFileSync(camera, Buffer.concat([raf, jpeg]));
  expect(await photoThumbnail(Buffer.from(camera), raw)).toMatchObject({ width: 60, height: 40 });
});

test("each of many asked for at once gets its own answer: photos, and what is none", async () => {
  const folder = temporaryDirectory();
  const path = (name: string): string => join(folder, name);
  await sharp(fields(), fieldsSize).png().toFile(path("good.png"));
  writeFileSync(path("empty.jpg"), "");
  writeFileSync(path("text.jpg"), "no picture");
  writeFileSync(path("cut.png"), (await sharp(fields(), fieldsSize).png().toBuffer()).subarray(0, 60));
  mkdirSync(path("folder.jpg"));
  const pipe = process.platform !== "win32";
  if (pipe) execFileSync("mkfifo", [path("pipe.jpg")]);
  const names = ["good.png", "empty.jpg", "text.jpg", "missing.jpg", "cut.png", "folder.jpg", "good.png"];
  if (pipe) names.push("pipe.jpg");
  const results = await Promise.allSettled(names.map((name) => photoThumbnail(Buffer.from(path(name)), raw)));
  expect(
    results.map((result) => (result.status === "fulfilled" ? result.value.width : String(result.reason.message))),
  ).toEqual([
    60,
    expect.stringMatching(/^Cannot show .*empty\.jpg: Expected a picture of a format that is read, found /),
    expect.stringMatching(/^Cannot show .*text\.jpg: Expected a picture of a format that is read, found /),
    `Cannot show ${path("missing.jpg")}: not found`,
    expect.stringMatching(/^Cannot show .*cut\.png: /),
    `Cannot show ${path("folder.jpg")}: not a regular file`,
    60,
    ...(pipe ? [`Cannot show ${path("pipe.jpg")}: not a regular file`] : []),
  ]);
});

test.skipIf(process.platform === "darwin" || process.platform === "win32")(
  "a name that is not UTF-8 is found",
  async () => {
    const name = Buffer.concat([Buffer.from(`${temporaryDirectory()}/a`), Buffer.from([0xff]), Buffer.from(".png")]);
    writeFileSync(name, await sharp(fields(), fieldsSize).png().toBuffer());
    expect(await photoThumbnail(name, raw)).toMatchObject({ width: 60, height: 40 });
  },
);

test.each([0, -1, 1.5, 8193, Number.NaN])("refuses sides of %d pixels", async (width) => {
  await expect(photoThumbnail(Buffer.from("a"), { ...raw, width })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: `Expected a thumbnail's sides to be whole numbers from 1 to 8192, found ${width}`,
  });
});

test("what is aborted rejects at once, before and while it is made, and the next one is made", async () => {
  const file = join(temporaryDirectory(), "a.png");
  await sharp(fields(), fieldsSize).png().toFile(file);
  const aborted = { ...raw, signal: AbortSignal.abort() };
  await expect(photoThumbnail(Buffer.from(file), aborted)).rejects.toMatchObject({ code: "ABORTED" });
  const abort = new AbortController();
  const made = photoThumbnail(Buffer.from(file), { ...raw, signal: abort.signal });
  abort.abort();
  await expect(made).rejects.toMatchObject({ code: "ABORTED" });
  expect(await photoThumbnail(Buffer.from(file), raw)).toMatchObject({ width: 60, height: 40 });
});

test("a photo over which the process is lost costs only itself: those behind it are made", async () => {
  const file = join(temporaryDirectory(), "a.png");
  await sharp(fields(), fieldsSize).png().toFile(file);
  const task = { path: bytePathFromText(file), width: 60, height: 60, format: "raw" } as const;
  const process = new ThumbnailProcess();
  const results = await Promise.allSettled([process.make(task, undefined, 0), process.make(task), process.make(task)]);
  expect(results.map((result) => (result.status === "fulfilled" ? result.value.width : String(result.reason)))).toEqual(
    ["ProcessLost: took longer than 0 s", 60, 60],
  );
  expect(process.waiting).toBe(0);
});

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { contactSheet } from "../src/deliver/contact-sheet.ts";
import { writePage } from "../src/deliver/write-page.ts";
import { hitAt } from "./ranked-hit.ts";

const signal = new AbortController().signal;

async function textOf(page: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of page) text += piece;
  return text;
}

async function photo(file: string | Buffer, orientation = 1): Promise<void> {
  const create = { width: 400, height: 200, channels: 3 as const, background: "#c33" };
  writeFileSync(
    file,
    await sharp({ create })
      .withMetadata({ orientation })
      .withExifMerge({ IFD0: { Artist: "secret" } })
      .jpeg()
      .toBuffer(),
  );
}

test.skipIf(sep !== "/")(
  "a sheet needs nothing but itself: thumbnails inside, no script, names escaped, bad photos in their place",
  async () => {
    const folder = temporaryDirectory();
    const names = ["a.jpg", "turned.jpg", `"><script>alert(1)<.jpg`, "bad.jpg"].map((name) =>
      join(folder, "photos", name),
    );
    mkdirSync(join(folder, "photos"));
    await photo(names[0] as string);
    await photo(names[1] as string, 6);
    await photo(names[2] as string);
    writeFileSync(names[3] as string, "no picture");
    const odd = Buffer.concat([Buffer.from(`${folder}/photos/`), Buffer.of(0xff), Buffer.from("?.jpg")]);
    await photo(odd);
    const hits = [...names, odd].map((path, index) =>
      hitAt(path, index === 0 ? { confidence: 0.971, score: 0.5731 } : {}),
    );
    const html = await textOf(contactSheet(hits, { title: "a <b> & c", cwd: join(folder, "photos"), folder, signal }));

    const [, style = ""] = /<style>(.*)<\/style>/s.exec(html) ?? [];
    const hash = createHash("sha256").update(style).digest("base64");
    expect(html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-${hash}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;">`,
    );
    expect(html).toContain("<title>a &lt;b&gt; &amp; c</title>");
    expect(html).not.toMatch(/<script|<link|https?:/);
    const figures = [
      ...html.matchAll(
        /<figure><a class="picture" href="([^"]*)">(.*?)<\/a><figcaption>(.*?)<\/figcaption><\/figure>\n/g,
      ),
    ];
    expect(figures.map(([, href, , caption]) => [href, caption])).toEqual([
      ["./photos/a.jpg", "1. 97 % 0.573<br>a.jpg"],
      ["./photos/turned.jpg", "2. 0.500<br>turned.jpg"],
      ["./photos/%22%3E%3Cscript%3Ealert%281%29%3C.jpg", "3. 0.500<br>&quot;&gt;&lt;script&gt;alert(1)&lt;.jpg"],
      ["./photos/bad.jpg", "4. 0.500<br>bad.jpg"],
      ["./photos/%FF%3F.jpg", String.raw`5. 0.500<br>\xff?.jpg`],
    ]);
    expect(figures[3]?.[2]).toMatch(
      /^<span class="none">Cannot show .*bad\.jpg: Expected a picture of a format that is read, found .*<\/span>$/,
    );
    const sizes = [];
    for (const at of [0, 1, 2, 4]) {
      const [, data = "", width, height] =
        /^<img src="data:image\/jpeg;base64,([^"]+)" width="(\d+)" height="(\d+)" alt="[^"]*" loading="lazy" decoding="async">$/.exec(
          figures[at]?.[2] ?? "",
        ) ?? [];
      const image = await sharp(Buffer.from(data, "base64")).metadata();
      expect([image.width, image.height]).toEqual([Number(width), Number(height)]);
      // Where and by whom a photo was taken does not go along.
      expect(image.exif).toBeUndefined();
      sizes.push([image.width, image.height]);
    }
    expect(sizes).toEqual([
      [320, 160],
      [160, 320],
      [320, 160],
      [320, 160],
    ]);
    expect(await textOf(contactSheet(hits.slice(0, 1), { title: "", cwd: "/", folder: undefined, signal }))).toContain(
      `href="file://${folder}/photos/a.jpg"`,
    );
  },
);

test("a sheet that is not wanted any more ends", async () => {
  const file = join(temporaryDirectory(), "a.jpg");
  await photo(file);
  const request = { title: "", cwd: "/", folder: undefined, signal: AbortSignal.abort() };
  await expect(textOf(contactSheet([hitAt(file), hitAt(file)], request))).rejects.toMatchObject({ code: "ABORTED" });
});

async function* pieces(...all: (string | Error)[]): AsyncGenerator<string> {
  for (const piece of all) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}

test("a page is there when it is whole, and replaces nothing but a page", async () => {
  const folder = temporaryDirectory();
  const at = (name: string): string => join(folder, name);
  expect(await writePage(at("new.html"), pieces("<!doctype html>\n", "é"))).toBe(18);
  expect(readFileSync(at("new.html"), "utf8")).toBe("<!doctype html>\né");
  await expect(writePage(at("new.html"), pieces("<", new Error("stop")))).rejects.toThrow("stop");
  expect(readFileSync(at("new.html"), "utf8")).toBe("<!doctype html>\né");
  await writePage(at("new.html"), pieces("<!doctype html>again"));
  expect(readFileSync(at("new.html"), "utf8")).toBe("<!doctype html>again");
  symlinkSync("new.html", at("link.html"));
  await writePage(at("link.html"), pieces("<!doctype html>through"));
  expect(readFileSync(at("new.html"), "utf8")).toBe("<!doctype html>through");

  writeFileSync(at("photo.jpg"), "JPEG");
  mkdirSync(at("folder"));
  const hint = "Name another file; - is standard output.";
  await expect(writePage(at("photo.jpg"), pieces("<"))).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: `Expected the name of a new file or of an HTML page, found a file that is no HTML page: ${at("photo.jpg")}`,
    hint,
  });
  await expect(writePage(at("folder"), pieces("<"))).rejects.toMatchObject({
    message: expect.stringContaining("found a folder"),
  });
  await expect(writePage(at("missing/a.html"), pieces("<"))).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(`Expected to write ${at("missing/a.html")}, found: ENOENT`),
  });
  expect(readFileSync(at("photo.jpg"), "utf8")).toBe("JPEG");
  expect(readdirSync(folder).toSorted()).toEqual(["folder", "link.html", "new.html", "photo.jpg"]);
});

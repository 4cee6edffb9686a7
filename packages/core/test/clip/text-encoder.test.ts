import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { ClipTextEncoder } from "../../src/clip/text-encoder.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { modelDirectory } from "./model-directory.ts";

test("gives what the text tower gives, from another thread", async () => {
  const model = await modelDirectory();
  await using encoder = ClipTextEncoder.open(model);
  await using tower = await TextTower.open(model);
  const texts = ["cat", "Cats at cats", "1 ".repeat(200)];
  const encoded = await Promise.all(texts.map((text) => encoder.encode(text)));
  expect(encoded).toEqual(await Promise.all(texts.map((text) => tower.embedText(text))));
  expect(encoded.at(-1)).toMatchObject({ tokens: 77, truncated: true });
});

test("gives the same in the caller's thread, and says what is wrong with a model or with the caller", async () => {
  const model = await modelDirectory();
  await using tower = await TextTower.open(model);
  const encoder = ClipTextEncoder.open(model, { inThisThread: true });
  expect(await encoder.encode("Cats at cats")).toEqual(await tower.embedText("Cats at cats"));
  await encoder.close();
  await encoder.close();
  await expect(encoder.encode("cat")).rejects.toMatchObject({ code: "CLOSED" });
  await using broken = ClipTextEncoder.open(await modelDirectory({ textual: Buffer.from("garbage") }), {
    inThisThread: true,
  });
  await expect(broken.encode("cat")).rejects.toMatchObject({ code: "MODEL_INVALID" });
});

test("reports a broken model with its code and hint", async () => {
  const model = await modelDirectory({ textual: Buffer.from("garbage") });
  await using encoder = ClipTextEncoder.open(model);
  await expect(encoder.encode("cat")).rejects.toMatchObject({
    name: "ClipfindError",
    code: "MODEL_INVALID",
    message: expect.stringContaining("textual/model.onnx"),
    hint: expect.any(String),
  });
});

test("fails with CLOSED after close(), and closes any number of times", async () => {
  const encoder = ClipTextEncoder.open(await modelDirectory());
  const [outcome] = await Promise.allSettled([encoder.encode("cat"), encoder.close(), encoder.close()]);
  expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CLOSED" } });
  await expect(encoder.encode("cat")).rejects.toMatchObject({ code: "CLOSED" });
});

test("runs from the source under plain node, leaves sharp alone and lets the process end unclosed", async () => {
  const { directory } = await modelDirectory();
  const source = new URL("../../src/", import.meta.url).href;
  const script = `
    const { openModel } = await import("${source}models/open-model.ts");
    const { ClipTextEncoder } = await import("${source}clip/text-encoder.ts");
    const encoder = ClipTextEncoder.open(openModel(${JSON.stringify(directory)}));
    console.log((await encoder.encode("cat")).tokens);
    const { sharedObjects } = process.report.getReport();
    for (const name of ["onnxruntime", "vips"]) console.log(sharedObjects.some((path) => path.includes(name)));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8", timeout: 20_000 });
  expect(run).toMatchObject({ status: 0, stdout: "3\ntrue\nfalse\n" });
});

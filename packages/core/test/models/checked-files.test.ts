import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ownCache } from "../../../../test/support/own-cache.ts";
import { type ClipConfig, writeRandomClip } from "../../../../test/support/random-clip.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { checkModel } from "../../src/models/check-model.ts";
import { rememberFiles, stateOf } from "../../src/models/checked-files.ts";
import { compileModel } from "../../src/models/compile-model.ts";
import { importModel } from "../../src/models/import-model.ts";
import type { Model } from "../../src/models/open-model.ts";
import { verifyModel } from "../../src/models/verify-model.ts";
import { modelDirectory } from "../clip/model-directory.ts";

const small: ClipConfig = {
  embed_dim: 24,
  vision_cfg: { image_size: 32, layers: 2, width: 32, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 32, heads: 2, layers: 2 },
};

const tokenizer = "textual/tokenizer.json";

/** Changes a byte and puts the modification time back. */
function damage(file: string): void {
  const { atimeMs, mtimeMs } = statSync(file);
  const content = readFileSync(file);
  content[content.length - 2]! ^= 1;
  writeFileSync(file, content);
  utimesSync(file, atimeMs / 1000, mtimeMs / 1000);
}

/** What is remembered: SHA-256 by path. */
function remembered(cache: string): Record<string, string> {
  const { files } = JSON.parse(readFileSync(join(cache, "checked-files.json"), "utf8")) as {
    files: Record<string, { sha256: string }>;
  };
  return Object.fromEntries(Object.entries(files).map(([path, { sha256 }]) => [path, sha256]));
}

/** What is to be remembered of the models. */
function filesOf(...models: readonly Model[]): Record<string, string> {
  const files = models.flatMap(({ directory, manifest }) =>
    Object.entries(manifest.files).map(([file, { sha256 }]) => [join(directory, file), sha256]),
  );
  return Object.fromEntries(files) as Record<string, string>;
}

/** A model with a damaged file that is remembered as sound in just that state: no index run looks into it. */
async function believed(): Promise<Model> {
  const model = await modelDirectory();
  const path = join(model.directory, tokenizer);
  damage(path);
  await rememberFiles([{ path, state: stateOf(path), sha256: model.manifest.files[tokenizer]!.sha256 }]);
  return model;
}

const invalid = { code: "MODEL_INVALID", message: expect.stringContaining("tokenizer.json") as string };

describe.skipIf(process.platform !== "linux")("files of models that were checked", () => {
  test("are not hashed again for another library; verifying always does, and what it finds counts from then on", async () => {
    ownCache();
    const model = await believed();
    const states = await checkModel(model);
    expect(Object.keys(states)).toEqual(Object.keys(model.manifest.files));
    await expect(verifyModel(model)).rejects.toMatchObject(invalid);
    await expect(checkModel(model)).rejects.toMatchObject(invalid);
  });

  test("are remembered when they are verified, compiled and imported, where they are in the end", async () => {
    const cache = ownCache();
    const verified = await modelDirectory();
    await verifyModel(verified);
    expect(remembered(cache)).toEqual(filesOf(verified));
    const [source, home] = [temporaryDirectory(), temporaryDirectory()];
    writeRandomClip(source, small);
    const steps: string[] = [];
    const target = join(temporaryDirectory(), "model");
    const compiled = await compileModel({ source, target, name: "small", onStep: (step) => steps.push(step) });
    expect(steps.slice(-2)).toEqual(["checksums", "reference texts"]);
    expect(remembered(cache)).toEqual(filesOf(verified, compiled));
    expect(readdirSync(join(cache, "reference-texts"))).toHaveLength(2);
    const { model: built } = await importModel({ path: source, home, id: "built" });
    const { model: copied } = await importModel({ path: compiled.directory, home, id: "copied" });
    expect(remembered(cache)).toEqual(filesOf(verified, compiled, built, copied));
    // The same weights: the same vectors.
    expect(readdirSync(join(cache, "reference-texts"))).toHaveLength(2);
  });

  test("are hashed again when anything tells of a change: times, another file in their place, a new path", async () => {
    ownCache();
    const changes: readonly ((file: string) => void)[] = [
      damage,
      (file) => {
        copyFileSync(file, `${file}.new`);
        damage(`${file}.new`);
        renameSync(`${file}.new`, file);
      },
    ];
    for (const change of changes) {
      const model = await modelDirectory();
      await verifyModel(model);
      change(join(model.directory, tokenizer));
      await expect(checkModel(model)).rejects.toMatchObject(invalid);
    }
    const model = await believed();
    renameSync(model.directory, `${model.directory}-moved`);
    mkdirSync(model.directory);
    renameSync(`${model.directory}-moved`, join(model.directory, "moved"));
    await expect(checkModel({ ...model, directory: join(model.directory, "moved") })).rejects.toMatchObject(invalid);
  });

  const hash = "0".repeat(64);
  test.each([
    "",
    "null",
    "[]",
    '{"version": 1}',
    '{"version": 1, "files": null}',
    '{"version": 1, "files": {"FILE": null}}',
    '{"version": 1, "files": {"FILE": {"state": 5, "sha256": "SHA256"}}}',
    '{"version": 2, "files": {"FILE": {"state": "STATE", "sha256": "SHA256"}}}',
    `{"version": 1, "files": {"FILE": {"state": "STATE", "sha256": "${hash}"}}}`,
    `{"version": 1, "files": {"FILE": {"state": "STATE", "sha256": "SHA256"}}}${" ".repeat(4e6)}`,
  ])("are hashed again where what is kept is %.70s", async (text) => {
    const cache = ownCache();
    const model = await believed();
    const path = join(model.directory, tokenizer);
    const { sha256 } = model.manifest.files[tokenizer]!;
    const content = text.replace("FILE", path).replace("STATE", stateOf(path)).replace("SHA256", sha256);
    writeFileSync(join(cache, "checked-files.json"), content);
    await expect(checkModel(model)).rejects.toMatchObject(invalid);
    await verifyModel(model, ["visual/model.onnx"]);
    expect(remembered(cache)).toMatchObject({ [join(model.directory, "visual/model.onnx")]: expect.any(String) });
  });

  test("are hashed each time where nothing can be kept, and a model is compiled all the same", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    ownCache(file);
    const model = await modelDirectory();
    await verifyModel(model);
    damage(join(model.directory, tokenizer));
    await expect(checkModel(model)).rejects.toMatchObject(invalid);
    const source = temporaryDirectory();
    writeRandomClip(source, small);
    const target = join(temporaryDirectory(), "model");
    expect(await compileModel({ source, target, name: "small" })).toMatchObject({ directory: target });
    expect(readdirSync(dirname(target))).toEqual(["model"]);
  });

  test("are remembered for the 256 checked last", async () => {
    const cache = ownCache();
    const directory = temporaryDirectory();
    const paths = Array.from({ length: 300 }, (_, at) => join(directory, String(at)));
    for (const path of paths) writeFileSync(path, "");
    const entry = (path: string) => ({ path, state: stateOf(path), sha256: hash });
    await rememberFiles(paths.map(entry));
    await rememberFiles([entry(paths[100]!)]);
    const kept = Object.keys(remembered(cache));
    expect(kept.at(-1)).toBe(paths[100]);
    expect(new Set(kept)).toEqual(new Set(paths.slice(44)));
  });
});

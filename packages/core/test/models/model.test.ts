import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createModelManifest } from "../../src/models/create-model-manifest.ts";
import { fingerprintModel } from "../../src/models/fingerprint-model.ts";
import { exportedFiles, parseModelManifest } from "../../src/models/model-manifest.ts";
import { miniFingerprint, miniModel } from "../../src/models/mini-model.ts";
import { openModel } from "../../src/models/open-model.ts";
import { verifyModel } from "../../src/models/verify-model.ts";
import { modelDirectory } from "../clip/model-directory.ts";

describe("a whole model directory", () => {
  test("opens with its manifest, verifies, and leaves no temporary file", async () => {
    const model = await modelDirectory();
    expect(model.manifest).toMatchObject({
      format: 1,
      name: "tiny",
      dims: 3,
      image: { size: 32, mean: [0.48145466, 0.4578275, 0.40821073], resize: "shortest-side", crop: "center" },
      text: { contextLength: 77 },
    });
    for (const file of exportedFiles) {
      const content = readFileSync(path.join(model.directory, file));
      const sha256 = createHash("sha256").update(content).digest("hex");
      expect(model.manifest.files[file]).toEqual({ bytes: content.length, sha256 });
    }
    await expect(verifyModel(model)).resolves.toBeUndefined();
    expect(readdirSync(model.directory).toSorted()).toEqual(["model.json", "textual", "visual"]);
  });

  test("that of the mini model has the fingerprint by which searches know it", () => {
    expect(miniModel().fingerprint).toBe(miniFingerprint);
  });

  test("has a fingerprint that follows what decides a vector, and nothing else", async () => {
    const { manifest, fingerprint } = await modelDirectory();
    const { image, files } = manifest;
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect((await modelDirectory({}, { name: "another name" })).fingerprint).toBe(fingerprint);
    const others = [
      { ...manifest, dims: 4 },
      { ...manifest, image: { ...image, size: 64 } },
      { ...manifest, image: { ...image, mean: [0, 0, 0] as const } },
      { ...manifest, image: { ...image, std: [1, 1, 1] as const } },
      { ...manifest, text: { contextLength: 32 } },
      ...exportedFiles.map((file) => ({
        ...manifest,
        files: { ...files, [file]: { bytes: 1, sha256: "0".repeat(64) } },
      })),
    ];
    expect(new Set([fingerprint, ...others.map((other) => fingerprintModel(other, "fp32"))]).size).toBe(
      others.length + 1,
    );
  });
});

describe("a damaged model directory", () => {
  test("is told from none", async () => {
    const { directory } = await modelDirectory();
    const absent = path.join(directory, "no", "such");
    expect(() => openModel(absent)).toThrow(
      expect.objectContaining({
        code: "MODEL_NOT_FOUND",
        message: `${absent}: expected a model directory, found none.`,
      }),
    );
    expect(() => openModel(path.join(directory, "model.json"))).toThrow(
      expect.objectContaining({ code: "MODEL_NOT_FOUND" }),
    );
  });

  test.each(["model.json", ...exportedFiles])("names a missing file: %s", async (file) => {
    const { directory } = await modelDirectory();
    rmSync(path.join(directory, file));
    const message = `${path.join(directory, file)}: expected a file of the model, found none.`;
    expect(() => openModel(directory)).toThrow(expect.objectContaining({ code: "MODEL_NOT_FOUND", message }));
  });

  test("names a directory where a file should be", async () => {
    const { directory } = await modelDirectory();
    rmSync(path.join(directory, "visual/model.onnx"));
    mkdirSync(path.join(directory, "visual/model.onnx"));
    expect(() => openModel(directory)).toThrow(expect.objectContaining({ code: "MODEL_NOT_FOUND" }));
  });

  test("names a file of another size, with both sizes", async () => {
    const { directory, manifest } = await modelDirectory();
    const file = path.join(directory, "textual/model.onnx");
    appendFileSync(file, "x");
    const { bytes } = manifest.files["textual/model.onnx"]!;
    const message = `${file}: expected ${bytes} bytes, found ${bytes + 1}.`;
    expect(() => openModel(directory)).toThrow(expect.objectContaining({ code: "MODEL_INVALID", message }));
  });

  test("verifyModel() names a file with other content of the same size", async () => {
    const model = await modelDirectory();
    const file = path.join(model.directory, "textual/tokenizer.json");
    const content = readFileSync(file);
    content[content.length - 2]! ^= 1;
    writeFileSync(file, content);
    expect(openModel(model.directory).fingerprint).toBe(model.fingerprint);
    const message = expect.stringMatching(/tokenizer\.json: expected \d+ bytes with SHA-256 \w{64}, found \d+ bytes/);
    await expect(verifyModel(model)).rejects.toMatchObject({ code: "MODEL_INVALID", message });
    await expect(verifyModel(model, ["visual/model.onnx"])).resolves.toBeUndefined();
    rmSync(file);
    await expect(verifyModel(model)).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  });

  test("gets no manifest when a file is missing or a setting is out of range", async () => {
    const { directory } = await modelDirectory();
    const before = readFileSync(path.join(directory, "model.json"));
    const settings = { name: "tiny", dims: 3, image: { size: 32 } };
    await expect(createModelManifest(directory, { ...settings, dims: 0 })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining("expected dims to be a whole number from 1 to 4096, found 0"),
    });
    rmSync(path.join(directory, "visual/model.onnx"));
    await expect(createModelManifest(directory, settings)).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    expect(readFileSync(path.join(directory, "model.json"))).toEqual(before);
  });
});

describe("a hostile manifest", () => {
  const file = { bytes: 10, sha256: "a".repeat(64) };
  const good = {
    format: 1,
    name: "good",
    dims: 512,
    image: {
      size: 224,
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
      resize: "shortest-side",
      crop: "center",
      interpolation: "bicubic",
    },
    text: { contextLength: 77 },
    files: Object.fromEntries(exportedFiles.map((name) => [name, file])),
  };

  test("is measured against a good one", () => {
    expect(parseModelManifest(JSON.stringify(good), "model.json")).toEqual(good);
  });

  test.each<[field: string, change: object]>([
    ["the manifest", { extra: 1 }],
    ["format", { format: 3 }],
    ["format", { format: undefined }],
    ["name", { name: "" }],
    ["name", { name: "a\u001b[2Jb" }],
    ["name", { name: "x".repeat(201) }],
    ["dims", { dims: 0 }],
    ["dims", { dims: 4097 }],
    ["dims", { dims: 1.5 }],
    ["dims", { dims: "512" }],
    ["dims", { dims: 1e300 }],
    ["image", { image: [] }],
    ["image", { image: null }],
    ["image.size", { image: { ...good.image, size: 1_000_000 } }],
    ["image.mean", { image: { ...good.image, mean: [0, 0] } }],
    ["image.mean", { image: { ...good.image, mean: [0, 0, null] } }],
    ["image.std", { image: { ...good.image, std: [0, 1, 1] } }],
    ["image.resize", { image: { ...good.image, resize: "longest-side" } }],
    ["image.crop", { image: { ...good.image, crop: "none" } }],
    ["image.interpolation", { image: { ...good.image, interpolation: "nearest" } }],
    ["text.contextLength", { text: { contextLength: 2 } }],
    ["text", { text: { contextLength: 77, more: 1 } }],
    ["files", { files: { ...good.files, "../../etc/passwd": file } }],
    ['files["visual/model.onnx"]', { files: { ...good.files, "visual/model.onnx": undefined } }],
    ['files["visual/model.onnx"].bytes', { files: { ...good.files, "visual/model.onnx": { ...file, bytes: -1 } } }],
    ['files["visual/model.onnx"].sha256', { files: { ...good.files, "visual/model.onnx": { ...file, sha256: "no" } } }],
  ])("is refused for %s: %j", (field, change) => {
    const text = JSON.stringify({ ...good, ...change });
    const message = expect.stringContaining(`model.json: expected ${field} to be `);
    expect(() => parseModelManifest(text, "model.json")).toThrow(
      expect.objectContaining({ code: "MODEL_INVALID", message }),
    );
  });

  test.each(["", "null", "[]", "7", '"x"', "{", "<html>", '{"__proto__": {}}'])("is refused when it is %j", (text) => {
    expect(() => parseModelManifest(text, "model.json")).toThrow(expect.objectContaining({ code: "MODEL_INVALID" }));
  });

  test("is not read when it is huge", async () => {
    const { directory } = await modelDirectory();
    writeFileSync(path.join(directory, "model.json"), " ".repeat(70_000));
    expect(() => openModel(directory)).toThrow(expect.objectContaining({ code: "MODEL_INVALID" }));
  });
});

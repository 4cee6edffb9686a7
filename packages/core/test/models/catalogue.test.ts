import { expect, test } from "vitest";
import { catalogue, defaultModelId } from "../../src/models/catalogue.ts";
import { findInCatalogue } from "../../src/models/find-in-catalogue.ts";
import { idPattern } from "../../src/models/installed-models.ts";

test("the default is rclip's model, from its weights, which are compiled", () => {
  const model = findInCatalogue(defaultModelId);
  expect(model).toMatchObject({ name: "ViT-B-32-256 datacomp_s34b_b86k", licence: { name: "MIT" }, dims: 512 });
  expect(catalogue[0]).toBe(model);
  expect(model.sources[0]?.files.map(({ path, as = path }) => as)).toEqual([
    "open_clip_config.json",
    "open_clip_model.safetensors",
    "tokenizer.json",
  ]);
});

test("ids are names of directories, each given once", () => {
  const ids = catalogue.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(idPattern);
});

test("only models are offered whose licence lets everybody use them", () => {
  expect(new Set(catalogue.map(({ licence }) => licence.name))).toEqual(new Set(["MIT", "Apache-2.0"]));
});

test("every model has a source, whose files lie inside the directory they are downloaded to", () => {
  for (const { sources } of catalogue) {
    expect(sources.length).toBeGreaterThan(0);
    for (const { files } of sources) {
      const places = files.map(({ path, as = path }) => as);
      expect(new Set(places).size).toBe(places.length);
      for (const { repository, path, as = path } of files) {
        expect(repository).toMatch(/^[\w.-]+\/[\w.-]+$/);
        for (const place of [path, as])
          expect(place).toMatch(/^(?!.*\.\.)[\w-]+(\/[\w.-]+)*\.\w+$|^[\w.-]+(\/[\w.-]+)+$/);
      }
    }
  }
});

test("families have the settings their makers trained them with", () => {
  for (const { id, image, text, activation } of catalogue) {
    const isSiglip = id.startsWith("siglip");
    expect(image.resize).toBe(isSiglip ? "squash" : "shortest-side");
    expect(image.mean[0]).toBe(isSiglip ? 0.5 : 0.48145466);
    expect(text.contextLength).toBe(isSiglip ? 64 : 77);
    expect(activation).toBe(id.endsWith("openai") ? "quick-gelu" : isSiglip ? "gelu-tanh" : "gelu");
  }
});

test("a model is found by its id or a beginning that only it has, in any case", () => {
  expect(findInCatalogue("vit-b-32-256-datacomp").id).toBe("vit-b-32-256-datacomp");
  expect(findInCatalogue("ViT-B-32-256").id).toBe("vit-b-32-256-datacomp");
  expect(findInCatalogue("vit-l-14-o").id).toBe("vit-l-14-openai");
});

test.each([
  [
    "vit-b-32",
    "is the beginning of several",
    "vit-b-32-256-datacomp, vit-b-32-openai, vit-b-32-datacomp, vit-b-32-laion2b",
  ],
  ["mobileclip", "is no model of the catalogue", "siglip2-b-32-256"],
  ["", "is no model of the catalogue", "siglip2-b-32-256"],
])("%j is no model, and the error says which there are", (name, message, hint) => {
  expect(() => findInCatalogue(name)).toThrow(
    expect.objectContaining({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }),
  );
});

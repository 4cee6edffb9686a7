import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import {
  type DeviceFigures,
  readFigures,
  surroundings,
  type Surroundings,
  writeFigures,
} from "../../src/devices/device-figures.ts";

const here: Surroundings = { onnxruntime: "1.30.0", machine: "linux x64 Zen /dev/dri/renderD128" };
const figures: DeviceFigures = {
  version: 1,
  ...here,
  models: {
    abc: { name: "a model", at: "2026-11-29T00:00:00.000Z", cpuMs: 30, devices: { webgpu: { ms: 3, cosine: 1 } } },
  },
};
const none = (of: Surroundings): DeviceFigures => ({ version: 1, ...of, models: {} });

test("figures come back as they were kept, in a folder that is made for them", async () => {
  const file = join(temporaryDirectory(), "cache", "devices.json");
  await writeFigures(file, figures);
  expect(readFigures(file, here)).toEqual(figures);
});

test("with another onnxruntime, another processor or another GPU there are no figures", async () => {
  const file = join(temporaryDirectory(), "devices.json");
  await writeFigures(file, figures);
  const others = [
    { ...here, onnxruntime: "1.31.0" },
    { ...here, machine: "linux x64 Zen" },
    { ...here, machine: "linux x64 Core /dev/dri/renderD128" },
  ];
  for (const other of others) expect(readFigures(file, other)).toEqual(none(other));
});

test("a file that is absent, garbage, or of another version says nothing", () => {
  const file = join(temporaryDirectory(), "devices.json");
  expect(readFigures(file, here)).toEqual(none(here));
  for (const text of ["", "{", "null", "[]", "7", JSON.stringify({ ...figures, version: 2 }), '{"version":1}']) {
    writeFileSync(file, text);
    expect(readFigures(file, here)).toEqual(none(here));
  }
  writeFileSync(file, JSON.stringify({ version: 1, ...here, models: null }));
  expect(readFigures(file, here)).toEqual(none(here));
});

test("where the file cannot be written, nothing is kept and nothing breaks", async () => {
  const file = join(temporaryDirectory(), "devices.json");
  mkdirSync(file);
  await writeFigures(file, figures);
  expect(readFigures(file, here)).toEqual(none(here));
  const below = join(temporaryDirectory(), "file");
  writeFileSync(below, "no directory");
  await writeFigures(join(below, "devices.json"), figures);
  expect(readFileSync(below, "utf8")).toBe("no directory");
});

test("the surroundings name the onnxruntime that is installed", () => {
  expect(surroundings().onnxruntime).toMatch(/^\d+\.\d+\.\d+$/);
  expect(surroundings().machine.startsWith(`${process.platform} ${process.arch} `)).toBe(true);
});

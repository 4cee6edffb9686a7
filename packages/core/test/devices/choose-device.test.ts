import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { directory as mini } from "@clipfind/model-mini";
import { describe, expect, onTestFinished, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { openCatalog } from "../../src/db/open-catalog.ts";
import type { Device } from "../../src/device.ts";
import { chooseDevice } from "../../src/devices/choose-device.ts";
import { type DeviceFigures, type Surroundings, writeFigures } from "../../src/devices/device-figures.ts";
import { measureDevices } from "../../src/devices/measure-devices.ts";
import { graphicsNodes, offeredDevices } from "../../src/devices/offered-devices.ts";
import { tryDevice } from "../../src/devices/try-device.ts";
import { Library } from "../../src/index.ts";
import { indexOnDevice } from "../../src/indexing/index-on-device.ts";
import type { IndexEvent, PhotosEvent } from "../../src/indexing/index-event.ts";
import { openModel } from "../../src/models/open-model.ts";
import { Vectors } from "../../src/vectors.ts";

/** One that onnxruntime has on other systems only: it fails for certain, on every machine. */
const foreign: Device = process.platform === "linux" ? "directml" : process.platform === "win32" ? "coreml" : "cuda";
const here: Surroundings = { onnxruntime: "1.30.0", machine: "a test" };
const model = openModel(mini);

function drawings(count: number): string {
  const photos = join(temporaryDirectory(), "photos");
  copyDrawings(photos, 0, count);
  return photos;
}

describe("what onnxruntime offers", () => {
  test("is the CPU, and a reason for each device that it has not", async () => {
    const offers = await offeredDevices();
    expect(offers.map(({ device }) => device)).toEqual(["cpu", "cuda", "coreml", "directml", "webgpu"]);
    expect(offers[0]).toEqual({ device: "cpu", problem: undefined });
    expect(offers.find(({ device }) => device === foreign)).toEqual({
      device: foreign,
      problem: "this system's onnxruntime is built without it",
    });
  });
});

describe("trying a device", () => {
  test("gives the CPU's vectors and a time, and on a device that is not there a reason", async () => {
    const { ms, vectors } = await tryDevice(model, "cpu");
    expect(ms).toBeGreaterThan(0);
    expect(vectors.map((vector) => Math.hypot(...vector))).toEqual(vectors.map(() => expect.closeTo(1, 5) as number));
    expect(new Set(vectors.map(String)).size).toBe(4);
    await expect(tryDevice(model, foreign)).rejects.toMatchObject({
      code: "DEVICE_UNAVAILABLE",
      message: expect.stringMatching(new RegExp(`^${foreign} cannot be used: `)) as string,
    });
  });

  test("ends when it is aborted", async () => {
    const stop = new AbortController();
    const trial = tryDevice(model, "cpu", stop.signal);
    stop.abort(new Error("enough"));
    await expect(trial).rejects.toThrow("enough");
  });
});

describe("measuring", () => {
  test("is done once for a model, and what does not work is asked again when it is asked for, or a day later", async () => {
    const file = join(temporaryDirectory(), "devices.json");
    const first = await measureDevices(model, [foreign], { file, here });
    expect(first).toMatchObject({ name: model.manifest.name, isNew: true, cpuMs: expect.any(Number) as number });
    expect(first.devices[foreign]).toHaveProperty("problem");
    expect(await measureDevices(model, [foreign], { file, here })).toEqual({ ...first, isNew: false });
    expect((await measureDevices(model, [foreign], { file, here, retry: true })).isNew).toBe(true);

    const yesterday = new Date(Date.now() - 25 * 3_600_000).toISOString();
    const kept = JSON.parse(readFileSync(file, "utf8")) as DeviceFigures;
    const [fingerprint] = Object.keys(kept.models) as [string];
    expect(fingerprint).toBe(model.fingerprint);
    const old = { ...kept, models: { [fingerprint]: { ...kept.models[fingerprint]!, at: yesterday } } };
    await writeFigures(file, old);
    expect((await measureDevices(model, [foreign], { file, here })).isNew).toBe(true);
    // One that worked is believed for as long as the surroundings stay.
    const good = { ...old.models[fingerprint]!, devices: { [foreign]: { ms: 1, cosine: 1 } } };
    await writeFigures(file, { ...old, models: { [fingerprint]: good } });
    expect((await measureDevices(model, [foreign], { file, here })).isNew).toBe(false);
    const elsewhere = { ...here, onnxruntime: "1.31.0" };
    expect((await measureDevices(model, [], { file, here: elsewhere })).isNew).toBe(true);
  });
});

describe("choosing", () => {
  test.skipIf(graphicsNodes().length > 0 || process.platform !== "linux")(
    "measures nothing where there is only a CPU",
    async () => {
      const file = join(temporaryDirectory(), "devices.json");
      expect(await chooseDevice(model, { file, here })).toEqual({ device: "cpu" });
      expect(existsSync(file)).toBe(false);
    },
  );

  test("tries what there may be, tells what came of it once, and leaves out what does not work", async () => {
    const options = { file: join(temporaryDirectory(), "devices.json"), here, likely: [foreign], workers: 2 };
    const first = await chooseDevice(model, options);
    expect(first).toEqual({
      device: "cpu",
      told: expect.stringMatching(
        new RegExp(`^cpu is used: for a picture 2 of the CPU's cores take [0-9.]+ ms, ${foreign} does not work \\(`),
      ) as string,
    });
    expect(await chooseDevice(model, options)).toEqual({ device: "cpu" });
  });

  test("takes the fastest of what was measured, against the CPU in the precision it would have", async () => {
    const file = join(temporaryDirectory(), "devices.json");
    const at = new Date().toISOString();
    const fast = { ...model, fingerprint: "the same in int8" };
    const devices = { webgpu: { ms: 30, cosine: 1 } };
    await writeFigures(file, {
      version: 1,
      ...here,
      models: {
        [model.fingerprint]: { name: "exact", at, cpuMs: 120, devices },
        [fast.fingerprint]: { name: "fast", at, cpuMs: 35, devices: {} },
      },
    });
    const options = { file, here, likely: ["webgpu"], workers: 2 } as const;
    expect(await chooseDevice(model, options)).toEqual({ device: "webgpu" });
    expect(await chooseDevice(model, { ...options, fast })).toEqual({ device: "cpu" });
    expect(await chooseDevice(model, { ...options, device: "cpu" })).toEqual({ device: "cpu" });
  });

  test("a device that is named and not there is refused with the reason", async () => {
    await expect(chooseDevice(model, { device: foreign, here })).rejects.toMatchObject({
      code: "DEVICE_UNAVAILABLE",
      message: `${foreign} cannot be used: this system's onnxruntime is built without it.`,
      hint: expect.stringContaining("clipfind doctor") as string,
    });
  });

  test("a device that is named and makes other vectors is refused; one that is slow is used", async () => {
    const file = join(temporaryDirectory(), "devices.json");
    const offered = (await offeredDevices()).find(({ device, problem }) => device !== "cpu" && problem === undefined);
    if (offered === undefined) return;
    const keep = (cosine: number) =>
      writeFigures(file, {
        version: 1,
        ...here,
        models: {
          [model.fingerprint]: {
            name: "mini",
            at: new Date().toISOString(),
            cpuMs: 1,
            devices: { [offered.device]: { ms: 1000, cosine } },
          },
        },
      });
    await keep(0.998);
    await expect(chooseDevice(model, { device: offered.device, file, here })).rejects.toMatchObject({
      code: "DEVICE_UNAVAILABLE",
      message: `${offered.device} cannot be used: its vectors are not the CPU's (cosine 0.99800, expected at least 0.9999).`,
    });
    await keep(1);
    expect(await chooseDevice(model, { device: offered.device, file, here })).toEqual({ device: offered.device });
  });
});

describe("an index run", () => {
  test("on a device that is named and not there fails before anything is encoded", async () => {
    await using library = Library.open(temporaryDirectory());
    const run = async (): Promise<void> => {
      for await (const event of library.index([drawings(1)], { device: foreign })) expect(event.type).toBe("never");
    };
    await expect(run()).rejects.toMatchObject({ code: "DEVICE_UNAVAILABLE" });
    expect(library.status().model).toBeUndefined();
  });

  test("says what it ran on, and the library remembers it", async () => {
    await using library = Library.open(temporaryDirectory());
    let done: IndexEvent | undefined;
    for await (const event of library.index([drawings(2)], { device: "cpu" })) done = event;
    expect(done).toMatchObject({ type: "done", means: { device: "cpu" } });
    expect(library.status().model).toMatchObject({ devices: ["cpu"] });
  });

  test("goes on with the CPU when the device gives up, unless it was named", async () => {
    const directory = temporaryDirectory();
    const catalog = openCatalog(directory);
    const { dims, name } = model.manifest;
    const vectors = Vectors.open(join(directory, "store"), { dims, write: true });
    onTestFinished(() => {
      vectors.close();
      catalog.close();
    });
    const { fingerprint, precision } = model;
    const row = { name, fingerprint, dims, directory: mini, precision, agreement: null, verified: {}, complete: false };
    catalog.models.choose({ ...row, devices: [foreign] });
    const path = bytePathFromText(drawings(3));
    catalog.roots.put(path);
    const run = async (mayFallBack: boolean): Promise<PhotosEvent[]> => {
      const events: PhotosEvent[] = [];
      const roots = catalog.roots.all();
      const options = { catalog, vectors, model, isSearched: true, agreement: null, roots, workers: 1 };
      for await (const event of indexOnDevice({ ...options, device: foreign, mayFallBack })) {
        if (event.type !== "progress") events.push(event);
      }
      return events;
    };
    await expect(run(false)).rejects.toMatchObject({ code: "DEVICE_UNAVAILABLE" });
    expect(vectors.ids()).toEqual([]);
    const [told, done] = await run(true);
    expect(told).toMatchObject({
      type: "device",
      device: "cpu",
      reason: expect.stringMatching(/^\w+ cannot be used: .*\. Going on with the CPU$/) as string,
    });
    expect(done).toMatchObject({ type: "done", means: { device: "cpu" }, progress: { encoded: 3, failed: 0 } });
    expect(catalog.models.byFingerprint(fingerprint)?.devices).toEqual(["cpu", foreign]);
  });
});

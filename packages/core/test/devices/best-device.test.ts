import { expect, test } from "vitest";
import { bestDevice, isUsable } from "../../src/devices/best-device.ts";

const same = 1;

test("the device that encodes most pictures per second is chosen, all cores of the CPU counted", () => {
  const devices = { cuda: { ms: 3, cosine: same }, webgpu: { ms: 9, cosine: same } };
  expect(bestDevice({ cpuMs: 120, workers: 8, devices })).toBe("cuda");
  expect(bestDevice({ cpuMs: 120, workers: 8, devices: { webgpu: devices.webgpu } })).toBe("webgpu");
  expect(bestDevice({ cpuMs: 120, workers: 64, devices })).toBe("cpu");
  expect(bestDevice({ cpuMs: 35, workers: 16, devices })).toBe("cpu");
  expect(bestDevice({ cpuMs: 120, workers: 1, devices: {} })).toBe("cpu");
});

test("a device that is hardly faster than the CPU is left alone", () => {
  const at = (ms: number) => bestDevice({ cpuMs: 100, workers: 2, devices: { webgpu: { ms, cosine: same } } });
  expect([at(39.9), at(40), at(49), at(51)]).toEqual(["webgpu", "cpu", "cpu", "cpu"]);
});

test("a device that makes other vectors, or none, is not used however fast it is", () => {
  const bad = {
    cuda: { ms: 0.1, cosine: 0.99989 },
    webgpu: { problem: "no adapter" },
    coreml: { ms: 0.1, cosine: NaN },
  };
  expect(Object.values(bad).map(isUsable)).toEqual([false, false, false]);
  expect(isUsable({ ms: 1, cosine: 0.9999 })).toBe(true);
  expect(bestDevice({ cpuMs: 1000, workers: 1, devices: bad })).toBe("cpu");
});

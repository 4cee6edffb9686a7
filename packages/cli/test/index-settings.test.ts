import { expect, test } from "vitest";
import { indexSettings } from "../src/config/index-settings.ts";
import type { SettingInForce, SettingsInForce } from "../src/config/settings-in-force.ts";
import type { SettingKey } from "../src/config/settings.ts";

/** As one's own file says it. */
function set(values: Partial<Record<SettingKey, SettingInForce["value"]>>): SettingsInForce {
  const entries = Object.entries(values).map(
    ([key, value]) => [key as SettingKey, { value, source: "user", from: "config.toml" }] as const,
  );
  return { values: new Map(entries), warnings: [] };
}

test("what is set for index runs holds for those before a search, in the units of the library", () => {
  const settings = set({
    device: "cpu",
    precision: "fp32",
    threads: 2,
    "max-memory": "1500M",
    nice: 10,
    timeout: 2.5,
    "max-megapixels": 80,
    limit: 3,
  });
  expect(indexSettings({ env: {}, settings })).toEqual({
    device: "cpu",
    precision: "fp32",
    workers: 2,
    maxMemory: 1_500_000_000,
    nice: 10,
    photoTimeout: 2500,
    maxMegapixels: 80,
  });
});

test("nothing is said where nothing is set; a variable is read as by clipfind index", () => {
  const nothing = set({});
  expect(Object.values(indexSettings({ env: {}, settings: nothing })).every((value) => value === undefined)).toBe(true);
  expect(indexSettings({ env: { CLIPFIND_DEVICE: "cpu" }, settings: nothing }).device).toBe("cpu");
  expect(() => indexSettings({ env: { CLIPFIND_DEVICE: "abacus" }, settings: nothing })).toThrow(
    /CLIPFIND_DEVICE: expected auto, cpu, .*, found abacus/,
  );
});

import type { IndexOptions } from "@clipfind/core";
import { byteSize } from "../byte-size.ts";
import type { Context } from "../context.ts";
import { deviceOption } from "../device-option.ts";
import type { SettingKey } from "./settings.ts";

/** What is set for index runs, for those that no line of `clipfind index` says it for. @throws UsageError */
export function indexSettings({
  env,
  settings,
}: Pick<Context, "env" | "settings">): Pick<
  IndexOptions,
  "device" | "maxMegapixels" | "maxMemory" | "nice" | "photoTimeout" | "precision" | "workers"
> {
  const value = (key: SettingKey): string | undefined => settings.values.get(key)?.value.toString();
  const number = (key: SettingKey): number | undefined => {
    const text = value(key);
    return text === undefined ? undefined : Number(text);
  };
  const [size, seconds] = [value("max-memory"), number("timeout")];
  return {
    device: deviceOption(value("device"), env),
    precision: value("precision") as IndexOptions["precision"],
    workers: number("threads"),
    maxMemory: size === undefined ? undefined : byteSize(size),
    nice: number("nice"),
    photoTimeout: seconds === undefined ? undefined : seconds * 1000,
    maxMegapixels: number("max-megapixels"),
  };
}

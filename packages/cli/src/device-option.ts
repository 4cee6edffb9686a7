import type { IndexOptions } from "@clipfind/core";
import { UsageError } from "clipanion";

type Wish = NonNullable<IndexOptions["device"]>;

export const deviceWishes: readonly Wish[] = ["auto", "cpu", "cuda", "coreml", "directml", "webgpu"];

/** What --device, which files of settings may give, else CLIPFIND_DEVICE, asks for; undefined where neither does. @throws UsageError */
export function deviceOption(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Wish | undefined {
  const [name, value] = option === undefined ? ["CLIPFIND_DEVICE", env["CLIPFIND_DEVICE"]] : ["--device", option];
  if (value === undefined || value === "") return undefined;
  const wish = deviceWishes.find((it) => it === value);
  if (wish === undefined)
    throw new UsageError(`Invalid value for ${name}: expected ${deviceWishes.join(", ")}, found ${value}`);
  return wish;
}

export const deviceDescription =
  "auto, cpu, cuda, coreml, directml or webgpu (default: CLIPFIND_DEVICE, what is set, else auto: the fastest, measured once)";

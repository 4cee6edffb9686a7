import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ClipfindError } from "@clipfind/core/errors";
import type { ConfigFile } from "./read-config-file.ts";
import type { SettingValue } from "./setting-kinds.ts";
import type { SettingKey } from "./settings.ts";

/**
 * Sets a key in the file `path`, whose state is `before`, or takes it out where `value` is undefined. All else in the
 * file, comments too, stays as it is. The file is the old or the new one, whenever the machine stops.
 * @throws ClipfindError CONFIG_INVALID where the file is written in a way that this does not understand
 */
export async function writeConfigFile(
  path: string,
  before: ConfigFile | undefined,
  key: SettingKey,
  value: SettingValue | undefined,
): Promise<void> {
  const { parse } = await import("smol-toml");
  const text = before?.text ?? "";
  const next = edited(text, key, value === undefined ? undefined : literal(value));
  const { [key]: _, ...others } = parse(text);
  const expected = value === undefined ? others : { ...others, [key]: value };
  let found: unknown;
  try {
    found = parse(next);
  } catch {
    // Told below.
  }
  if (!isDeepStrictEqual({ ...(found as object) }, { ...expected })) {
    throw new ClipfindError("CONFIG_INVALID", `${path}: ${key} is written there over several lines, or in a table`, {
      hint: "Change it with an editor.",
    });
  }
  replace(path, next);
}

/** The text with one line of the topmost table changed, added or taken out. */
function edited(text: string, key: string, value: string | undefined): string {
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const table = lines.findIndex((line) => /^\s*\[/.test(line));
  const end = table < 0 ? lines.length : table;
  const at = lines.slice(0, end).findIndex((line) => new RegExp(`^\\s*(?:${key}|"${key}"|'${key}')\\s*=`).test(line));
  if (value === undefined) {
    if (at >= 0) lines.splice(at, 1);
  } else if (at >= 0) lines[at] = `${key} = ${value}`;
  else lines.splice(end, 0, `${key} = ${value}`);
  return lines.map((line) => `${line}\n`).join("");
}

/** As TOML writes it: what JSON writes, but for the bytes that TOML wants escaped. */
function literal(value: SettingValue): string {
  if (typeof value === "object") return `[${value.map(literal).join(", ")}]`;
  // oxlint-disable-next-line no-control-regex -- control characters are the point
  return JSON.stringify(value).replaceAll(/\u007f/g, "\\u007f");
}

function replace(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  // Where it is a link to a file that is kept elsewhere, that one is written.
  const target = existsSync(path) ? realpathSync(path) : path;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS") throw cause;
    throw new ClipfindError("PERMISSION_DENIED", `Cannot write the settings into ${target}: ${message}`, { cause });
  }
}

import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ClipfindError } from "@clipfind/core/errors";
import type { SettingValue } from "./setting-kinds.ts";
import { type SettingKey, settingKeys, settingOf } from "./settings.ts";

/** What a file sets. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
  readonly values: ReadonlyMap<SettingKey, SettingValue>;
  /** Settings in the file of a folder that only the user's file may set: they do not count. */
  readonly refused: readonly SettingKey[];
}

/** Bytes: a file of settings is small, and one that came with a folder may be anything. */
const most = 65_536;

/**
 * Reads a file of settings, that of the user or that of a folder; undefined when there is none.
 * @throws ClipfindError CONFIG_INVALID, naming file and line; PERMISSION_DENIED
 */
export async function readConfigFile(path: string, of: "project" | "user"): Promise<ConfigFile | undefined> {
  const text = textOf(path);
  if (text === undefined) return undefined;
  // Loaded only where there is a file.
  const { parse, TomlError } = await import("smol-toml");
  let table: Readonly<Record<string, unknown>>;
  try {
    table = parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const reason = cause.message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
    throw invalid(`${path}:${cause.line}:${cause.column}: expected TOML: ${reason}`, { cause });
  }
  const values = new Map<SettingKey, SettingValue>();
  const refused: SettingKey[] = [];
  for (const [name, found] of Object.entries(table)) {
    const place = `${path}:${lineOf(text, name)}`;
    const key = settingKeys.find((each) => each === name);
    if (key === undefined) throw await unknownSetting(name, place);
    const { kind, inProject, isPath } = settingOf(key);
    const value = kind.fromFile(found);
    if (value === undefined) {
      throw invalid(`${place}: expected ${key} to be ${kind.expected}, found ${JSON.stringify(found)}`);
    }
    if (of === "project" && inProject !== true) refused.push(key);
    else values.set(key, isPath === true ? pathFrom(String(value), path) : value);
  }
  return { path, text, values, refused };
}

/** The error about a setting that there is none of, with the nearest. `place` is a file with line, or nothing. */
export async function unknownSetting(name: string, place?: string): Promise<ClipfindError> {
  const { nearest } = await import("../nearest.ts");
  const near = nearest(name, settingKeys);
  const message = `${place === undefined ? "" : `${place}: `}there is no setting ${JSON.stringify(name)}`;
  return invalid(near === undefined ? message : `${message}; did you mean ${near}?`, {
    hint: "`clipfind config` lists all.",
  });
}

function invalid(message: string, { hint, cause }: { hint?: string; cause?: unknown } = {}): ClipfindError {
  const usual = "Correct the file; `clipfind config` lists all settings.";
  return new ClipfindError("CONFIG_INVALID", message, { hint: hint ?? usual, cause });
}

function textOf(path: string): string | undefined {
  try {
    const state = statSync(path, { throwIfNoEntry: false });
    if (state === undefined) return undefined;
    if (!state.isFile() || state.size > most) {
      throw invalid(`${path}: expected a file of at most 64 KiB`, { hint: "Move it away." });
    }
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOTDIR" || code === "ENOENT") return undefined;
    if (cause instanceof ClipfindError || (code !== "EACCES" && code !== "EPERM")) throw cause;
    throw new ClipfindError("PERMISSION_DENIED", `Cannot read the settings in ${path}`, {
      cause,
      hint: "Check its permissions, or move it away.",
    });
  }
}

/** Number of the line that sets `name`; 1 where it is written in an unusual way. */
function lineOf(text: string, name: string): number {
  const lines = text.split("\n");
  const bare = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const at = lines.findIndex((line) => new RegExp(`^\\s*(?:\\[+\\s*)?["']?${bare}["']?\\s*(?:[.=\\]])`).test(line));
  return Math.max(at, 0) + 1;
}

/** A model's name is no path; what has a slash, a directory's sign, is relative to the file. */
function pathFrom(value: string, file: string): string {
  if (value === "~" || /^~[/\\]/.test(value)) return join(homedir(), value.slice(1));
  return /[/\\]/.test(value) || value.startsWith(".") ? resolve(dirname(file), value) : value;
}

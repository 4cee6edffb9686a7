import { ClipfindError } from "@clipfind/core/errors";
import type { Context } from "../context.ts";
import { projectFile, userFile } from "./config-places.ts";
import { type ConfigFile, readConfigFile } from "./read-config-file.ts";
import type { SettingValue } from "./setting-kinds.ts";
import { type SettingKey, settingKeys, settingOf, variableOf } from "./settings.ts";

/** A value, and who says so: the variable's name, or the file's. */
export interface SettingInForce {
  readonly value: SettingValue;
  readonly source: "environment" | "project" | "user";
  readonly from: string;
}

/** What is set, by key: environment before the folder's file before the user's. */
export interface SettingsInForce {
  readonly values: ReadonlyMap<SettingKey, SettingInForce>;
  /** What was read and does not count, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Everything that is set, options aside. Reads two small files at most.
 * @throws ClipfindError CONFIG_INVALID, PERMISSION_DENIED
 */
export async function settingsInForce(context: Pick<Context, "cwd" | "env">): Promise<SettingsInForce> {
  const values = new Map<SettingKey, SettingInForce>();
  const take = (key: SettingKey, value: SettingInForce): void => {
    if (!values.has(key)) values.set(key, value);
  };
  for (const key of settingKeys) {
    const variable = variableOf(key);
    const word = context.env[variable];
    if (word !== undefined && word !== "")
      take(key, { value: ofVariable(key, word), source: "environment", from: variable });
  }
  const warnings: string[] = [];
  const takeFile = (file: ConfigFile | undefined, source: "project" | "user"): void => {
    for (const [key, value] of file?.values ?? []) take(key, { value, source, from: file!.path });
    if (file !== undefined && file.refused.length > 0) {
      warnings.push(
        `${file.path}: ${file.refused.join(", ")} in a folder's file counts for nothing; only your own may set that`,
      );
    }
  };
  const project = projectFile(context);
  if (project !== undefined) takeFile(await readConfigFile(project, "project"), "project");
  takeFile(await readConfigFile(userFile(context), "user"), "user");
  return { values, warnings };
}

function ofVariable(key: SettingKey, word: string): SettingValue {
  const { kind, variable } = settingOf(key);
  // What others read, they judge.
  if (variable !== undefined) return word;
  // A variable holds one text; several globs are separated as paths are in PATH.
  const words = Array.isArray(kind.fromFile(["a"])) ? word.split(process.platform === "win32" ? ";" : ":") : [word];
  const value = kind.fromWords(words);
  if (value !== undefined) return value;
  throw new ClipfindError(
    "CONFIG_INVALID",
    `${variableOf(key)}: expected ${kind.expected}, found ${JSON.stringify(word)}`,
    {
      hint: "Correct the environment variable.",
    },
  );
}

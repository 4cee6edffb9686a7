import { type SettingKey, settingKeys, settingOf } from "./settings.ts";
import type { SettingsInForce } from "./settings-in-force.ts";

/** The options that `command`, a clipanion command, is to be given before those of its line, which then go before them. */
export function settingsAsOptions(command: object, { values }: SettingsInForce): string[] {
  return settingKeys.flatMap((key) => optionWords(key, command, values));
}

function optionWords(key: SettingKey, command: object, values: SettingsInForce["values"]): string[] {
  const { option, variable } = settingOf(key);
  const { value, source } = values.get(key) ?? {};
  if (option === undefined || value === undefined || !(option.field in command)) return [];
  // Such a variable is read by who uses it.
  if (variable !== undefined && source === "environment") return [];
  if (typeof value === "boolean") return [value ? option.name : option.name.replace(/^--/, "--no-")];
  // With =, so that a value may begin with a dash.
  return [`${option.name}=${String(value)}`];
}

import { join } from "node:path";
import { BaseCommand } from "../../base-command.ts";
import { projectFile, projectFileName, userFile } from "../../config/config-places.ts";
import { type ConfigFile, readConfigFile, unknownSetting } from "../../config/read-config-file.ts";
import { type SettingKey, settingKeys } from "../../config/settings.ts";

/** What the commands share that are about settings. */
export abstract class ConfigCommand extends BaseCommand {
  /** @throws ClipfindError CONFIG_INVALID, with the nearest key */
  protected async key(name: string): Promise<SettingKey> {
    const key = settingKeys.find((each) => each === name);
    if (key === undefined) throw await unknownSetting(name);
    return key;
  }

  /** The file to be written, and what is in it. */
  protected async file(ofProject: boolean): Promise<{ path: string; now: ConfigFile | undefined }> {
    const path = this.place(ofProject);
    return { path, now: await readConfigFile(path, ofProject ? "project" : "user") };
  }

  /** Where that file is, or would be. */
  protected place(ofProject: boolean): string {
    if (!ofProject) return userFile(this.context);
    return projectFile(this.context) ?? join(this.context.cwd, projectFileName);
  }
}

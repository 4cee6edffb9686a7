import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where {@link rclipIndex} looks. */
export interface RclipPlace {
  /** As the user gave it: the file, or the directory it is in. */
  readonly explicit?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly platform?: NodeJS.Platform | undefined;
}

/** The file of rclip's index: the explicit one, else that in `RCLIP_DATADIR`, else where rclip keeps it on the system. */
export function rclipIndex({ explicit, env, cwd, platform = process.platform }: RclipPlace): string {
  if (explicit !== undefined) {
    const path = resolve(cwd, explicit);
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? join(path, "db.sqlite3") : path;
  }
  const named = env["RCLIP_DATADIR"];
  const data: Partial<Record<NodeJS.Platform, string>> = {
    darwin: "Library/Application Support",
    win32: "AppData/Roaming",
  };
  const home = (platform !== "win32" && env["HOME"]) || homedir();
  return join(named ? resolve(cwd, named) : join(home, data[platform] ?? ".local/share", "rclip"), "db.sqlite3");
}

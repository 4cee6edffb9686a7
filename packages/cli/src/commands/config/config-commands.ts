import type { CommandClass } from "clipanion";
import type { Context } from "../../context.ts";
import { ConfigGetCommand } from "./get.ts";
import { ConfigListCommand } from "./list.ts";
import { ConfigPathCommand } from "./path.ts";
import { ConfigSetCommand } from "./set.ts";
import { ConfigUnsetCommand } from "./unset.ts";

/** `clipfind config …` */
export const configCommands: readonly CommandClass<Context>[] = [
  ConfigListCommand,
  ConfigGetCommand,
  ConfigSetCommand,
  ConfigUnsetCommand,
  ConfigPathCommand,
];

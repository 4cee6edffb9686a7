import type { CommandClass } from "clipanion";
import { ModelsExportCommand } from "./commands/models/export.ts";
import { ModelsCompileCommand } from "./commands/models/compile.ts";
import { ModelsImportCommand } from "./commands/models/import.ts";
import { ModelsInfoCommand } from "./commands/models/info.ts";
import { ModelsListCommand } from "./commands/models/list.ts";
import { ModelsPullCommand } from "./commands/models/pull.ts";
import { ModelsRemoveCommand } from "./commands/models/remove.ts";
import { ModelsVerifyCommand } from "./commands/models/verify.ts";
import type { Context } from "./context.ts";

/** `clipfind models …`, in the order of the help. */
export const modelsCommands: readonly CommandClass<Context>[] = [
  ModelsListCommand,
  ModelsInfoCommand,
  ModelsPullCommand,
  ModelsImportCommand,
  ModelsCompileCommand,
  ModelsExportCommand,
  ModelsVerifyCommand,
  ModelsRemoveCommand,
];

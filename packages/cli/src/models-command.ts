import type * as models from "@clipfind/core/models";
import { Option } from "clipanion";
import { BaseCommand } from "./base-command.ts";

/** What the commands that manage models share. */
export abstract class ModelsCommand extends BaseCommand {
  json = Option.Boolean("--json", false, { description: "Print one JSON document on standard output" });

  override get usesSettings(): boolean {
    return true;
  }

  /** Does the work with what core knows of models, and the directory they are in; resolves to the exit code. */
  abstract manage(core: typeof models, home: string): Promise<number>;

  override async run(): Promise<number> {
    // Loaded only here: other commands have no use for downloads and archives.
    const core = await import("@clipfind/core/models");
    return this.manage(core, core.modelsHome(this.context));
  }

  /** Prints a document; `version` grows when a field changes its meaning or goes. */
  protected printDocument(document: object): void {
    this.print(JSON.stringify({ version: 1, ...document }, null, 2));
  }
}

import { ClipfindError } from "@clipfind/core/errors";
import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind models verify [ID…]`: are the models as they were installed? */
export class ModelsVerifyCommand extends ModelsCommand {
  static override paths = [["models", "verify"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "check that installed models are as they were installed",
    details: `
      Reads the files of the models with the given names, or of all, and compares them with their checksums. A damaged one
      is mended by removing and downloading it again.

      Exit codes: 0 all is well, 1 damage was found, 2 wrong usage or failure, 130 stopped by Ctrl-C.
    `,
    examples: [["All of them", "$0 models verify"]],
  });

  ids = Option.Rest({ name: "ID" });

  override async manage(core: typeof models, home: string): Promise<number> {
    const names = this.ids.length > 0 ? this.ids : core.installedModels(home).map(({ id }) => id);
    const found = names.map((name) => core.installedModel(home, name));
    const results: { id: string; problem: string | null }[] = [];
    for (const { id, directory } of found) {
      if (this.context.signal.aborted) throw new ClipfindError("ABORTED", "Stopped", { hint: "Run it again." });
      results.push({ id, problem: await problemOf(core, directory) });
    }
    if (this.json) this.printDocument({ directory: home, models: results });
    else
      for (const { id, problem } of results) this.print(`${id}: ${problem === null ? "all well" : printable(problem)}`);
    if (results.length === 0 && !this.json) this.tell("No models are installed.");
    return results.some(({ problem }) => problem !== null) ? exitCode.partial : exitCode.ok;
  }
}

async function problemOf(core: typeof models, directory: string): Promise<string | null> {
  try {
    await core.verifyModel(core.openModel(directory));
    return null;
  } catch (error) {
    if (error instanceof ClipfindError) return error.message;
    throw error;
  }
}

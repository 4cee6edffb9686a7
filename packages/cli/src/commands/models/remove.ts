import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind models remove ID`: removes a model. */
export class ModelsRemoveCommand extends ModelsCommand {
  static override paths = [["models", "remove"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "remove an installed model, or what an unfinished download left",
    details: `
      ID is the whole name. Libraries that were indexed with the model keep their vectors, but need it for searching.

      Exit codes: 0 removed, 1 there was none, 2 wrong usage or failure.
    `,
    examples: [["Make room", "$0 models remove vit-l-14-openai"]],
  });

  id = Option.String({ name: "ID" });

  override async manage(core: typeof models, home: string): Promise<number> {
    const onWait = (holder: string): void => this.report(`${printable(holder)} is busy with this model; waiting`);
    const removed = await core.removeModel(home, this.id, { signal: this.context.signal, onWait });
    if (this.json) this.printDocument({ id: this.id, removed });
    else if (removed) this.print(`${printable(this.id)} removed`);
    else this.fail(`there is no model ${printable(this.id)} in ${printable(home)}`);
    return removed ? exitCode.ok : exitCode.partial;
  }
}

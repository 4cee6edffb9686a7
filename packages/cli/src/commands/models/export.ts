import { resolve } from "node:path";
import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind models export ID FILE`: a model as one file. */
export class ModelsExportCommand extends ModelsCommand {
  static override paths = [["models", "export"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "write an installed model into an archive",
    details: `
      FILE becomes a tar archive, compressed if its name ends in gz (which saves little), that \`clipfind models import\` takes
      on a machine without a network. The model is checked first. A file that is there is not overwritten.

      Exit codes: 0 written, 2 wrong usage or failure.
    `,
    examples: [["Take the default model along", "$0 models export vit-b-32-256 /media/usb/vit-b-32-256-datacomp.tar"]],
  });

  id = Option.String({ name: "ID" });

  file = Option.String({ name: "FILE" });

  override async manage(core: typeof models, home: string): Promise<number> {
    const { id, directory } = core.installedModel(home, this.id);
    const file = resolve(this.context.cwd, this.file);
    await core.exportModel(core.openModel(directory), id, file);
    if (this.json) this.printDocument({ id, file });
    else this.print(`${id} written to ${printable(file)}`);
    return exitCode.ok;
  }
}

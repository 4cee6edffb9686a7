import { resolve } from "node:path";
import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind models import PATH`: installs a model that is on this machine. */
export class ModelsImportCommand extends ModelsCommand {
  static override paths = [["models", "import"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "install a model from a directory or an archive",
    details: `
      PATH is a directory or a .zip, .tar or .tar.gz archive with a model directory, as \`clipfind models export\` makes it, or
      with the files of a model as they lie on the hub (docs/models.md). It is only read. Needs no network.

      Archives that hold links, paths that lead out of them, or far more than such an archive should are refused.

      Exit codes: 0 installed, 2 wrong usage or failure, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
    `,
    examples: [
      ["A model that was exported on another machine", "$0 models import /media/usb/vit-b-32-256-datacomp.tar"],
      ["Your own, under a name of your choice", "$0 models import ~/my-clip --as my-clip"],
    ],
  });

  as = Option.String("--as", { description: "Its name; else the one it was exported under, or the file's" });

  from = Option.String({ name: "PATH" });

  override async manage(core: typeof models, home: string): Promise<number> {
    const path = resolve(this.context.cwd, this.from);
    const { id, model } = await core.importModel({
      path,
      home,
      id: this.as,
      signal: this.context.signal,
      onEvent: (event) => {
        if (event.type === "step") this.report(event.step);
        else this.report(`${printable(event.holder)} is busy with this model; waiting`);
      },
    });
    const { directory, fingerprint, manifest } = model;
    if (this.json) this.printDocument({ id, directory, fingerprint, name: manifest.name });
    else this.print(`${id} installed: ${printable(directory)}`);
    return exitCode.ok;
  }
}

import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";

/** `clipfind models compile SOURCE DIRECTORY`: makes a model directory of weights, anywhere. */
export class ModelsCompileCommand extends ModelsCommand {
  static override paths = [["models", "compile"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "build a model directory from weights",
    details: `
      SOURCE is a directory with the files of a model as they lie on the hub: weights of open_clip or transformers, or a pair of
      ONNX files, which is taken as it is (docs/models.md). It is only read. DIRECTORY is made, whole or not at all; what is
      there already is never replaced. \`--model DIRECTORY\` uses it where it is, \`clipfind models import\` installs it.
      Needs no network. \`pull\` and \`import\` do this by themselves.

      Exit codes: 0 built, 2 wrong usage or failure, 130 stopped by Ctrl-C, 143 stopped by SIGTERM.
    `,
    examples: [
      ["Weights of your own", "$0 models compile ~/training/epoch-32 ~/models/epoch-32"],
      ["With a name that tells people more", "$0 models compile epoch-32 my-clip --name 'My CLIP, epoch 32'"],
    ],
  });

  name = Option.String("--name", { description: "What people call it; else the name of DIRECTORY" });

  source = Option.String({ name: "SOURCE" });

  target = Option.String({ name: "DIRECTORY" });

  override async manage(core: typeof models): Promise<number> {
    const [source, target] = [this.source, this.target].map((path) => resolve(this.context.cwd, path)) as [
      string,
      string,
    ];
    if (existsSync(target)) {
      this.fail(`${printable(target)}: expected the name of a directory to make, found something there. Name another.`);
      return exitCode.failure;
    }
    const { directory, fingerprint, manifest } = await core.compileModel({
      source,
      target,
      name: this.name ?? basename(target),
      signal: this.context.signal,
      onStep: (step) => this.report(step),
    });
    if (this.json) this.printDocument({ directory, fingerprint, name: manifest.name });
    else this.print(`${manifest.name} built: ${printable(directory)}`);
    return exitCode.ok;
  }
}

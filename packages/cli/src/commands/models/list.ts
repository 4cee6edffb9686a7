import type * as models from "@clipfind/core/models";
import { Command } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";
import { table } from "../../output/table.ts";

/** `clipfind models list`: what is installed, and what can be downloaded. */
export class ModelsListCommand extends ModelsCommand {
  static override paths = [["models"], ["models", "list"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "list the models that are installed, and those that can be downloaded",
    details: `
      Installed models are in the directory that CLIPFIND_MODELS names, else in \`models\` in your data directory. Every
      command takes the name of one as --model. Asks no network.

      Exit codes: 0 listed, 2 wrong usage or failure.
    `,
    examples: [["What is there", "$0 models list"]],
  });

  override async manage(core: typeof models, home: string): Promise<number> {
    const installed = core.installedModels(home);
    const available = core.catalogue.filter((model) => installed.every(({ id }) => id !== model.id));
    if (this.json) {
      this.printDocument({
        directory: home,
        default: core.defaultModelId,
        installed: installed.map(({ id, directory, state }) => ({
          id,
          directory,
          ...("problem" in state
            ? { problem: state.problem }
            : {
                name: state.model.manifest.name,
                dims: state.model.manifest.dims,
                fingerprint: state.model.fingerprint,
              }),
        })),
        available: available.map(({ id, name, bytes, licence, goodFor }) => ({ id, name, bytes, licence, goodFor })),
      });
      return exitCode.ok;
    }
    this.print(`Installed in ${printable(home)}:`);
    const rows = installed.map(({ id, state }) => {
      if ("problem" in state) return [id, "", `unusable: ${printable(state.problem)}`];
      const { name, files } = state.model.manifest;
      const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
      return [id, core.formatBytes(bytes), printable(name)];
    });
    for (const line of table(rows)) this.print(`  ${line}`);
    if (rows.length === 0) this.print("  none");
    this.print("To be had by `clipfind models pull ID`:");
    const offers = available.map(({ id, bytes, licence, goodFor }) => [
      id,
      core.formatBytes(bytes),
      licence.name,
      goodFor,
    ]);
    for (const line of table(offers)) this.print(`  ${line}`);
    return exitCode.ok;
  }
}

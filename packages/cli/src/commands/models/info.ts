import type * as models from "@clipfind/core/models";
import { Command, Option } from "clipanion";
import { exitCode } from "../../exit-code.ts";
import { ModelsCommand } from "../../models-command.ts";
import { printable } from "../../output/printable.ts";
import { table } from "../../output/table.ts";

/** `clipfind models info ID`: what is known of a model. */
export class ModelsInfoCommand extends ModelsCommand {
  static override paths = [["models", "info"]];

  static override usage = Command.Usage({
    category: "Models",
    description: "show what is known of a model",
    details: `
      ID is the name of a model that is installed or can be downloaded, or the beginning of just one. Asks no network.

      Exit codes: 0 shown, 2 wrong usage or failure (there is no such model).
    `,
    examples: [["The default model", "$0 models info vit-b-32-256-datacomp"]],
  });

  id = Option.String({ name: "ID" });

  override async manage(core: typeof models, home: string): Promise<number> {
    const { catalogue, installedModels, matchId } = core;
    const installed = installedModels(home);
    const ids = matchId(this.id, [...new Set([...installed, ...catalogue].map(({ id }) => id))]);
    // Says which there are, where this is none or several.
    const [id = core.findInCatalogue(this.id).id] = ids.length === 1 ? ids : [];
    const here = installed.find((model) => model.id === id);
    const known = catalogue.find((model) => model.id === id);
    if (this.json) this.printDocument({ id, catalogue: known ?? null, installed: here ?? null });
    else for (const line of table([["model", id], ...catalogueRows(core, known), ...hereRows(here)])) this.print(line);
    return exitCode.ok;
  }
}

function catalogueRows(core: typeof models, model: models.CatalogueModel | undefined): string[][] {
  if (model === undefined) return [];
  const { name, goodFor, licence, towers, dims, image, text, activation, bytes, sources } = model;
  const repositories = new Set(sources.flatMap(({ files }) => files.map(({ repository }) => repository)));
  return [
    ["name", name],
    ["good for", goodFor],
    ["licence", licence.note === undefined ? licence.name : `${licence.name}; ${licence.note}`],
    ["image tower", `${towers.image}, ${towers.imageMillions} million parameters, ${activation}`],
    ["text tower", `${towers.text}, ${towers.textMillions} million parameters`],
    ["vectors", `${dims} dimensions`],
    ["pictures", `${image.size} pixels, ${image.resize}, mean ${image.mean.join(" ")}, std ${image.std.join(" ")}`],
    ["texts", `${text.contextLength} tokens, ${text.tokenizer}`],
    ["download", `about ${core.formatBytes(bytes)}`],
    ["from", [...repositories].join(", ")],
  ];
}

function hereRows(here: models.InstalledModel | undefined): string[][] {
  if (here === undefined) return [["installed", "no"]];
  if ("problem" in here.state) return [["installed", `unusable: ${printable(here.state.problem)}`]];
  return [
    ["installed", printable(here.directory)],
    ["fingerprint", here.state.model.fingerprint],
  ];
}

import { join } from "node:path";
import { installedIds } from "../models/installed-models.ts";
import { miniModel } from "../models/mini-model.ts";
import { modelsHome } from "../models/models-home.ts";
import { namedModel } from "../models/named-model.ts";
import { openModel } from "../models/open-model.ts";
import { verifiedFiles } from "../models/verify-model.ts";
import { type Finding, problem, problemOf } from "./finding.ts";

/** A model that is installed or ships with clipfind. */
export interface ModelReport {
  readonly id: string;
  readonly directory: string;
  /** Bytes of all of its files; null where that cannot be told. */
  readonly bytes: number | null;
  /** Every byte is as it was installed. */
  readonly whole: boolean;
}

export interface ModelsReport {
  /** Where installed models are. */
  readonly directory: string;
  readonly models: readonly ModelReport[];
  /** The one that CLIPFIND_MODEL or --model names; null where neither does. */
  readonly named: string | null;
}

export interface ModelsPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** As in --model. */
  readonly model?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads every installed model whole. */
export async function checkModels(place: ModelsPlace): Promise<[ModelsReport, Finding[]]> {
  const findings: Finding[] = [];
  const home = modelsHome(place);
  const models: ModelReport[] = [];
  const add = async (id: string, directory: () => string): Promise<void> => {
    place.signal?.throwIfAborted();
    try {
      const bytes = await wholeBytes(directory());
      models.push({ id, directory: directory(), bytes, whole: true });
    } catch (error) {
      findings.push(unusable(id, error));
      if (id !== "mini") models.push({ id, directory: directory(), bytes: null, whole: false });
    }
  };
  await add("mini", () => miniModel().directory);
  try {
    for (const id of installedIds(home)) await add(id, () => join(home, id));
  } catch (error) {
    place.signal?.throwIfAborted();
    findings.push(problemOf(error, "Restore the permission to read it"));
  }
  const name = place.model ?? (place.env["CLIPFIND_MODEL"] || undefined);
  let named: string | null = null;
  if (name !== undefined) {
    try {
      named = await namedModel(name, place);
      openModel(named);
    } catch (error) {
      findings.push(problemOf(error, "Unset CLIPFIND_MODEL"));
    }
  }
  return [{ directory: home, models, named }, findings];
}

/** Size of a model whose files are all as they should be. @throws whatever is wrong with them */
async function wholeBytes(directory: string): Promise<number> {
  const model = openModel(directory);
  await verifiedFiles(model);
  return Object.values(model.manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
}

function unusable(id: string, error: unknown): Finding {
  const { what, todo } = problemOf(error, "Install it again");
  const again =
    id === "mini"
      ? "Install clipfind again"
      : `Get it again: \`clipfind models remove ${id}\`, then \`clipfind models pull\` or \`import\``;
  return problem(`The model ${id} cannot be used: ${what}`, /permission/.test(todo) ? todo : again);
}

import { existsSync } from "node:fs";
import type { ModelRow } from "../db/models-table.ts";
import { rememberedModel, storeDirectory } from "../library-model.ts";
import { miniModel } from "../models/mini-model.ts";
import { verifiedFiles } from "../models/verify-model.ts";
import { type Finding, note, problem, problemOf } from "./finding.ts";
import { type Writer, writerOf } from "./writer.ts";

/** Vectors of one model in a library. */
export interface VectorsReport {
  readonly model: string;
  readonly precision: string;
  /** Where the model is expected. */
  readonly modelDirectory: string;
  /** The model's files are all as they were. */
  readonly modelWhole: boolean;
  /** The one that is searched. */
  readonly searched: boolean;
  /** Searched once an index run with it has come to its end. */
  readonly complete: boolean;
  readonly devices: readonly string[];
  readonly directory: string;
  /** Null where they do not open. */
  readonly vectors: number | null;
  readonly bytes: number | null;
  readonly shards: number | null;
  /** Who writes to them right now. */
  readonly writer: Writer | null;
}

/** Opens the vectors of a model to read them; verifies the model's files, unless they are in `whole`. */
export async function checkVectors(
  library: string,
  row: ModelRow,
  searched: boolean,
  whole: ReadonlySet<string>,
): Promise<[VectorsReport, Finding[]]> {
  const findings: Finding[] = [];
  const directory = storeDirectory(library, row.fingerprint);
  const modelWhole = await isModelWhole(row, whole, findings);
  if (searched && isMini(row)) {
    const what = "The library is indexed with the mini model, which knows drawings and no photographs";
    findings.push(
      note(what, "For photographs run `clipfind models pull`, then `clipfind index --model` with its name"),
    );
  }
  const writer = writerOf(directory);
  if (writer !== undefined) {
    const who =
      writer.pid === null
        ? "Another process"
        : `Process ${writer.pid}${writer.host === null ? "" : ` on ${writer.host}`}`;
    const since = writer.since === null ? "" : ` since ${writer.since}`;
    findings.push(
      note(`${who} is writing to the library${since}`, "Wait until it has ended to index or repair; searching goes on"),
    );
  }
  const report = {
    model: row.name,
    precision: row.precision,
    modelDirectory: row.directory,
    modelWhole,
    searched,
    complete: row.complete,
    devices: row.devices,
    directory,
    writer: writer ?? null,
  };
  const nothing = { vectors: null, bytes: null, shards: null };
  if (!existsSync(directory)) {
    if (row.complete) findings.push(problem(`The vectors of ${row.name} are gone: ${directory}`, encodeAgain));
    return [{ ...report, ...nothing }, findings];
  }
  try {
    // Without the native part this fails, and nothing else does.
    const { Vectors } = await import("../vectors.ts");
    using vectors = Vectors.open(directory, { dims: row.dims, write: false });
    const { live, bytes, shards, missingShards } = vectors.stats();
    if (missingShards.length > 0) {
      const what = `Shards ${missingShards.join(", ")} of the vectors are not there: their photos are not found`;
      findings.push(problem(what, "Make them available again: is a disk not mounted?"));
    }
    for (const warning of vectors.warnings().slice(missingShards.length)) {
      findings.push(problem(warning.replace(/\.$/, ""), "Run `clipfind index`: it repairs the vectors first"));
    }
    return [{ ...report, vectors: live, bytes, shards }, findings];
  } catch (error) {
    findings.push(problemOf(error, encodeAgain));
    return [{ ...report, ...nothing }, findings];
  }
}

const encodeAgain = "Run `clipfind index`: it encodes the photos again";

async function isModelWhole(row: ModelRow, whole: ReadonlySet<string>, findings: Finding[]): Promise<boolean> {
  try {
    const model = rememberedModel(row);
    if (!whole.has(model.directory)) await verifiedFiles(model);
    return true;
  } catch (error) {
    const { what, todo } = problemOf(error, "Put the model back");
    findings.push(problem(`The library's model ${row.name} cannot be used: ${what}`, todo));
    return false;
  }
}

/** False where that one cannot be opened, which is told with the models. */
function isMini(row: ModelRow): boolean {
  try {
    return row.fingerprint === miniModel().fingerprint;
  } catch {
    return false;
  }
}

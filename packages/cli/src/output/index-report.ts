import type { IndexEvent, IndexProgress, StageTimes } from "@clipfind/core";
import { plural } from "./plural.ts";

type Done = Extract<IndexEvent, { readonly type: "done" }>;

/** What an index run did, as lines: the counts, and with `verbose` what it worked with and where the time went. */
export function indexReport({ progress, means, stages }: Done, verbose: boolean): string[] {
  const { found, unchanged, encoded, reused, missing, failed, described, sidecars, elapsedMs } = progress;
  const parts = [
    `${plural(found, "photo")} found`,
    `${unchanged} unchanged`,
    `${encoded} encoded`,
    ...(reused > 0 ? [`${reused} recognised by content`] : []),
    ...(described > 0 ? [`metadata read of ${plural(described, "known photo")}`] : []),
    ...(sidecars > 0 ? [`${plural(sidecars, "sidecar")} read`] : []),
    ...(missing > 0 ? [`${missing} gone`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return [
    `${parts.join(", ")} in ${(elapsedMs / 1000).toFixed(1)} s${means.device === "cpu" ? "" : ` on ${means.device}`}`,
    ...(found === 0 && failed === 0
      ? ["No photos there: JPEG, PNG, HEIC, RAW and other pictures are looked for."]
      : []),
    ...(verbose ? [workedWith(progress, means), ...stageLines(stages, encoded)] : []),
  ];
}

function workedWith(
  { done, encoded, bytesRead, encodeMs }: IndexProgress,
  { device, model, precision, workers }: Done["means"],
) {
  const perSecond = (count: number): string => (encodeMs === 0 ? 0 : (count * 1000) / encodeMs).toFixed(1);
  return (
    `${perSecond(done)} files/s, ${perSecond(encoded)} images/s, ${perSecond(bytesRead / 1e6)} MB/s ` +
    `with ${model} in ${precision} on the ${device}, ${plural(workers, "worker")}`
  );
}

const names: Readonly<Record<keyof StageTimes, string>> = {
  prepare: "check model, open the library",
  walk: "walk, compare with the catalog",
  start: "start encoders, load the model",
  hash: "hash",
  decode: "read, decode",
  preprocess: "preprocess",
  encode: "encode",
  write: "store, commit, give out work",
  finish: "calibrate scores, tidy up",
};

function stageLines(stages: StageTimes, encoded: number): string[] {
  const rows = Object.entries(names).map(([stage, name]) => [name, stages[stage as keyof StageTimes]] as const);
  const total = rows.reduce((sum, [, ms]) => sum + ms, 0);
  return [
    "CPU time by stage (all, and per photo encoded):",
    ...[...rows, ["total", total] as const].map(([name, ms]) => {
      const each = encoded === 0 ? "-" : `${(ms / encoded).toFixed(1)} ms`;
      return `  ${name.padEnd(32)} ${`${(ms / 1000).toFixed(2)} s`.padStart(11)} ${each.padStart(11)}`;
    }),
  ];
}

import type { DeviceReport, Diagnosis, Finding } from "@clipfind/core/doctor";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";

/** A diagnosis as lines: what there is, then what is wrong with it. */
export function diagnosisLines(diagnosis: Diagnosis): string[] {
  const rows = [...machineRows(diagnosis), ...modelRows(diagnosis), ...libraryRows(diagnosis)];
  const lines = rows.map(([name, value]) => `${name.padEnd(10)} ${printable(value)}`);
  const { findings } = diagnosis;
  const problems = findings.filter(({ severity }) => severity === "problem").length;
  const verdict = problems === 0 ? "All is well" : `${plural(problems, "problem")} found`;
  const notes = findings.length - problems;
  const end = notes === 0 ? `${verdict}.` : `${verdict}; ${plural(notes, "note")}.`;
  return [...lines, "", ...findings.flatMap(findingLines), end];
}

function findingLines({ severity, what, todo }: Finding): string[] {
  return [`${severity}: ${printable(what)}.`, `  \u2192 ${printable(todo)}.`];
}

type Row = [name: string, value: string];

function machineRows({ software, machine, devices }: Diagnosis): Row[] {
  const known = (version: string | null): string => version ?? "none";
  const { clipfind, node, onnxruntime, sharp, libvips, sqlite, addon } = software;
  const { system, cpu, cores, usableCores, features, kernel, kernels, memory, memoryLimit, openFiles, watches } =
    machine;
  const limits = [
    `${plural(usableCores, "core")} of ${cores}`,
    `${gigabytes(memoryLimit ?? memory)} of memory${memoryLimit === null ? "" : " (limited)"}`,
    ...(openFiles === null ? [] : [`${openFiles} open files`]),
    ...(watches === null ? [] : [`${watches.folders} watched folders`]),
  ];
  return [
    ["clipfind", `${clipfind} on Node ${node}`],
    [
      "parts",
      `onnxruntime ${known(onnxruntime)}, sharp ${known(sharp)} (libvips ${known(libvips)}), SQLite ${known(sqlite)}, native part ${known(addon)}`,
    ],
    ["system", `${system}, ${cpu}`],
    ["limits", limits.join(", ")],
    [
      "kernel",
      `${known(kernel)} of ${kernels.join(", ") || "none"}; the processor has ${features.join(", ") || "none of the known instruction sets"}`,
    ],
    ...devices.devices.map((report, index): Row => [index === 0 ? "devices" : "", deviceText(report, devices.cpuMs)]),
  ];
}

function deviceText({ device, unavailable, measured }: DeviceReport, cpuMs: Readonly<Record<string, number>>): string {
  if (unavailable !== null) return `${device}: ${unavailable}`;
  const of = (name: string, what: string): string => `${what} with ${name}`;
  const results =
    device === "cpu"
      ? Object.entries(cpuMs).map(([name, ms]) => of(name, `${ms.toFixed(1)} ms a picture and core`))
      : Object.entries(measured).map(([name, result]) =>
          of(
            name,
            "problem" in result
              ? result.problem
              : `${result.ms.toFixed(1)} ms a picture, cosine ${result.cosine.toFixed(5)}`,
          ),
        );
  const unknown = device === "cpu" ? "always there" : "not measured yet: an index run does it";
  return `${device}: ${results.join("; ") || unknown}`;
}

function modelRows({ models: { directory, models, named } }: Diagnosis): Row[] {
  const rows = models.map(({ id, bytes, whole }): string => {
    const size = bytes === null ? "" : `, ${gigabytes(bytes)}`;
    return `${id}${size}, ${whole ? "whole" : "cannot be used"}`;
  });
  return [
    ...[...rows, ...(named === null ? [] : [`named: ${named}`])].map((text, index): Row => [
      index === 0 ? "models" : "",
      text,
    ]),
    ["", `installed ones are in ${directory}`],
  ];
}

function libraryRows({ library: report }: Diagnosis): Row[] {
  const { directory, by, exists, schema, roots, files, folders, lastWritten, diskFree, models: stores } = report;
  const free = diskFree === null ? "" : `, ${gigabytes(diskFree)} free`;
  const rows: Row[] = [["library", `${directory} (by ${by})${exists ? "" : ": not there yet"}${free}`]];
  if (schema !== null) rows.push(["catalog", `schema ${schema}, last written ${lastWritten ?? "at an unknown time"}`]);
  for (const [index, { path, problem }] of roots.entries()) {
    rows.push([index === 0 ? "folders" : "", problem === null ? path : `${path}: ${problem}`]);
  }
  if (files !== null) {
    const { present, missing, failed } = files;
    rows.push([
      "photos",
      `${plural(present, "file")} in ${plural(folders ?? 0, "folder")}, ${missing} missing, ${failed} failed`,
    ]);
  }
  for (const [index, { model, precision, devices, vectors, bytes, shards, searched, complete }] of stores.entries()) {
    const held =
      vectors === null
        ? "do not open"
        : `${plural(vectors, "vector")} in ${plural(shards ?? 0, "shard")}, ${gigabytes(bytes ?? 0)}`;
    const state = searched ? "searched" : complete ? "kept" : "in the making";
    rows.push([index === 0 ? "vectors" : "", `${model} in ${precision} on ${devices.join(", ")}: ${held}, ${state}`]);
  }
  return rows;
}

/** Powers of ten, as disks are sold. */
function gigabytes(bytes: number): string {
  return bytes < 0.95e9 ? `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

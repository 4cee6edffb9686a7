import type { LeftOut, RclipImportProgress } from "@clipfind/core";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";

const leftOut: Readonly<Record<LeftOut, string>> = {
  missing: "not there",
  changed: "changed since",
  deleted: "deleted for rclip",
  excluded: "left out here",
  unreadable: "could not be read",
  malformed: "malformed",
};

/** What an import from rclip did, as lines: counts, why entries were left out, and which folders are indexed now. */
export function importReport(progress: RclipImportProgress, roots: readonly string[]): string[] {
  const { entries, imported, vectors, known } = progress;
  const reasons = Object.entries(leftOut)
    .map(([why, words]) => [progress[why as LeftOut], words] as const)
    .filter(([count]) => count > 0);
  const parts = [
    `${plural(entries, "entry", "entries")} of rclip`,
    `${plural(imported, "photo")} imported with ${plural(vectors, "vector")}`,
    ...(known > 0 ? [`${known} known`] : []),
    ...reasons.map(([count, words]) => `${count} ${words}`),
  ];
  return [
    parts.join(", "),
    ...(imported + known > 0 ? [`folders: ${roots.map(printable).join(", ")}`] : []),
    ...(reasons.length > 0 ? ["`clipfind index` takes what is there and was left out"] : []),
  ];
}

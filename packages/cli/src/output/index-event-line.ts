import type { IndexEvent } from "@clipfind/core";
import { agreementText } from "./agreement-text.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";
import { renamedFiles, repairCounts } from "./repair-lines.ts";

/** What an index run tells beside its progress, as a line. */
export function indexEventLine(event: Exclude<IndexEvent, { readonly type: "progress" | "done" }>): string {
  switch (event.type) {
    case "problem":
      return `${printable(event.path)}: ${printable(event.reason)}`;
    case "repaired": {
      const again = event.lost === 0 ? "" : " and encoded again from the photos";
      const files = event.renamed.length === 0 ? "" : `; damaged files are kept as ${renamedFiles(event)}`;
      return `the index was damaged: ${repairCounts(event)}${again}${files}`;
    }
    case "compared":
      return `${event.precision} is used from now on: ${agreementText(event.agreement)}`;
    case "device":
      return printable(event.reason);
    case "model":
      return (
        `${plural(event.photos, "photo")} will be encoded again with ${printable(event.to)}; until then, ` +
        `${printable(event.from)} is searched`
      );
    default:
      return `the vectors, which were in ${plural(event.from, "shard")}, are now in ${event.to}`;
  }
}

import type { Damage, LibraryRepair } from "@clipfind/core";
import { grouped } from "./grouped.ts";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";

/** "12 vectors kept, 3 lost" */
export function repairCounts({ kept, lost }: LibraryRepair): string {
  return `${plural(kept, "vector")} kept, ${lost === 0 ? "none" : grouped(lost)} lost`;
}

/** "a.vec.damaged, b.wal.damaged" */
export function renamedFiles({ renamed }: LibraryRepair): string {
  return renamed.map(printable).join(", ");
}

/** "/…/segment-0000000007.vec, row 3: its checksum …" */
export function damageLine({ path, row, what }: Damage): string {
  return `${printable(path)}${row === undefined ? "" : `, row ${row}`}: ${printable(what)}`;
}

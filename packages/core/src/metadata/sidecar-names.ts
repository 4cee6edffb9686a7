import type { BytePath } from "../byte-path.ts";

/** Endings of sidecars, as crates/walk knows them. */
const endings = [".xmp", ".XMP"];

/** What sidecars of a file in its directory may be called, the more important first: `a.jpg.xmp`, then `a.xmp`. */
export function sidecarNames(name: BytePath): BytePath[] {
  const dot = name.lastIndexOf(".");
  const owners = dot > 0 ? [name, name.slice(0, dot)] : [name];
  return owners.flatMap((owner) => endings.map((ending) => (owner + ending) as BytePath));
}

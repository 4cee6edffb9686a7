import type { BytePath } from "../byte-path.ts";
import { sameFingerprint } from "../fingerprint.ts";
import type { FoundFile } from "../found-files.ts";
import type { KnownFile } from "../known-file.ts";
import { rawPairs } from "./image-names.ts";

/** What a directory holds that the catalog does not know yet, and the other way round. */
export interface Changes {
  /** New or changed, or to be read again: their places among the found ones. No RAW beside its JPEG. */
  readonly toRead: number[];
  /** Known as missing, found again unchanged: only their rows need an update. */
  readonly returned: BytePath[];
  /** Known as present and not found. */
  readonly absent: BytePath[];
  /** Neither read nor written: those included that could not be read the last time and have not changed since. */
  readonly unchanged: number;
}

/** Compares what the catalog knows of one directory with what was found in it. With `rehash` all found are to be read. */
export function compareDirectory(
  known: ReadonlyMap<BytePath, KnownFile>,
  found: Iterable<FoundFile>,
  rehash = false,
): Changes {
  const toRead: number[] = [];
  const returned: BytePath[] = [];
  let unchanged = 0;
  let place = 0;
  const absent = new Set(known.keys());
  for (const { name, fingerprint } of found) {
    absent.delete(name);
    const before = known.get(name);
    // A file that could not be read stays so until it changes.
    const isSettled = before !== undefined && (before.contentId !== null || before.error !== null);
    if (rehash || !isSettled || !sameFingerprint(before, fingerprint)) toRead.push(place);
    else if (before.missing) returned.push(name);
    else unchanged++;
    place++;
  }
  return {
    toRead: withoutRawPairs(toRead, found),
    returned,
    absent: [...absent].filter((name) => known.get(name)?.missing === false),
    unchanged,
  };
}

function withoutRawPairs(places: number[], found: Iterable<FoundFile>): number[] {
  if (places.length === 0) return places;
  const names = Array.from(found, ({ name }) => name);
  const paired = rawPairs(names);
  return paired.size === 0 ? places : places.filter((place) => !paired.has(names[place]!));
}

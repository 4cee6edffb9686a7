import type { BytePath } from "../byte-path.ts";
import { type Fingerprint, sameFingerprint } from "../fingerprint.ts";
import type { KnownFile } from "../known-file.ts";

/** What a directory holds that the catalog does not know yet, and the other way round. Names, without the directory. */
export interface Changes {
  /** New, changed, or not readable the last time: to be read. */
  readonly toRead: { readonly name: BytePath; readonly fingerprint: Fingerprint }[];
  /** Known as missing, found again unchanged: only their rows need an update. */
  readonly returned: BytePath[];
  /** Known as present and not found. */
  readonly gone: BytePath[];
  readonly unchanged: number;
}

/** Compares what the catalog knows of one directory with what was found in it. Pure. */
export function compareDirectory(
  known: ReadonlyMap<BytePath, KnownFile>,
  found: ReadonlyMap<BytePath, Fingerprint>,
): Changes {
  const toRead: Changes["toRead"] = [];
  const returned: Changes["returned"] = [];
  let unchanged = 0;
  for (const [name, fingerprint] of found) {
    const before = known.get(name);
    if (before === undefined || before.contentId === null || !sameFingerprint(before, fingerprint)) {
      toRead.push({ name, fingerprint });
    } else if (before.missing) {
      returned.push(name);
    } else {
      unchanged++;
    }
  }
  const gone = [...known].filter(([name, file]) => !file.missing && !found.has(name)).map(([name]) => name);
  return { toRead, returned, gone, unchanged };
}

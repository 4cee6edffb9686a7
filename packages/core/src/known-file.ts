import type { Fingerprint } from "./fingerprint.ts";

/** What the catalog knows of a file. */
export interface KnownFile extends Fingerprint {
  /** null when the file could not be read the last time, or is to be read again. */
  readonly contentId: number | null;
  /** True when the last run that looked did not find it. */
  readonly missing: boolean;
  /** Why it could not be read. */
  readonly error: string | null;
}

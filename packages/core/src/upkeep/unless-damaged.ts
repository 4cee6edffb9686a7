import { ClipfindError, type ErrorCode } from "../errors.ts";

/** The codes that mean damage. */
export type DamageCode = Extract<ErrorCode, "CATALOG_DAMAGED" | "STORE_DAMAGED">;

/** What `read` returns, or undefined where it fails with one of the codes; other errors are thrown. */
export function unlessDamaged<T>(read: () => T, codes: readonly DamageCode[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDamage(error, codes)) return undefined;
    throw error;
  }
}

/** Whether an error is one of the codes. */
export function isDamage(error: unknown, codes: readonly DamageCode[]): boolean {
  return error instanceof ClipfindError && codes.some((code) => code === error.code);
}

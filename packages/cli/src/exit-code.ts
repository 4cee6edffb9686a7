/** What the process ends with; documented in the README. */
export const exitCode = {
  /** Found something, or done. */
  ok: 0,
  /** Found nothing, or done in part: some files could not be read. */
  partial: 1,
  /** Wrong usage, or failed. */
  failure: 2,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
  /** Stopped because nobody reads standard output any more. */
  closed: 141,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

/** What a photo says of itself, or a sidecar of it. What is absent is not stated, or not to be believed. */
export interface PhotoMetadata {
  /** When it was taken, as a clock on the wall showed it: ms since 1970 as if that were UTC. */
  readonly taken?: number;
  /** Minutes that the clock was ahead of UTC; never without `taken`. */
  readonly takenOffset?: number;
  /** Where it was taken, in degrees (WGS 84), north and east positive: both or none, never 0/0. */
  readonly latitude?: number;
  readonly longitude?: number;
  /** Metres above the sea; never without a place. */
  readonly altitude?: number;
  readonly camera?: string;
  readonly lens?: string;
  /** Stars, 1 to 5; 0: stated to have none; -1: rejected. */
  readonly rating?: number;
  readonly caption?: string;
  /** Each once, in the order written. Empty: stated to have none. */
  readonly keywords?: readonly string[];
}

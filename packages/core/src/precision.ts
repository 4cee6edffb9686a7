/** How exactly the towers compute: with the weights as they are, or with products of bytes. */
export type Precision = "fp32" | "int8";

/** How well the int8 graphs agree with the fp32 ones on a user's own photos. */
export interface Agreement {
  /** Photos encoded by both. */
  readonly photos: number;
  /** Cosine between the two vectors of a photo: the mean and the smallest. */
  readonly meanCosine: number;
  readonly minCosine: number;
  /** Of the ten photos nearest to a photo (all others, if there are fewer), the part that both find; the mean. */
  readonly overlap: number;
  /** The smallest cosine between the two vectors of a text, over some plain queries. */
  readonly minTextCosine: number;
  /** How many times as fast int8 encoded them. */
  readonly speedup: number;
  /**
   * Whether the CPU's sums of products of bytes may saturate, as on x86 without VNNI: int8 is slower there and a little
   * further off, so what was found on one kind of CPU is found anew on the other.
   */
  readonly saturates?: boolean;
}

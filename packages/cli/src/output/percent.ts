/** A confidence as a percentage. 99 at most: certainty is not to be had. */
export function percent(confidence: number): string {
  return `${Math.min(99, Math.round(100 * confidence))} %`;
}

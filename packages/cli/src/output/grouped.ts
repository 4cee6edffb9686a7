/** A count with commas between thousands. Intl does that, too, and takes 12 ms of a search to get ready for it. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

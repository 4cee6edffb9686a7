/** The elements of `a` that are not in `b`; both ascending. */
export function sortedDifference(a: readonly number[], b: readonly number[]): number[] {
  let at = 0;
  return a.filter((id) => {
    while (at < b.length && (b[at] as number) < id) at++;
    return b[at] !== id;
  });
}

/** The id that `name` is, whatever its case, else all ids that begin with it. */
export function matchId(name: string, ids: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  if (ids.includes(wanted)) return [wanted];
  return wanted === "" ? [] : ids.filter((id) => id.startsWith(wanted));
}

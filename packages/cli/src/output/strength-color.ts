/** Green for a strong photo, yellow for a weaker one: how the text is coloured, which never says it alone. */
export function strengthColor(text: string, strong: boolean): string {
  return `\u001b[${strong ? 32 : 33}m${text}\u001b[39m`;
}

/** Whether a photo reaches the cut-off, as far as that can be told. */
export function isStrong(confidence: number | undefined, cutoff: number | undefined): boolean {
  return confidence === undefined || cutoff === undefined || confidence >= cutoff;
}

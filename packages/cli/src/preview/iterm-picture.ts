/**
 * A picture file (JPEG) for terminals that know iTerm2's protocol, scaled into `columns` x `rows` cells with its
 * proportions kept. Moves the cursor.
 * Protocol: "Inline Images Protocol" in iTerm2's documentation: `ESC ] 1337 ; File = keys : base64 BEL`.
 */
export function itermPicture(file: Uint8Array, columns: number, rows: number): string {
  const keys = `inline=1;size=${file.length};width=${columns};height=${rows};preserveAspectRatio=1`;
  return `\u001b]1337;File=${keys}:${Buffer.from(file).toString("base64")}\u0007`;
}

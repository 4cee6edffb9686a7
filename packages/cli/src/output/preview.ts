/**
 * A picture as lines of coloured half blocks, two pixels a character, for terminals of 24-bit colour.
 * @param columns - width in characters
 */
export async function previewLines(file: string, columns: number): Promise<string[]> {
  // Loaded only where pictures are shown: it takes 50 ms.
  const { default: sharp } = await import("sharp");
  const { data, info } = await sharp(file)
    .autoOrient()
    .resize({ width: columns, height: columns, fit: "inside" })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const color = (x: number, y: number): string => {
    const at = (Math.min(y, info.height - 1) * info.width + x) * info.channels;
    return `${data[at]};${data[at + 1]};${data[at + 2]}`;
  };
  return Array.from({ length: Math.ceil(info.height / 2) }, (_, row) => {
    const blocks = Array.from(
      { length: info.width },
      (__, x) => `\u001b[38;2;${color(x, 2 * row)};48;2;${color(x, 2 * row + 1)}m▀`,
    );
    return `${blocks.join("")}\u001b[0m`;
  });
}

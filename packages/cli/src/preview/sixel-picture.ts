/**
 * Pixels (uint8 [height, width, 3], RGB, of at most 256 colours) as sixels. Moves the cursor.
 * Protocol: "VT330/VT340 Programmer Reference Manual", chapter 14.
 */
export async function sixelPicture(pixels: Uint8Array, width: number, height: number): Promise<string> {
  // Loaded only where it is needed. Its own choice of colours is not used: it makes one of red, green and blue.
  const { FINALIZER, introducer, sixelEncode } = await import("sixel");
  const rgba = new Uint8Array(4 * width * height).fill(255);
  const colours = new Map<number, [number, number, number]>();
  for (let at = 0; at < width * height; at++) {
    const [red, green, blue] = [pixels[3 * at]!, pixels[3 * at + 1]!, pixels[3 * at + 2]!];
    rgba.set([red, green, blue], 4 * at);
    colours.set((red << 16) | (green << 8) | blue, [red, green, blue]);
  }
  return introducer(0) + sixelEncode(rgba, width, height, [...colours.values()]) + FINALIZER;
}

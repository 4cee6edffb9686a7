/** More segments than that lie before no picture. */
const mostSegments = 1000;

/**
 * The size in pixels of the JPEG that begins at `start`, from its header (ITU-T T.81, B.2). Undefined when there is
 * none, or one that is no picture to look at: lossless JPEG is what RAW files keep their sensor data in.
 */
export function jpegSize(bytes: Uint8Array, start: number): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (start + 2 > view.byteLength || view.getUint16(start) !== 0xffd8) return undefined;
  let at = start + 2;
  for (let segment = 0; segment < mostSegments && at + 10 <= view.byteLength; segment++) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker < 0xffc0 || marker === 0xffd8 || marker === 0xffd9 || marker === 0xffda || length < 2) return undefined;
    const isFrame = marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffc8 && marker !== 0xffcc;
    if (isFrame) {
      const [bits, height, width, components] = [
        view.getUint8(at + 4),
        view.getUint16(at + 5),
        view.getUint16(at + 7),
        view.getUint8(at + 9),
      ];
      // Baseline, extended and progressive, in grey or YCbCr.
      const isPicture = marker <= 0xffc2 && bits === 8 && (components === 1 || components === 3);
      return isPicture && width > 0 && height > 0 ? { width, height } : undefined;
    }
    at += 2 + length;
  }
  return undefined;
}

/** Whether these first bytes of a file are of a JPEG, and hold all that comes before its pixels. */
export function isJpegHead(head: Uint8Array): boolean {
  if (head[0] !== 0xff || head[1] !== 0xd8) return false;
  for (let at = 2; at + 4 <= head.length && head[at] === 0xff;) {
    const marker = head[at + 1]!;
    // Start of scan.
    if (marker === 0xda) return true;
    // A fill byte, or a marker without a length.
    const isAlone = marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += isAlone ? (marker === 0xff ? 1 : 2) : 2 + head[at + 2]! * 256 + head[at + 3]!;
  }
  return false;
}

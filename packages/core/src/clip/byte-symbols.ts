/**
 * The printable character that stands for each byte 0..255 in the vocabulary of byte-level BPE (Radford et al. 2019,
 * GPT-2): printable Latin-1 bytes stand for themselves, the 68 others are U+0100 on, in order.
 */
export const byteSymbols: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(isPrintable ? byte : next++);
  });
})();

/** What CLIP appends to the last symbol of a word. */
export const endOfWord = "</w>";

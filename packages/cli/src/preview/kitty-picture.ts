const start = "\u001b_G";
const end = "\u001b\\";

/** Most characters of base64 in one escape sequence. */
const longest = 4096;

/** Where and how a picture is shown. */
export interface KittyPlacement {
  /** Cells that it is scaled to; the side that is not given follows. Neither: a pixel is a pixel. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** A number by which it can be removed, from 1 up. */
  readonly id?: number | undefined;
  /** It is shown where {@link kittyPlaceholders} are, not at the cursor. */
  readonly isVirtual?: boolean;
}

/**
 * A PNG for terminals that know kitty's protocol, as the escape sequences to write (each by itself through a
 * multiplexer). The cursor stays (C=1), the terminal answers nothing (q=2).
 * Protocol: "Terminal graphics protocol" of kitty, sections "Transferring pixel data" and "Controlling displayed image
 * layout": `ESC _ G a=T,f=100,m=1;base64 ESC \`, and m=0 with the last piece of 4096 characters.
 */
export function kittyPicture(png: Uint8Array, { columns, rows, id, isVirtual = false }: KittyPlacement): string[] {
  const text = Buffer.from(png).toString("base64");
  const count = Math.max(1, Math.ceil(text.length / longest));
  const keys = [
    "a=T",
    "f=100",
    "q=2",
    ...(isVirtual ? ["U=1"] : ["C=1"]),
    ...(id === undefined ? [] : [`i=${id}`]),
    ...(columns === undefined ? [] : [`c=${columns}`]),
    ...(rows === undefined ? [] : [`r=${rows}`]),
  ].join(",");
  return Array.from({ length: count }, (_, index) => {
    const more = `m=${index < count - 1 ? 1 : 0}`;
    const head = index === 0 ? `${keys},${more}` : `q=2,${more}`;
    return `${start}${head};${text.slice(index * longest, (index + 1) * longest)}${end}`;
  });
}

/** Removes a picture from the screen and from the terminal's memory. */
export function kittyRemoval(id: number): string {
  return `${start}a=d,d=I,i=${id},q=2${end}`;
}

/** Rows that can be named: of the protocol's 297 marks the first 64. */
export const mostPlaceholderRows = 64;

/**
 * Lines of characters at which a virtual picture is shown (section "Unicode placeholders"): U+10EEEE in the colour that
 * is the picture's number, the first of a line with marks for row and column. A multiplexer moves them as it moves text.
 */
export function kittyPlaceholders(id: number, columns: number, rows: number): string[] {
  const colour = `\u001b[38;2;${(id >> 16) & 255};${(id >> 8) & 255};${id & 255}m`;
  return Array.from({ length: Math.min(rows, mostPlaceholderRows) }, (_, row) => {
    const first = `\u{10eeee}${mark(row)}${mark(0)}`;
    return `${colour}${first}${"\u{10eeee}".repeat(columns - 1)}\u001b[39m`;
  });
}

function mark(number: number): string {
  return String.fromCodePoint(marks[number]!);
}

/** The beginning of kitty's rowcolumn-diacritics.txt. */
const marks = [
  0x305, 0x30d, 0x30e, 0x310, 0x312, 0x33d, 0x33e, 0x33f, 0x346, 0x34a, 0x34b, 0x34c, 0x350, 0x351, 0x352, 0x357, 0x35b,
  0x363, 0x364, 0x365, 0x366, 0x367, 0x368, 0x369, 0x36a, 0x36b, 0x36c, 0x36d, 0x36e, 0x36f, 0x483, 0x484, 0x485, 0x486,
  0x487, 0x592, 0x593, 0x594, 0x595, 0x597, 0x598, 0x599, 0x59c, 0x59d, 0x59e, 0x59f, 0x5a0, 0x5a1, 0x5a8, 0x5a9, 0x5ab,
  0x5ac, 0x5af, 0x5c4, 0x610, 0x611, 0x612, 0x613, 0x614, 0x615, 0x616, 0x617, 0x657, 0x658,
];

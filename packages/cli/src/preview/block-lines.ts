/**
 * Pixels (uint8 [height, width, 3], RGB) as lines of characters, two pixels a character: upper half blocks in the colour
 * of the upper pixel on that of the lower; without colours in four shades.
 * @param colorDepth - bits of colour that the terminal has: 24, 8, 4 or 1
 */
export function blockLines(pixels: Uint8Array, width: number, height: number, colorDepth: number): string[] {
  const at = (x: number, y: number): Colour => {
    const place = 3 * (y * width + x);
    return [pixels[place]!, pixels[place + 1]!, pixels[place + 2]!];
  };
  return Array.from({ length: Math.ceil(height / 2) }, (_, row) => {
    const hasLower = 2 * row + 1 < height;
    const cells = Array.from({ length: width }, (__, x) => {
      const upper = at(x, 2 * row);
      // Below the last pixel nothing is drawn.
      return cell(upper, hasLower ? at(x, 2 * row + 1) : undefined, colorDepth);
    });
    return colorDepth > 1 ? `${cells.join("")}\u001b[0m` : cells.join("");
  });
}

type Colour = readonly [number, number, number];

function cell(upper: Colour, lower: Colour | undefined, colorDepth: number): string {
  if (colorDepth <= 1) return shade((light(upper) + light(lower ?? upper)) / 2);
  const background = lower === undefined ? "49" : colour(lower, colorDepth, true);
  return `\u001b[${colour(upper, colorDepth, false)};${background}m▀`;
}

/** The parameters of SGR (ECMA-48, 8.3.117) that set a colour. */
function colour([red, green, blue]: Colour, colorDepth: number, isBackground: boolean): string {
  const set = isBackground ? 48 : 38;
  if (colorDepth >= 24) return `${set};2;${red};${green};${blue}`;
  if (colorDepth >= 8) return `${set};5;${indexed(red, green, blue)}`;
  const nearest = nearestOf16(red, green, blue);
  return String((nearest < 8 ? 30 : 82) + nearest + (isBackground ? 10 : 0));
}

/** The nearest of xterm's 256 colours: the cube of 6 x 6 x 6 from 16 on, or one of the 24 greys from 232 on. */
function indexed(red: number, green: number, blue: number): number {
  const step = (value: number): number => (value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40));
  const level = (index: number): number => (index === 0 ? 0 : 55 + 40 * index);
  const cube = [step(red), step(green), step(blue)] as const;
  const grey = Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const far = (r: number, g: number, b: number): number => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  const greyLevel = 8 + 10 * grey;
  const isGrey = far(greyLevel, greyLevel, greyLevel) < far(level(cube[0]), level(cube[1]), level(cube[2]));
  return isGrey ? 232 + grey : 16 + 36 * cube[0] + 6 * cube[1] + cube[2];
}

function nearestOf16(red: number, green: number, blue: number): number {
  let best = 0;
  let least = Infinity;
  for (const [index, [r, g, b]] of basic.entries()) {
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

/** xterm's; every terminal has its own. */
const basic: readonly Colour[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];

/** 0 to 255, as ITU-R BT.601 weighs it. */
function light([red, green, blue]: Colour): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Light on dark, as most terminals are. */
function shade(value: number): string {
  return " ░▒▓█"[Math.min(4, Math.floor((value * 5) / 255))]!;
}

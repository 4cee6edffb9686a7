/** An ellipse around (x, y). All shapes are SVG text in the units of their caller and take the outline of the group. */
export const oval = (x: number, y: number, rx: number, ry: number, fill: string): string =>
  `<ellipse cx="${x}" cy="${y}" rx="${rx}" ry="${ry}" fill="${fill}"/>`;

/** A circle around (x, y). */
export const disc = (x: number, y: number, r: number, fill: string): string => oval(x, y, r, r, fill);

/** A rectangle with its upper left corner at (x, y). */
export const box = (x: number, y: number, width: number, height: number, fill: string, round = 0): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" fill="${fill}"/>`;

/** A polygon through "x,y x,y …". */
export const polygon = (points: string, fill: string): string => `<polygon points="${points}" fill="${fill}"/>`;

/** A filled SVG path. */
export const shape = (path: string, fill: string): string => `<path d="${path}" fill="${fill}"/>`;

/** An SVG path as a line with round ends. */
export const line = (path: string, colour: string, width = 3): string =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="round"/>`;

/** The content turned clockwise around (x, y). */
export const turned = (degrees: number, x: number, y: number, content: string): string =>
  `<g transform="rotate(${degrees.toFixed(1)} ${x} ${y})">${content}</g>`;

/** The content without outlines. */
export const bare = (content: string): string => `<g stroke="none">${content}</g>`;

/** A round eye. */
export const eye = (x: number, y: number, r: number): string =>
  bare(disc(x, y, r, "#1a1a1a") + disc(x + r * 0.3, y - r * 0.35, r * 0.35, "#fff"));

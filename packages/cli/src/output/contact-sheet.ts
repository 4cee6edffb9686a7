import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 1.5rem; }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem; }
figure { margin: 0; content-visibility: auto; contain-intrinsic-size: auto 18rem; }
.picture { display: flex; height: 15rem; align-items: center; justify-content: center; background: #8882; }
.picture img { max-width: 100%; max-height: 100%; width: auto; height: auto; }
.none { padding: 1rem; overflow-wrap: anywhere; opacity: 0.7; }
figcaption { overflow-wrap: anywhere; padding-top: 0.3rem; }
`;

/** Nothing is loaded and no script runs, whatever names may hold. */
const policy = [
  "default-src 'none'",
  "img-src data:",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** A photo on the sheet. */
export interface SheetEntry {
  /** Its file, relative to the sheet or as a file URL, percent-encoded. */
  readonly href: string;
  /** What the path is shown as. */
  readonly path: string;
  /** Rank, confidence, score. */
  readonly facts: string;
  /** JPEG, or why there is none. */
  readonly picture:
    | { readonly jpeg: Uint8Array; readonly width: number; readonly height: number }
    | { readonly problem: string };
}

/** The beginning of a page that needs nothing else: no network, no script, no other file. */
export function sheetStart(title: string, subtitle: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width">
<meta name="generator" content="clipfind">
<title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
<p>${escaped(subtitle)}</p>
<main>
`;
}

/** One photo: thumbnail, which leads to the file, and caption. */
export function sheetFigure({ href, path, facts, picture }: SheetEntry): string {
  const shown =
    "problem" in picture
      ? `<span class="none">${escaped(picture.problem)}</span>`
      : `<img src="data:image/jpeg;base64,${Buffer.from(picture.jpeg).toString("base64")}" width="${picture.width}" height="${picture.height}" alt="${escaped(path)}" loading="lazy" decoding="async">`;
  return `<figure><a class="picture" href="${escaped(href)}">${shown}</a><figcaption>${escaped(facts)}<br>${escaped(path)}</figcaption></figure>
`;
}

export const sheetEnd = "</main>\n</html>\n";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] as string);
}

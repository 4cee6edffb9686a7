import type { BytePath } from "../byte-path.ts";

/** Extensions of cameras' own formats, in lower case: those whose previews are found (clip/raw-preview.ts). */
const rawExtensions: ReadonlySet<string> = new Set(
  "arw cr2 cr3 dng nef orf raf rw2 3fr erf nrw pef rwl sr2 srw".split(" "),
);

/** Extensions of what a camera writes beside its RAW. */
const developedExtensions: ReadonlySet<string> = new Set("jpg jpeg jpe heic heif hif".split(" "));

/** Extensions of the formats the decoder reads, in lower case; what a file really is, its content says later. */
export const imageExtensions: readonly string[] = [
  ...developedExtensions,
  ..."jfif mpo png apng webp gif tif tiff avif jxl bmp dib".split(" "),
  ..."jp2 j2k jpf jpx j2c pbm pgm ppm pnm pam".split(" "),
  ...rawExtensions,
];

const known: ReadonlySet<string> = new Set(imageExtensions);

/** Whether a file's name makes it a candidate; the walk asks by {@link imageExtensions} itself. */
export function isImageName(name: BytePath): boolean {
  return known.has(partsOf(name).extension);
}

/**
 * RAW files that are not indexed, as the camera's own JPEG or HEIC of the same shot lies beside them: `IMG_1.CR3` with
 * `IMG_1.JPG`. The stem must be the same to the letter; upper and lower case of the extensions do not count.
 *
 * @param names - all candidates of one directory
 */
export function rawPairs(names: Iterable<BytePath>): Set<BytePath> {
  const all = [...names];
  const parts = all.map((name) => partsOf(name));
  const developed = new Set(
    parts.filter(({ extension }) => developedExtensions.has(extension)).map(({ stem }) => stem),
  );
  return new Set(all.filter((_, at) => rawExtensions.has(parts[at]!.extension) && developed.has(parts[at]!.stem)));
}

function partsOf(name: BytePath): { stem: string; extension: string } {
  const dot = name.lastIndexOf(".");
  return dot > 0
    ? { stem: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() }
    : { stem: name, extension: "" };
}

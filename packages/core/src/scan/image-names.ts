import type { BytePath } from "../byte-path.ts";

/** Extensions of the formats the decoder reads; what a file really is, its content says later. */
const imageExtension = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif)$/i;

/** Folders that hold no photos of the user's: thumbnails, recycle bins and bookkeeping of file servers and systems. */
const skippedDirectory = /^(?:@eaDir|#recycle|__MACOSX|System Volume Information|node_modules|\$RECYCLE\.BIN)$/;

/** Whether a file's name makes it a candidate. Hidden files, AppleDouble `._x.jpg` among them, are none. */
export function isImageName(name: BytePath): boolean {
  return !name.startsWith(".") && imageExtension.test(name);
}

/** Whether the walk stays out of a directory of this name. */
export function isSkippedDirectory(name: BytePath): boolean {
  return name.startsWith(".") || skippedDirectory.test(name);
}

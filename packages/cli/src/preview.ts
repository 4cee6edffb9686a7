// What draws pictures, in one file: loaded only where one is to be drawn.
export { drawPicture } from "./preview/draw-picture.ts";
export { pictureIds } from "./preview/picture-ids.ts";
export { previewTerminal } from "./preview/preview-terminal.ts";
export { printGrid, printPreviews } from "./preview/print-previews.ts";
export { sideBySide } from "./preview/side-by-side.ts";

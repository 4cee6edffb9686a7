/** A file of this name says that a folder was made by the demo, and that the demo may make it anew. */
export const demoMark = ".clipfind-demo";

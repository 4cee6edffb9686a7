/** Which files of a folder are looked at. They are remembered with the folder. */
export interface ScanRules {
  /** Follow symbolic links; false unless given. Each real file counts once, and nothing is walked in circles. */
  readonly follow?: boolean | undefined;
  /** Take hidden files and folders too; false unless given. */
  readonly hidden?: boolean | undefined;
  /**
   * Heed `.gitignore`, `.ignore`, `.clipfindignore` and `.nomedia`, and leave out thumbnails, recycle bins and the like
   * (docs/scan.md has the list); true unless given.
   */
  readonly ignore?: boolean | undefined;
  /** Take SVG drawings too; false unless given: they are programs for a renderer, not photos. */
  readonly svg?: boolean | undefined;
  /** Globs of what to leave out, as lines of a `.gitignore` in the folder. */
  readonly exclude?: readonly string[] | undefined;
}

/** How a library is opened. */
export interface LibraryOptions {
  /**
   * A model directory (docs/models.md). Without one the library uses the model it was indexed with, and for its first
   * index run the mini model that ships with clipfind, which knows drawings and no photographs. A library may be indexed
   * with several models, one after the other; each has its own vectors.
   */
  readonly model?: string | undefined;
  /** Fail with LIBRARY_NOT_FOUND instead of creating a library that is not there. */
  readonly mustExist?: boolean | undefined;
  /**
   * Encode texts on the calling thread, which that blocks for some tens of milliseconds: sooner than a thread of their
   * own has started, and right for a process that asks one question and ends: the model is let go before the search.
   */
  readonly inThisThread?: boolean | undefined;
}

//! What a caller may choose.

/// How to open a store for writing. [`Options::new`] gives the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Components per vector, 1 to [`MAX_DIM`](crate::MAX_DIM). An existing store must have the
    /// same.
    pub dim: usize,
    /// Shards, 1 to [`MAX_SHARDS`](crate::MAX_SHARDS). `None`: as the store has them, or 1 in a
    /// new one. An existing store must have the same.
    pub shards: Option<u32>,
    /// Rows that the log holds at most, and a new segment: when more come, the log is sealed. At
    /// least 1. May change from one opening to the next.
    pub segment_rows: u32,
    /// Search threads of this store's own. `None`: the pool that the whole process shares.
    pub threads: Option<usize>,
}

impl Options {
    /// Rows per new segment unless told otherwise: 32 MiB at 512 dimensions.
    pub const DEFAULT_SEGMENT_ROWS: u32 = 32_768;

    /// The defaults for vectors of `dim` components.
    #[must_use]
    pub const fn new(dim: usize) -> Self {
        Self { dim, shards: None, segment_rows: Self::DEFAULT_SEGMENT_ROWS, threads: None }
    }
}

/// What a compaction does. [`CompactOptions::default`] suits a store that is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactOptions {
    /// Rows of a merged segment at most, at least 1. A merge needs 16 bytes of memory for each.
    pub target_rows: u32,
    /// Merges everything into segments of `target_rows` rows without deleted ones, whatever that
    /// rewrites, the log's rows included; otherwise only what is worth it.
    pub full: bool,
}

impl CompactOptions {
    /// Rows per merged segment unless told otherwise: 261 MiB at 512 dimensions.
    pub const DEFAULT_TARGET_ROWS: u32 = 262_144;
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self { target_rows: Self::DEFAULT_TARGET_ROWS, full: false }
    }
}

/// How to open a store for reading. The default accepts any dimension and shares the pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The dimension the store must have, if it matters.
    pub dim: Option<usize>,
    /// Search threads of this reader's own. `None`: the pool that the whole process shares.
    pub threads: Option<usize>,
}

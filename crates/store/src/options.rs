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
    /// Rows after which a segment is sealed and a new file begun; at least 1. May change from one
    /// opening to the next.
    pub segment_rows: u32,
    /// Search threads of this store's own. `None`: the pool that the whole process shares.
    pub threads: Option<usize>,
}

impl Options {
    /// Rows per segment unless told otherwise: 132 MiB at 512 dimensions.
    pub const DEFAULT_SEGMENT_ROWS: u32 = 65_536;

    /// The defaults for vectors of `dim` components.
    #[must_use]
    pub const fn new(dim: usize) -> Self {
        Self { dim, shards: None, segment_rows: Self::DEFAULT_SEGMENT_ROWS, threads: None }
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

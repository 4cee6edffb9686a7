//! Asking a store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use clipfind_kernels::Kernel;
use rayon::ThreadPool;

use crate::error::StoreError;
use crate::filter::Filter;
use crate::format::segment_len;
use crate::input::check_query;
use crate::options::ReadOptions;
use crate::pool::pool;
use crate::search;
use crate::snapshot::Snapshot;
use crate::top_k::Hit;
use crate::verify::{self, Damage};

/// A view of a store that searches, from any number of threads at once.
///
/// It takes no lock, waits for nobody, and shows one commit: the newest when it was opened, until
/// [`refresh`](Self::refresh) moves it on. Every call works on one commit from beginning to end.
/// Clones share the commit they show; a reader that [`Writer::reader`](crate::Writer::reader)
/// gave is moved on by each commit of that writer.
#[derive(Debug, Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    kernel: Kernel,
    pool: Arc<ThreadPool>,
    snapshot: RwLock<Arc<Snapshot>>,
}

/// Figures about one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Components per vector.
    pub dim: usize,
    /// Number of shards.
    pub shards: u32,
    /// Number of segment files.
    pub segments: usize,
    /// Stored rows, deleted or not.
    pub rows: u64,
    /// Rows that a search can find: one per id.
    pub live: u64,
    /// Rows that are deleted or replaced and only take up space.
    pub deleted: u64,
    /// Bytes of committed rows and segment headers.
    pub bytes: u64,
    /// The commit's number.
    pub manifest: u64,
    /// The name of the kernel that computes scores: `scalar`, `avx2`, `avx512` or `neon`.
    pub kernel: &'static str,
    /// The number of search threads.
    pub threads: usize,
}

impl Reader {
    /// Opens the newest commit of the store in `dir`.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`NotAStore`](StoreError::NotAStore),
    /// [`DimensionMismatch`](StoreError::DimensionMismatch) if `options` name another dimension,
    /// [`UnsupportedFormat`](StoreError::UnsupportedFormat),
    /// [`Damaged`](StoreError::Damaged) if no commit is whole,
    /// [`Kernel`](StoreError::Kernel) if `CLIPFIND_KERNEL` is wrong,
    /// [`Threads`](StoreError::Threads), [`InvalidOptions`](StoreError::InvalidOptions), or what
    /// the operating system says.
    pub fn open(dir: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        let snapshot = Snapshot::newest(dir, None)?;
        if let Some(dim) = options.dim {
            check_dim(dir, &snapshot, dim)?;
        }
        Self::with_snapshot(dir, snapshot, options.threads)
    }

    /// A reader that shows `snapshot`.
    pub(crate) fn with_snapshot(
        dir: &Path,
        snapshot: Snapshot,
        threads: Option<usize>,
    ) -> Result<Self, StoreError> {
        let shared = Shared {
            dir: dir.to_owned(),
            kernel: Kernel::active()?,
            pool: pool(threads)?,
            snapshot: RwLock::new(Arc::new(snapshot)),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Moves on to the newest commit; says whether that is another than before. Searches that are
    /// under way finish on the commit they began with.
    ///
    /// # Errors
    ///
    /// As for [`Reader::open`]; the reader then keeps showing what it showed.
    pub fn refresh(&self) -> Result<bool, StoreError> {
        let before = self.snapshot();
        let newest = Snapshot::newest(&self.shared.dir, Some(&before))?;
        check_dim(&self.shared.dir, &newest, before.manifest.dim)?;
        Ok(self.show(newest))
    }

    /// Shows `snapshot` from now on, unless the commit shown is the same one or newer.
    pub(crate) fn show(&self, snapshot: Snapshot) -> bool {
        let mut shown = self.shared.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        let same_store = shown.manifest.store == snapshot.manifest.store;
        let newer = !same_store || shown.manifest.number < snapshot.manifest.number;
        if newer {
            *shown = Arc::new(snapshot);
        }
        newer
    }

    /// The commit that is shown now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        // The lock only ever guards the exchange of one pointer; a panic leaves nothing half done.
        Arc::clone(&self.shared.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The `k` vectors with the largest dot products with `query`, best first; equal scores by
    /// smaller id. With a filter, the best of those it allows. Fewer than `k` only if there are
    /// no more. The result is exact and depends on nothing but the stored vectors and the kernel.
    ///
    /// # Errors
    ///
    /// [`StoreError::QueryLength`] if `query` has another number of components than the store,
    /// [`StoreError::BadComponent`] if one is not finite or beyond
    /// [`MAX_COMPONENT`](crate::MAX_COMPONENT).
    pub fn search(
        &self,
        query: &[f32],
        k: usize,
        filter: Option<&Filter>,
    ) -> Result<Vec<Hit>, StoreError> {
        let snapshot = self.snapshot();
        check_query(query, snapshot.manifest.dim)?;
        let Shared { pool, kernel, .. } = &*self.shared;
        Ok(search::search(&snapshot, pool, *kernel, query, k, filter))
    }

    /// Whether a vector is stored under `id`.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.snapshot().find_live(&[id]).iter().any(|rows| !rows.is_empty())
    }

    /// The vector stored under `id`.
    #[must_use]
    pub fn vector(&self, id: u64) -> Option<Vec<f32>> {
        let snapshot = self.snapshot();
        let rows = snapshot.find_live(&[id]);
        let mut found = snapshot.segments.iter().zip(&rows);
        found.find_map(|(open, rows)| Some(open.segment.vector(*rows.first()?).to_vec()))
    }

    /// The ids of all stored vectors, rising. Reads a little of every row.
    #[must_use]
    pub fn ids(&self) -> Vec<u64> {
        self.snapshot().live_ids()
    }

    /// Figures about the commit that is shown.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let snapshot = self.snapshot();
        let manifest = &snapshot.manifest;
        let (rows, deleted) = (snapshot.rows(), snapshot.deleted());
        Stats {
            dim: manifest.dim,
            shards: manifest.shards,
            segments: manifest.segments.len(),
            rows,
            live: rows - deleted,
            deleted,
            bytes: manifest
                .segments
                .iter()
                .map(|entry| segment_len(manifest.dim, entry.rows))
                .sum(),
            manifest: manifest.number,
            kernel: self.shared.kernel.backend().name(),
            threads: self.shared.pool.current_num_threads(),
        }
    }

    /// Newer commits that were passed over because they are damaged, one sentence each; empty when
    /// all is well.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.snapshot().warnings.clone()
    }

    /// Checks every stored row against its checksum and returns those that are damaged. Reads the
    /// whole store.
    #[must_use]
    pub fn verify(&self) -> Vec<Damage> {
        verify::verify(&self.snapshot(), &self.shared.pool)
    }
}

/// Refuses a store of another dimension.
pub(crate) fn check_dim(dir: &Path, snapshot: &Snapshot, found: usize) -> Result<(), StoreError> {
    let expected = snapshot.manifest.dim;
    if found == expected {
        Ok(())
    } else {
        Err(StoreError::DimensionMismatch { path: dir.to_owned(), expected, found })
    }
}

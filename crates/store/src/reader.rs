//! Asking a store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use clipfind_kernels::Kernel;
use rayon::ThreadPool;

use crate::codes::RotatedQuery;
use crate::error::StoreError;
use crate::input::check_query;
use crate::manifest::Manifest;
use crate::options::ReadOptions;
use crate::pool::pool;
use crate::search::{self, Answer, SearchOptions};
use crate::snapshot::Snapshot;

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
    /// Held while it is moved on.
    moving: Mutex<()>,
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
    /// Rows that are in the log and in no segment yet.
    pub log_rows: u64,
    /// Bytes of the high planes, which every search reads.
    pub high_bytes: u64,
    /// Bytes of the low planes, of which a search reads a little.
    pub low_bytes: u64,
    /// Bytes of segments and log in all.
    pub bytes: u64,
    /// The manifest's number.
    pub manifest: u64,
    /// Records of the log that this commit includes.
    pub log_records: u64,
    /// Shards that are missing.
    pub missing_shards: Vec<u32>,
    /// The name of the kernel that scans: see [`clipfind_kernels::Backend::name`].
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
            moving: Mutex::new(()),
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
        let _moving = self.shared.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let Shared { dir, .. } = &*self.shared;
        let before = self.snapshot();
        let same = Manifest::list(dir)?.first() == Some(&before.manifest.number)
            && Manifest::read(dir, before.manifest.number).is_ok_and(|it| it == *before.manifest);
        let longer = (same && before.missing.is_empty()).then(|| before.extended(dir));
        let newest = match longer {
            Some(Ok(longer)) => longer,
            // There is another manifest, or there are two by now and the log is gone.
            _ => Snapshot::newest(dir, Some(&before))?,
        };
        check_dim(dir, &newest, before.manifest.dim)?;
        let moved = newest.missing != before.missing
            || (&newest.manifest.store, newest.manifest.number, newest.log)
                != (&before.manifest.store, before.manifest.number, before.log);
        if moved {
            self.show(newest);
        }
        Ok(moved)
    }

    /// Shows `snapshot` from now on.
    pub(crate) fn show(&self, snapshot: Snapshot) {
        *self.shared.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }

    /// The threads that search.
    pub(crate) fn pool(&self) -> &ThreadPool {
        &self.shared.pool
    }

    /// The commit that is shown now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        // The lock only ever guards the exchange of one pointer; a panic leaves nothing half done.
        Arc::clone(&self.shared.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The `k` vectors with the largest dot products with `query`, best first; equal scores by
    /// smaller id. With a filter, the best of those it allows. Fewer than `k` only if there are
    /// no more, or if [a shard is missing](Answer::missing_shards). The result is exact and
    /// depends on nothing but the stored vectors.
    ///
    /// # Errors
    ///
    /// [`StoreError::QueryLength`] if `query` has another number of components than the store,
    /// [`StoreError::BadComponent`] if one is not finite or beyond
    /// [`MAX_COMPONENT`](crate::MAX_COMPONENT), [`StoreError::Cancelled`].
    pub fn search(
        &self,
        query: &[f32],
        k: usize,
        options: SearchOptions<'_>,
    ) -> Result<Answer, StoreError> {
        let mut answers = self.search_many(&[query], k, options)?;
        Ok(answers.swap_remove(0))
    }

    /// [`search`](Self::search) for several queries, which share their passes over the vectors: from
    /// some tens on that is several times as fast.
    ///
    /// # Errors
    ///
    /// As for [`search`](Self::search).
    pub fn search_many(
        &self,
        queries: &[&[f32]],
        k: usize,
        options: SearchOptions<'_>,
    ) -> Result<Vec<Answer>, StoreError> {
        let snapshot = self.snapshot();
        let (mut rotated, mut whole) = (Vec::new(), Vec::new());
        for query in queries {
            check_query(query, snapshot.manifest.dim)?;
            let mut turned = vec![0.0; snapshot.rotation.len()];
            snapshot.rotation.apply(query, &mut turned);
            let (exact, short) = RotatedQuery::new(turned);
            rotated.push(exact);
            whole.push(short);
        }
        let Shared { pool, kernel, .. } = &*self.shared;
        search::search(&snapshot, pool, *kernel, &rotated, &whole, k, options)
    }

    /// Whether a vector is stored under `id`.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.snapshot().find(id).is_some()
    }

    /// The vector stored under `id`: what was appended, rounded to 16 bits per component (of the
    /// rotated vector).
    #[must_use]
    pub fn vector(&self, id: u64) -> Option<Vec<f32>> {
        let snapshot = self.snapshot();
        let (open, row) = snapshot.find(id)?;
        Some(open.piece.rows().vector(row, snapshot.manifest.dim, &snapshot.rotation))
    }

    /// The ids of all stored vectors, rising. Reads a little of every row.
    #[must_use]
    pub fn ids(&self) -> Vec<u64> {
        self.snapshot().live_ids()
    }

    /// Components per vector.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.snapshot().manifest.dim
    }

    /// Figures about the commit that is shown.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let snapshot = self.snapshot();
        let Snapshot { manifest, pieces, .. } = &*snapshot;
        let (rows, deleted) = (snapshot.rows(), snapshot.deleted());
        let plane = rows * snapshot.rotation.len() as u64;
        let segments = pieces[..snapshot.segments.len()].iter();
        Stats {
            dim: manifest.dim,
            shards: manifest.shards,
            segments: manifest.segments.len(),
            rows,
            live: rows - deleted,
            deleted,
            log_rows: snapshot.log_pieces().iter().map(|open| u64::from(open.piece.len())).sum(),
            high_bytes: plane,
            low_bytes: plane,
            bytes: segments.map(|open| open.piece.bytes().len() as u64).sum::<u64>()
                + snapshot.log.offset,
            manifest: manifest.number,
            log_records: snapshot.log.sequence,
            missing_shards: snapshot.missing.to_vec(),
            kernel: self.shared.kernel.backend().name(),
            threads: self.shared.pool.current_num_threads(),
        }
    }

    /// What is damaged or missing: newer commits that were passed over, parts of the log, shards;
    /// one sentence each. Empty when all is well.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        let missing = snapshot.missing.iter().map(|shard| {
            let place = snapshot.manifest.shard_dir(&self.shared.dir, *shard);
            let place = place.display();
            format!("shard {shard} is missing: nothing of it is found until {place} is there again")
        });
        snapshot.damage.iter().map(ToString::to_string).chain(missing).collect()
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

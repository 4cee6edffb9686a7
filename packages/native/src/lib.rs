//! The door between the languages: converts arguments, calls `clipfind_store`, converts results.
//!
//! No algorithm lives here. What may take long (append, delete, search) runs on Node's worker pool
//! and returns a promise; buffers are copied on the JavaScript thread first, so JavaScript may do
//! with its own what it likes. Errors carry `CODE: message`; `packages/core/src/vectors.ts` takes
//! them apart.
#![expect(clippy::needless_pass_by_value, reason = "napi hands arguments over by value")]
#![expect(clippy::missing_errors_doc, reason = "the errors are StoreError's, documented there")]

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use clipfind_store::{
    AppendReport as Appended, Filter, Hit, Options, ReadOptions, Reader, StoreError, Writer,
};
use napi::bindgen_prelude::{AsyncTask, BigInt, BigUint64Array, Buffer, Float32Array, Uint8Array};
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

/// How to open a store.
#[napi(object)]
pub struct OpenOptions {
    /// Components per vector.
    pub dims: u32,
    /// Shards of a new store (1 when absent); an existing one must have as many.
    pub shards: Option<u32>,
    /// True takes the writer lock and creates a missing store; false only reads.
    pub write: bool,
    /// Threads of the scan; one per core when absent.
    pub threads: Option<u32>,
}

/// What an append did.
#[napi(object)]
pub struct AppendReport {
    /// Vectors written.
    pub appended: u32,
    /// Of these, how many took the place of an older vector of the same id.
    pub replaced: u32,
}

/// The answer to a search, best first.
#[napi(object)]
pub struct SearchHits {
    /// Ids of the vectors found.
    pub ids: BigUint64Array,
    /// Their dot products with the query, in the same order.
    pub scores: Float32Array,
}

/// Figures about the commit a store shows.
#[napi(object)]
pub struct StoreStats {
    /// Components per vector.
    pub dims: u32,
    /// Number of shards.
    pub shards: u32,
    /// Number of segment files.
    pub segments: u32,
    /// Vectors a search can find.
    pub live: f64,
    /// Rows that are deleted or replaced.
    pub deleted: f64,
    /// Bytes of committed rows and headers.
    pub bytes: f64,
    /// Number of the commit.
    pub manifest: f64,
    /// Kernel that computes scores: scalar, avx2, avx512 or neon.
    pub kernel: String,
    /// Threads of the scan.
    pub threads: u32,
}

/// Vectors on disk under integer ids.
#[napi]
pub struct VectorStore {
    /// Behind a lock rather than `&mut self`: napi keeps a task's `self` borrowed until it is done,
    /// and `close` must not have to wait for that.
    handle: RwLock<Option<Handle>>,
}

/// An open store. Calls under way keep their own copy, so closing never pulls files from under them.
#[derive(Clone)]
struct Handle {
    reader: Reader,
    writer: Option<Arc<Mutex<Writer>>>,
}

#[napi]
impl VectorStore {
    /// Opens the store in a directory.
    #[napi(factory)]
    pub fn open(directory: String, options: OpenOptions) -> Result<Self> {
        let dim = options.dims as usize;
        let threads = options.threads.map(|threads| threads as usize);
        let handle = if options.write {
            let options = Options { shards: options.shards, threads, ..Options::new(dim) };
            let writer = Writer::open(directory, &options).map_err(coded)?;
            Handle { reader: writer.reader(), writer: Some(Arc::new(Mutex::new(writer))) }
        } else {
            let options = ReadOptions { dim: Some(dim), threads };
            Handle { reader: Reader::open(directory, &options).map_err(coded)?, writer: None }
        };
        Ok(Self { handle: RwLock::new(Some(handle)) })
    }

    /// Stores `rows` (`ids.length` × dims floats, row after row) durably under `ids`.
    #[napi(ts_return_type = "Promise<AppendReport>")]
    pub fn append(&self, ids: BigUint64Array, rows: Float32Array) -> Result<AsyncTask<Append>> {
        let writer = self.writer()?;
        Ok(AsyncTask::new(Append { writer, ids: ids.to_vec(), rows: rows.to_vec() }))
    }

    /// Deletes the vectors of `ids`; resolves to how many there were.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn delete(&self, ids: BigUint64Array) -> Result<AsyncTask<Delete>> {
        Ok(AsyncTask::new(Delete { writer: self.writer()?, ids: ids.to_vec() }))
    }

    /// The `k` vectors nearest to `query` (dims floats), among the ids of `among` if given.
    #[napi(ts_return_type = "Promise<SearchHits>")]
    pub fn search(
        &self,
        query: Float32Array,
        k: f64,
        among: Option<BigUint64Array>,
    ) -> Result<AsyncTask<Search>> {
        if !(k >= 0.0 && k.fract() == 0.0) {
            return Err(Error::from_reason(format!(
                "INVALID_ARGUMENT: expected k to be a whole number from 0 up, found {k}"
            )));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked; larger saturates"
        )]
        let k = k as usize;
        let filter = among.map(|ids| Filter::new(&ids));
        let reader = self.handle()?.reader;
        Ok(AsyncTask::new(Search { reader, query: query.to_vec(), k, filter }))
    }

    /// Moves on to the newest commit; true when there was one.
    #[napi]
    pub fn refresh(&self) -> Result<bool> {
        self.handle()?.reader.refresh().map_err(coded)
    }

    /// All stored ids, ascending.
    #[napi]
    pub fn ids(&self) -> Result<BigUint64Array> {
        Ok(self.handle()?.reader.ids().into())
    }

    /// The vector stored under `id`, null when there is none.
    #[napi]
    pub fn vector(&self, id: BigInt) -> Result<Option<Float32Array>> {
        let (_, id, _) = id.get_u64();
        Ok(self.handle()?.reader.vector(id).map(Into::into))
    }

    /// Newer commits that were passed over because they are damaged, a sentence each.
    #[napi]
    pub fn warnings(&self) -> Result<Vec<String>> {
        let Handle { reader, writer } = self.handle()?;
        Ok(match writer {
            Some(writer) => locked(&writer).warnings().to_vec(),
            None => reader.warnings(),
        })
    }

    /// Figures about the commit shown.
    #[napi]
    pub fn stats(&self) -> Result<StoreStats> {
        let stats = self.handle()?.reader.stats();
        Ok(StoreStats {
            dims: count(stats.dim),
            shards: stats.shards,
            segments: count(stats.segments),
            live: number(stats.live),
            deleted: number(stats.deleted),
            bytes: number(stats.bytes),
            manifest: number(stats.manifest),
            kernel: stats.kernel.to_owned(),
            threads: count(stats.threads),
        })
    }

    /// Lets go of files and lock, as soon as calls under way are done. Any later call fails.
    #[napi]
    pub fn close(&self) {
        *self.handle.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn handle(&self) -> Result<Handle> {
        let handle = self.handle.read().unwrap_or_else(PoisonError::into_inner);
        handle.clone().ok_or_else(|| Error::from_reason("CLOSED: this vector store was closed"))
    }

    fn writer(&self) -> Result<Arc<Mutex<Writer>>> {
        self.handle()?.writer.ok_or_else(|| {
            Error::from_reason("INVALID_ARGUMENT: this vector store was opened for reading only")
        })
    }
}

/// An append on the worker pool.
pub struct Append {
    writer: Arc<Mutex<Writer>>,
    ids: Vec<u64>,
    rows: Vec<f32>,
}

#[napi]
impl Task for Append {
    type Output = Appended;
    type JsValue = AppendReport;

    fn compute(&mut self) -> Result<Appended> {
        locked(&self.writer).append(&self.ids, &self.rows).map_err(coded)
    }

    fn resolve(&mut self, _: Env, report: Appended) -> Result<AppendReport> {
        Ok(AppendReport { appended: count(report.appended), replaced: count(report.replaced) })
    }
}

/// A delete on the worker pool.
pub struct Delete {
    writer: Arc<Mutex<Writer>>,
    ids: Vec<u64>,
}

#[napi]
impl Task for Delete {
    type Output = usize;
    type JsValue = u32;

    fn compute(&mut self) -> Result<usize> {
        locked(&self.writer).delete(&self.ids).map_err(coded)
    }

    fn resolve(&mut self, _: Env, deleted: usize) -> Result<u32> {
        Ok(count(deleted))
    }
}

/// A search on the worker pool.
pub struct Search {
    reader: Reader,
    query: Vec<f32>,
    k: usize,
    filter: Option<Filter>,
}

#[napi]
impl Task for Search {
    type Output = Vec<Hit>;
    type JsValue = SearchHits;

    fn compute(&mut self) -> Result<Vec<Hit>> {
        self.reader.search(&self.query, self.k, self.filter.as_ref()).map_err(coded)
    }

    fn resolve(&mut self, _: Env, hits: Vec<Hit>) -> Result<SearchHits> {
        Ok(SearchHits {
            ids: hits.iter().map(|hit| hit.id).collect::<Vec<_>>().into(),
            scores: hits.iter().map(|hit| hit.score).collect::<Vec<_>>().into(),
        })
    }
}

/// The first 16 bytes of the BLAKE3 hash of `bytes`.
#[napi]
#[must_use]
pub fn content_hash(bytes: Uint8Array) -> Buffer {
    blake3::hash(&bytes).as_bytes()[..16].to_vec().into()
}

/// A writer whose last call panicked has not committed: the store on disk is whole.
fn locked(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn coded(error: StoreError) -> Error {
    Error::from_reason(format!("{}: {error}", error.code()))
}

/// A count that fits, or as many as can be said.
fn count(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Exact up to 2^53, far beyond any disk.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn number(value: u64) -> f64 {
    value as f64
}

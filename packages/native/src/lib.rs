//! The door between the languages: converts arguments, calls `clipfind_store`, converts results.
//!
//! No algorithm lives here. What may take long runs on Node's worker pool (scans on the store's own
//! threads) and returns a promise; buffers are copied on the JavaScript thread first, so JavaScript
//! may do with its own what it likes. Ids are numbers: whole ones up to 2^53 - 1. Errors carry
//! `CODE: message`; `packages/core/src/vectors.ts` takes them apart.
#![expect(clippy::needless_pass_by_value, reason = "napi hands arguments over by value")]
#![expect(clippy::missing_errors_doc, reason = "the errors are StoreError's, documented there")]

mod convert;
mod decode;
mod identify;
mod kernels;
mod resample;
mod shrink;
mod tasks;
mod towers;
mod walk;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use clipfind_metadata::Statement;
use clipfind_store::{Options, ReadOptions, Reader, Writer};
use napi::bindgen_prelude::{AsyncTask, Buffer, Float32Array, Float64Array, Uint8Array};
use napi::{Error, Result};
use napi_derive::napi;

use crate::convert::{Allowed, coded, count, id_list, number, rows_wanted, whole_number};
use crate::decode::{Decode, whole};
use crate::identify::Identify;
use crate::resample::{PixelAxis, PixelRegion, PixelTurn};
use crate::shrink::{JpegHeader, Shrink};
use crate::tasks::{Append, Compact, Delete, MoveShard, Repair, Reshard, Seal, Search, Verify};

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
    /// Rows that the log takes before it is sealed into segments of as many rows; 32,768 when absent.
    pub segment_rows: Option<u32>,
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
    pub ids: Float64Array,
    /// Their dot products with the query, in the same order.
    pub scores: Float32Array,
    /// Rows whose high plane was read.
    pub scanned: f64,
    /// Rows that were scored from both planes.
    pub rescored: f64,
    /// Shards that are missing; when there are any, the answer is partial.
    pub missing_shards: Vec<u32>,
}

/// What restricts a search. With `among` and `ranges`, an id in either may be found.
#[napi(object, object_to_js = false)]
pub struct SearchOptions {
    /// Ids that may be found.
    pub among: Option<Float64Array>,
    /// Ranges of ids that may be found: first and last of each, one after the other.
    pub ranges: Option<Float64Array>,
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
    /// Rows on disk, deleted or not.
    pub rows: f64,
    /// Vectors a search can find.
    pub live: f64,
    /// Rows that are deleted or replaced.
    pub deleted: f64,
    /// Rows that are in the log and in no segment yet.
    pub log_rows: f64,
    /// Bytes of the high planes, which every search reads.
    pub high_bytes: f64,
    /// Bytes of the low planes, of which a search reads a little.
    pub low_bytes: f64,
    /// Bytes of segments and log in all.
    pub bytes: f64,
    /// Number of the manifest.
    pub manifest: f64,
    /// Records of the log that are shown.
    pub log_records: f64,
    /// Shards whose directories are missing.
    pub missing_shards: Vec<u32>,
    /// Kernel that scans: scalar, sse2, avx2, avx512vnni, neon or neondot.
    pub kernel: String,
    /// Threads of the scan.
    pub threads: u32,
}

/// What to compact.
#[napi(object)]
pub struct CompactOptions {
    /// True merges everything; otherwise only what has many dead rows, and what is small.
    pub full: Option<bool>,
    /// Rows of a merged segment; 262,144 when absent.
    pub target_rows: Option<u32>,
}

/// What a compaction did.
#[napi(object)]
pub struct CompactReport {
    /// Segments that are gone.
    pub merged: u32,
    /// Segments that took their place.
    pub written: u32,
    /// Rows that were copied.
    pub copied: f64,
    /// Dead rows that are gone.
    pub dropped: f64,
}

/// A file, or a row of it, that is not what was written.
#[napi(object)]
pub struct Damage {
    /// The file.
    pub path: String,
    /// The row's number in the file, from 0; null when it is not about one row.
    pub row: Option<u32>,
    /// What is wrong.
    pub what: String,
}

/// What was checked, and what is wrong.
#[napi(object)]
pub struct Verification {
    /// Rows that were checked.
    pub rows: f64,
    /// Files that were checked.
    pub files: u32,
    /// What is wrong; empty when all is well.
    pub damage: Vec<Damage>,
    /// What is worth knowing and no damage.
    pub notes: Vec<String>,
}

/// What a repair kept and lost.
#[napi(object)]
pub struct RepairReport {
    /// Rows that a search can find.
    pub kept: f64,
    /// What could not be kept.
    pub lost: Vec<Damage>,
    /// Damaged files, under the names that they have now.
    pub renamed: Vec<String>,
}

/// Stops a call from JavaScript: the call then fails with `CANCELLED`.
#[napi]
#[derive(Default)]
pub struct Cancel {
    switch: clipfind_store::Cancel,
}

#[napi]
impl Cancel {
    /// A switch that is off.
    #[napi(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops every call that was given this switch.
    #[napi]
    pub fn cancel(&self) {
        self.switch.cancel();
    }
}

/// A copy of the switch that a call may be given.
fn switch(cancel: Option<&Cancel>) -> clipfind_store::Cancel {
    cancel.map(|cancel| cancel.switch.clone()).unwrap_or_default()
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
            let segment_rows = options.segment_rows.unwrap_or(Options::DEFAULT_SEGMENT_ROWS);
            let options =
                Options { shards: options.shards, threads, segment_rows, ..Options::new(dim) };
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
    pub fn append(&self, ids: Float64Array, rows: Float32Array) -> Result<AsyncTask<Append>> {
        let (writer, ids) = (self.writer()?, id_list(&ids)?);
        Ok(AsyncTask::new(Append { writer, ids, rows: rows.to_vec() }))
    }

    /// Deletes the vectors of `ids`; resolves to how many there were.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn delete(&self, ids: Float64Array) -> Result<AsyncTask<Delete>> {
        Ok(AsyncTask::new(Delete { writer: self.writer()?, ids: id_list(&ids)? }))
    }

    /// The `k` vectors nearest to each of the queries (n × dims floats, one after the other), in the
    /// queries' order. Several queries share their passes over the vectors.
    #[napi(ts_return_type = "Promise<SearchHits[]>")]
    pub fn search(
        &self,
        queries: Float32Array,
        k: f64,
        options: Option<SearchOptions>,
        cancel: Option<&Cancel>,
    ) -> Result<AsyncTask<Search>> {
        let reader = self.handle()?.reader;
        let allowed = options.as_ref().map(Allowed::new).unwrap_or_default();
        let (k, cancel) = (rows_wanted(k)?, switch(cancel));
        Ok(AsyncTask::new(Search { reader, queries: queries.to_vec(), k, allowed, cancel }))
    }

    /// Moves the log's rows into segments: the next opening has no log to read.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn seal(&self) -> Result<AsyncTask<Seal>> {
        Ok(AsyncTask::new(Seal { writer: self.writer()? }))
    }

    /// Merges segments and drops dead rows; appends and deletes go on meanwhile.
    #[napi(ts_return_type = "Promise<CompactReport>")]
    pub fn compact(
        &self,
        options: Option<CompactOptions>,
        cancel: Option<&Cancel>,
    ) -> Result<AsyncTask<Compact>> {
        let CompactOptions { full, target_rows } =
            options.unwrap_or(CompactOptions { full: None, target_rows: None });
        let mut chosen = clipfind_store::CompactOptions::default();
        chosen.full = full.unwrap_or(chosen.full);
        chosen.target_rows = target_rows.unwrap_or(chosen.target_rows);
        let (writer, cancel) = (self.writer()?, switch(cancel));
        Ok(AsyncTask::new(Compact { writer, options: chosen, cancel }))
    }

    /// Spreads the vectors over another number of shards.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn reshard(&self, shards: u32, cancel: Option<&Cancel>) -> Result<AsyncTask<Reshard>> {
        Ok(AsyncTask::new(Reshard { writer: self.writer()?, shards, cancel: switch(cancel) }))
    }

    /// Moves a shard's files to another directory, perhaps on another disk.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn move_shard(
        &self,
        shard: u32,
        directory: String,
        cancel: Option<&Cancel>,
    ) -> Result<AsyncTask<MoveShard>> {
        let cancel = switch(cancel);
        Ok(AsyncTask::new(MoveShard { writer: self.writer()?, shard, directory, cancel }))
    }

    /// Moves on to the newest commit; true when there was one.
    #[napi]
    pub fn refresh(&self) -> Result<bool> {
        self.handle()?.reader.refresh().map_err(coded)
    }

    /// All stored ids, ascending.
    #[napi]
    pub fn ids(&self) -> Result<Float64Array> {
        let ids = self.handle()?.reader.ids();
        Ok(ids.into_iter().map(number).collect::<Vec<_>>().into())
    }

    /// The vector stored under `id` (dims floats), null when there is none.
    #[napi]
    pub fn vector(&self, id: f64) -> Result<Option<Float32Array>> {
        let id = whole_number(id)?;
        Ok(self.handle()?.reader.vector(id).map(Into::into))
    }

    /// What is damaged: commits that were passed over, parts of the log; a sentence each.
    #[napi]
    pub fn warnings(&self) -> Result<Vec<String>> {
        Ok(self.handle()?.reader.warnings())
    }

    /// Figures about the commit shown.
    #[napi]
    pub fn stats(&self) -> Result<StoreStats> {
        let stats = self.handle()?.reader.stats();
        Ok(StoreStats {
            dims: count(stats.dim),
            shards: stats.shards,
            segments: count(stats.segments),
            rows: number(stats.rows),
            live: number(stats.live),
            deleted: number(stats.deleted),
            log_rows: number(stats.log_rows),
            high_bytes: number(stats.high_bytes),
            low_bytes: number(stats.low_bytes),
            bytes: number(stats.bytes),
            manifest: number(stats.manifest),
            log_records: number(stats.log_records),
            missing_shards: stats.missing_shards,
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

/// Decodes a whole file of `format` (bmp, heic, jpeg2000, jxl or pnm) to an uncompressed TIFF of at most
/// `most_pixels` pixels; `memory` bounds, roughly, the bytes that the decoder may need.
#[napi(ts_return_type = "Promise<Buffer>")]
pub fn decode_picture(
    format: String,
    bytes: Uint8Array,
    most_pixels: f64,
    memory: f64,
) -> Result<AsyncTask<Decode>> {
    Ok(AsyncTask::new(Decode::new(&format, &bytes, most_pixels, memory)?))
}

/// Checks every file and row of the store in a directory, without changing anything.
#[napi(ts_return_type = "Promise<Verification>")]
#[must_use]
pub fn verify_store(directory: String, cancel: Option<&Cancel>) -> AsyncTask<Verify> {
    AsyncTask::new(Verify { directory, cancel: switch(cancel) })
}

/// Keeps all rows of a damaged store that check out, and says what is lost. Nobody else may be
/// writing to it.
#[napi(ts_return_type = "Promise<RepairReport>")]
#[must_use]
pub fn repair_store(directory: String, cancel: Option<&Cancel>) -> AsyncTask<Repair> {
    AsyncTask::new(Repair { directory, cancel: switch(cancel) })
}

/// Resamples the kept part of both axes as Pillow's bicubic or bilinear filter does, to the bit, and
/// turns it upright. On the JavaScript thread: it takes about as long as copying the pixels to
/// another would.
#[napi]
pub fn resample_picture(
    region: PixelRegion,
    x: PixelAxis,
    y: PixelAxis,
    turn: PixelTurn,
) -> Result<Uint8Array> {
    resample::resample(&region, &x, &y, &turn).map(Uint8Array::from)
}

/// What the header of a JPEG says that [`shrink_jpeg`] may decode; null for any other file. Takes
/// microseconds.
#[napi]
#[must_use]
pub fn jpeg_header(bytes: Uint8Array) -> Option<JpegHeader> {
    shrink::header(&bytes)
}

/// Decodes a JPEG at a half, a quarter or an eighth of its size (`divisor` 2, 4 or 8; remainders are
/// left out), resamples the kept part of both axes and turns it upright: RGB, row by row. Null where
/// the JPEG is damaged, or of a kind that only a decoder of all JPEGs knows.
#[napi(ts_return_type = "Promise<Uint8Array | null>")]
pub fn shrink_jpeg(
    bytes: Uint8Array,
    divisor: u32,
    x: PixelAxis,
    y: PixelAxis,
    turn: PixelTurn,
) -> Result<AsyncTask<Shrink>> {
    Ok(AsyncTask::new(Shrink::new(&bytes, divisor, &x, &y, &turn)?))
}

/// The first 16 bytes of the BLAKE3 hash of `bytes`.
#[napi]
#[must_use]
pub fn content_hash(bytes: Uint8Array) -> Buffer {
    clipfind_walk::content_hash(&bytes).to_vec().into()
}

/// Something that a photo or a sidecar says of itself.
#[napi(object, object_from_js = false)]
pub struct PhotoStatement {
    /// Source and name, such as `exif:Make` or `dc:subject`.
    pub name: String,
    /// As it was written; a list may be empty.
    pub values: Vec<String>,
}

/// What a whole file, of a photo or an XMP sidecar, says of itself in EXIF, XMP and IPTC. On the
/// JavaScript thread: it takes microseconds for a JPEG, and a few passes over the bytes at most.
#[napi]
#[must_use]
pub fn photo_statements(bytes: Uint8Array) -> Vec<PhotoStatement> {
    clipfind_metadata::statements(&bytes)
        .into_iter()
        .map(|Statement { name, values }| PhotoStatement { name: name.to_owned(), values })
        .collect()
}

/// What computes dot products here.
#[napi(object)]
pub struct Kernels {
    /// The kernel that this process uses; null where `CLIPFIND_KERNEL` asks for one that it cannot have.
    pub active: Option<String>,
    /// Why there is none.
    pub problem: Option<String>,
    /// Those that this CPU can run, the fastest last.
    pub available: Vec<String>,
    /// The instruction sets of this CPU that matter to clipfind, kernels and models.
    pub features: Vec<String>,
}

/// Which kernel of dot products is in use, and why not another.
#[napi]
#[must_use]
pub fn kernels() -> Kernels {
    kernels::report()
}

/// Reads files and hashes them, one after the other: what they contain, and what tells that they have
/// not changed since. `paths` are bytes, each followed by a zero byte; files of more than `most_bytes`
/// are not read.
#[napi]
#[must_use]
pub fn identify_files(paths: Uint8Array, most_bytes: f64) -> AsyncTask<Identify> {
    AsyncTask::new(Identify { paths: paths.to_vec(), most_bytes: whole(most_bytes) })
}

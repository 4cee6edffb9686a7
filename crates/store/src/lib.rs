//! Where do vectors live, and which are nearest?
//!
//! A store is a directory of vectors of one dimension, each under a `u64` id. A [`Writer`]
//! appends and deletes, one process at a time; any number of [`Reader`]s search at the same time,
//! without locks. Vectors are stored with 16 bits per component, as two planes of bytes; a search
//! reads one of them, and of the other what may still win. The answer is exact for what is stored:
//! the k largest dot products, ties by smaller id, the same whatever the number of threads, shards,
//! segments, and whatever the kernel.
//!
//! ```
//! use clipfind_store::{Filter, Options, SearchOptions, Writer};
//!
//! # let dir = tempfile::tempdir().unwrap();
//! let mut writer = Writer::open(dir.path().join("vectors"), &Options::new(2))?;
//! writer.append(&[7, 8, 9], &[1.0, 0.0, /* */ 0.0, 1.0, /* */ 0.6, 0.8])?;
//!
//! let reader = writer.reader();
//! let hits = reader.search(&[0.0, 1.0], 2, SearchOptions::default())?.hits;
//! assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [8, 9]);
//!
//! let filter = Filter::new(&[7, 9]);
//! let options = SearchOptions { filter: Some(&filter), ..Default::default() };
//! let hits = reader.search(&[0.0, 1.0], 2, options)?.hits;
//! assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [9, 7]);
//! # Ok::<(), clipfind_store::StoreError>(())
//! ```
//!
//! Where to look: `docs/file-format.md` and `format.rs` say what the bytes mean; `rotation.rs` and
//! `codes.rs` how a vector becomes bytes; `log.rs` and `writer.rs` the order in which they become
//! durable; `snapshot.rs` how a reader finds one consistent commit; `compact.rs` and `reshard.rs` how
//! rows come into other files; `search.rs` is the question itself.
//!
//! Vectors should be unit vectors if scores are to be cosines; the store does not require it.

#[cfg(target_endian = "big")]
compile_error!(
    "the store maps little-endian files straight into memory; this target is big-endian"
);

mod cancel;
mod candidates;
mod codes;
mod collect;
mod compact;
mod durable;
mod encoded_rows;
mod error;
mod examine;
pub mod faults;
mod filter;
mod format;
mod found;
mod input;
mod layers;
mod lock;
mod log;
mod log_state;
mod manifest;
mod names;
mod new_files;
mod options;
mod piece;
mod place;
mod pool;
mod reader;
mod repair;
mod reshard;
mod rotation;
mod rows;
mod search;
mod segment;
mod snapshot;
mod tiers;
mod tombstones;
mod top_k;
mod verify;
mod writer;

pub use crate::{
    cancel::Cancel,
    compact::{BuiltCompaction, CompactReport, Compaction},
    error::StoreError,
    examine::Damage,
    filter::Filter,
    format::{CURRENT_FORMAT, MAX_COMPONENT, MAX_DIM, MAX_ID, MAX_SHARDS, OLDEST_READABLE_FORMAT},
    options::{CompactOptions, Options, ReadOptions},
    reader::{Reader, Stats},
    repair::{Repair, repair},
    search::{Answer, SearchOptions},
    top_k::Hit,
    verify::{Verification, verify},
    writer::{AppendReport, Writer},
};

//! Where do vectors live, and which are nearest?
//!
//! A store is a directory of `f32` vectors of one dimension, each under a `u64` id. A [`Writer`]
//! appends and deletes, one process at a time; any number of [`Reader`]s search at the same time,
//! without locks. An answer is exact: the k largest dot products, ties by smaller id, the same
//! whatever the number of threads, shards or segments.
//!
//! ```
//! use clipfind_store::{Filter, Options, Writer};
//!
//! # let dir = tempfile::tempdir().unwrap();
//! let mut writer = Writer::open(dir.path().join("vectors"), &Options::new(2))?;
//! writer.append(&[7, 8, 9], &[1.0, 0.0, /* */ 0.0, 1.0, /* */ 0.6, 0.8])?;
//!
//! let reader = writer.reader();
//! let hits = reader.search(&[0.0, 1.0], 2, None)?;
//! assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [8, 9]);
//!
//! let hits = reader.search(&[0.0, 1.0], 2, Some(&Filter::new(&[7, 9])))?;
//! assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [9, 7]);
//! # Ok::<(), clipfind_store::StoreError>(())
//! ```
//!
//! Where to look: `docs/file-format.md` and `format.rs` say what the bytes mean; `writer.rs` is the
//! order in which they become durable; `snapshot.rs` is how a reader finds one consistent commit;
//! `search.rs` and `top_k.rs` are the question itself.
//!
//! Vectors should be unit vectors if scores are to be cosines; the store does not require it.

#[cfg(target_endian = "big")]
compile_error!(
    "the store maps little-endian files straight into memory; this target is big-endian"
);

mod collect;
mod durable;
mod error;
mod filter;
mod format;
mod input;
mod lock;
mod manifest;
mod options;
mod pool;
mod reader;
mod search;
mod segment;
mod snapshot;
mod tombstones;
mod top_k;
mod verify;
mod writer;

pub use crate::{
    error::StoreError,
    filter::Filter,
    format::{CURRENT_FORMAT, MAX_COMPONENT, MAX_DIM, MAX_ID, MAX_SHARDS, OLDEST_READABLE_FORMAT},
    options::{Options, ReadOptions},
    reader::{Reader, Stats},
    top_k::Hit,
    verify::Damage,
    writer::{AppendReport, Writer},
};

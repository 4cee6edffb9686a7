//! Whether a shard's directory is there: it may be on a disk that is not mounted.
//!
//! A directory outside the store's own holds a note that says whose it is. So no other store can
//! take it for an empty one, and another disk at the same place is not taken for the shard.

use std::fs;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::error::StoreError;
use crate::manifest::Manifest;
use crate::names::{SHARD_NOTE, segment_path};

/// What the note of a shard's directory says.
pub(crate) fn note(manifest: &Manifest, shard: u32) -> String {
    format!("{{\"store\":\"{}\",\"shard\":{shard}}}\n", manifest.store)
}

/// The path of the note in a shard's directory.
pub(crate) fn note_path(shard_dir: &Path) -> PathBuf {
    shard_dir.join(SHARD_NOTE)
}

/// Whether a shard's directory is there. A mount point without its disk is not: an empty directory.
pub(crate) fn is_there(dir: &Path, manifest: &Manifest, shard: u32) -> bool {
    let shard_dir = manifest.shard_dir(dir, shard);
    if !shard_dir.is_dir() {
        return false;
    }
    let mut segments = manifest.segments.iter().filter(|entry| entry.shard == shard).peekable();
    let nothing_expected = segments.peek().is_none();
    let mut any_segment = || segments.any(|it| segment_path(&shard_dir, it.number).exists());
    if manifest.shard_dirs.contains_key(&shard) {
        match fs::read_to_string(note_path(&shard_dir)) {
            Ok(found) => found == note(manifest, shard),
            Err(_) => any_segment(),
        }
    } else {
        // In the store's own directory a missing file is damage, unless that is a link elsewhere.
        !shard_dir.is_symlink() || nothing_expected || any_segment()
    }
}

/// A shard's directory, for new files.
///
/// # Errors
///
/// [`StoreError::ShardMissing`] if it is elsewhere and not there: what would be written into a mount
/// point would vanish behind the disk. Or what the operating system says.
pub(crate) fn ready(dir: &Path, manifest: &Manifest, shard: u32) -> Result<PathBuf, StoreError> {
    let shard_dir = manifest.shard_dir(dir, shard);
    if !manifest.shard_dirs.contains_key(&shard) {
        durable::create_dir(&shard_dir)?;
    } else if !is_there(dir, manifest, shard) {
        let (path, shards) = (dir.to_owned(), vec![shard]);
        return Err(StoreError::ShardMissing { path, shards, missing: shard_dir });
    }
    Ok(shard_dir)
}

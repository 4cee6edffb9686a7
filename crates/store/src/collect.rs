//! Deleting files that no kept manifest names.
//!
//! Only files whose names this store gives are ever touched. Failing to delete one is no error:
//! it takes up space until the next writer opens the store, and nobody reads it. (On Windows a
//! mapped file cannot be deleted, so that is an ordinary event there.)

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::format::{
    ShardFile, TEMPORARY, manifest_path, parse_manifest_name, parse_shard_name, segment_path,
    tombstone_path,
};
use crate::manifest::Manifest;

/// Deletes what interrupted writers left: temporary files, and manifests, segments and tombstones
/// that `keep` neither contains nor names.
///
/// # Errors
///
/// What the operating system says when a directory cannot be listed.
pub(crate) fn sweep(dir: &Path, keep: &[&Manifest]) -> Result<(), StoreError> {
    let named: HashSet<PathBuf> = keep.iter().flat_map(|manifest| files(dir, manifest)).collect();
    let mut owned = Vec::new();
    for (path, name) in list(dir)? {
        let unfinished = name.strip_suffix(TEMPORARY).and_then(parse_manifest_name);
        if unfinished.or_else(|| parse_manifest_name(&name)).is_some() {
            owned.push(path);
        } else if parse_shard_name(&name).is_some() {
            let shard = list(&path)?.into_iter();
            owned.extend(shard.filter(|(_, name)| ShardFile::parse(name).is_some()).map(|it| it.0));
        }
    }
    for path in owned.iter().filter(|path| !named.contains(*path)) {
        let _ = fs::remove_file(path); // See the top of this file.
    }
    Ok(())
}

/// Deletes the manifest that two newer ones have superseded, and what only it names. The manifest
/// goes first: a reader that still finds it finds its files as well, or starts over.
pub(crate) fn drop_superseded(dir: &Path, dropped: &Manifest, keep: &[&Manifest]) {
    let named: HashSet<PathBuf> = keep.iter().flat_map(|manifest| files(dir, manifest)).collect();
    for path in files(dir, dropped).filter(|path| !named.contains(path)) {
        let _ = fs::remove_file(path); // See the top of this file.
    }
}

/// The largest number that a segment or tombstone file in `dir` has, 0 if there is none.
///
/// # Errors
///
/// What the operating system says when a directory cannot be listed.
pub(crate) fn last_file_number(dir: &Path) -> Result<u64, StoreError> {
    let mut last = 0;
    for (path, name) in list(dir)? {
        if parse_shard_name(&name).is_some() {
            for (_, name) in list(&path)? {
                last = last.max(match ShardFile::parse(&name) {
                    Some(ShardFile::Segment(number) | ShardFile::Tombstones(_, number)) => number,
                    None => 0,
                });
            }
        }
    }
    Ok(last)
}

/// The file of a manifest itself, then the files that it names.
fn files<'a>(dir: &'a Path, manifest: &'a Manifest) -> impl Iterator<Item = PathBuf> + 'a {
    let named = manifest.segments.iter().flat_map(move |entry| {
        let tombstones = entry
            .deleted
            .map(|deleted| tombstone_path(dir, entry.shard, entry.number, deleted.file));
        [Some(segment_path(dir, entry.shard, entry.number)), tombstones].into_iter().flatten()
    });
    [manifest_path(dir, manifest.number)].into_iter().chain(named)
}

/// Paths and names of a directory's entries; names that are not Unicode are not ours.
fn list(dir: &Path) -> Result<Vec<(PathBuf, String)>, StoreError> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir).map_err(StoreError::because("listing", dir))? {
        let entry = entry.map_err(StoreError::because("listing", dir))?;
        if let Ok(name) = entry.file_name().into_string() {
            entries.push((dir.join(&name), name));
        }
    }
    Ok(entries)
}

//! Deleting files that no kept manifest names.
//!
//! Only files whose names this store gives are ever touched. Failing to delete one is no error:
//! it takes up space until the next writer opens the store, and nobody reads it. (On Windows a
//! mapped file cannot be deleted, so that is an ordinary event there.)

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::StoreError;
use crate::manifest::Manifest;
use crate::names::{
    ShardFile, TEMPORARY, log_path, manifest_path, parse_log_name, parse_manifest_name,
    parse_shard_name, segment_path, tombstone_path,
};
use crate::place;

/// Deletes what interrupted writers left: temporary files, and manifests, logs, segments and
/// tombstones that `keep` neither contains nor names.
///
/// # Errors
///
/// What the operating system says when a directory cannot be listed.
pub(crate) fn sweep(dir: &Path, keep: &[&Manifest]) -> Result<(), StoreError> {
    let named: HashSet<PathBuf> = keep.iter().flat_map(|manifest| files(dir, manifest)).collect();
    for path in owned(dir, keep)?.iter().filter(|path| !named.contains(*path)) {
        let _ = fs::remove_file(path); // See the top of this file.
    }
    Ok(())
}

/// Deletes the manifest that two newer ones have superseded, and what only it names. The manifest
/// goes first: a reader that still finds it finds its files as well, or starts over.
pub(crate) fn drop_superseded(dir: &Path, dropped: &Manifest, keep: &[&Manifest]) {
    let named: HashSet<PathBuf> = keep.iter().flat_map(|manifest| files(dir, manifest)).collect();
    for path in files(dir, dropped).into_iter().filter(|path| !named.contains(path)) {
        let _ = fs::remove_file(path); // See the top of this file.
    }
    // Directories of shards that are elsewhere now, or no longer exist; only empty ones can go.
    let used: HashSet<PathBuf> =
        keep.iter().flat_map(|manifest| shard_dirs(dir, manifest)).collect();
    let unused =
        shard_dirs(dir, dropped).filter(|path| path.starts_with(dir) && !used.contains(path));
    for path in unused {
        let _ = fs::remove_dir(path);
    }
}

/// Whether a manifest names files, besides itself, that `newest` does not: they take up space.
pub(crate) fn has_files_of_its_own(dir: &Path, manifest: &Manifest, newest: &Manifest) -> bool {
    let named: HashSet<PathBuf> = files(dir, newest).into_iter().collect();
    files(dir, manifest).iter().skip(1).any(|path| !named.contains(path))
}

/// The directories of a manifest's shards, whether they exist or not.
fn shard_dirs(dir: &Path, manifest: &Manifest) -> impl Iterator<Item = PathBuf> {
    (0..manifest.shards).map(|shard| manifest.shard_dir(dir, shard))
}

/// The largest number that a segment, tombstone file or log has, 0 if there is none.
///
/// # Errors
///
/// What the operating system says when a directory cannot be listed.
pub(crate) fn last_file_number(dir: &Path, known: &[&Manifest]) -> Result<u64, StoreError> {
    let numbers = owned(dir, known)?.into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        parse_log_name(name).or_else(|| match ShardFile::parse(name)? {
            ShardFile::Segment(number) | ShardFile::Tombstones(_, number) => Some(number),
        })
    });
    Ok(numbers.max().unwrap_or(0))
}

/// All files whose names are the store's, in its directory and in those of its shards.
pub(crate) fn owned(dir: &Path, known: &[&Manifest]) -> Result<Vec<PathBuf>, StoreError> {
    let mut owned = Vec::new();
    // At the place of a disk that is not there another one may be, with another store's files.
    let elsewhere = known.iter().flat_map(|manifest| {
        let there = |shard: &&u32| place::is_there(dir, manifest, **shard);
        manifest.shard_dirs.keys().filter(there).map(|shard| manifest.shard_dir(dir, *shard))
    });
    let mut shard_dirs: HashSet<PathBuf> = elsewhere.collect();
    for (path, name) in list(dir)? {
        let unfinished = name.strip_suffix(TEMPORARY).and_then(parse_manifest_name);
        let ours = unfinished.or_else(|| parse_manifest_name(&name));
        if ours.or_else(|| parse_log_name(&name)).is_some() {
            owned.push(path);
        } else if parse_shard_name(&name).is_some() && path.is_dir() {
            shard_dirs.insert(path);
        }
    }
    for shard_dir in shard_dirs {
        let files = list(&shard_dir)?.into_iter();
        owned.extend(files.filter(|(_, name)| ShardFile::parse(name).is_some()).map(|it| it.0));
    }
    Ok(owned)
}

/// The file of a manifest itself, then the files that it names.
fn files(dir: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    let mut files = vec![manifest_path(dir, manifest.number), log_path(dir, manifest.log)];
    files
        .extend(manifest.shard_dirs.values().map(|elsewhere| place::note_path(elsewhere.as_ref())));
    for entry in &manifest.segments {
        let shard_dir = manifest.shard_dir(dir, entry.shard);
        files.push(segment_path(&shard_dir, entry.number));
        files.extend(entry.deleted.map(|it| tombstone_path(&shard_dir, entry.number, it.file)));
    }
    files
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

//! Dividing the rows among another number of shards, and moving a shard to another disk.
//!
//! Both write new files first and make one commit at the end: whoever is interrupted leaves the
//! store as it was. Rows and files are copied as they are, checksums included.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cancel::Cancel;
use crate::durable::{self, Output};
use crate::error::StoreError;
use crate::format::shard_of;
use crate::manifest::Manifest;
use crate::names::{ShardFile, segment_path, shard_name, tombstone_path};
use crate::new_files::NewFiles;
use crate::options::CompactOptions;
use crate::piece::OpenPiece;
use crate::place::{note, note_path};
use crate::rows::Rows;
use crate::segment;
use crate::tombstones::Tombstones;
use crate::writer::Writer;

/// Bytes of a file copied at a time.
const COPY_BUFFER: usize = 1 << 20;

impl Writer {
    /// Divides the rows among `shards` shards, 1 to [`MAX_SHARDS`](crate::MAX_SHARDS): writes all
    /// live rows anew and makes one commit at the end. Needs as much room on disk again meanwhile.
    /// Shards that are on another disk stay there as long as there is a shard of their number.
    ///
    /// # Errors
    ///
    /// [`StoreError::InvalidOptions`] for another number of shards,
    /// [`Cancelled`](StoreError::Cancelled), and as for [`append`](Self::append) while writing. The
    /// store is then as it was.
    pub fn reshard(&mut self, shards: u32, cancel: Option<&Cancel>) -> Result<(), StoreError> {
        self.reshard_into(shards, CompactOptions::DEFAULT_TARGET_ROWS, cancel)
    }

    fn reshard_into(
        &mut self,
        shards: u32,
        target_rows: u32,
        cancel: Option<&Cancel>,
    ) -> Result<(), StoreError> {
        let mut stop = || cancel.map_or(Ok(()), Cancel::check);
        let Manifest { dim, shards: before, .. } = *self.newest()?.manifest;
        StoreError::check_geometry(dim, shards)?;
        if shards == before {
            return Ok(());
        }
        stop()?;
        self.seal()?;
        let snapshot = self.newest()?;
        let mut next = Manifest::clone(&snapshot.manifest);
        next.number += 1;
        next.shards = shards;
        next.shard_dirs.retain(|shard, _| *shard < shards);
        next.segments.clear();

        let mut pieces: Vec<&OpenPiece> = snapshot.pieces.iter().collect();
        pieces.sort_by_key(|open| open.piece.id_range());
        let sources: Vec<Rows<'_>> = pieces.iter().map(|open| open.piece.rows()).collect();
        let mut counts = vec![0_u64; shards as usize];
        for (open, rows) in pieces.iter().zip(&sources) {
            stop()?;
            for row in open.live_rows() {
                counts[shard_of(rows.ids[row as usize], shards) as usize] += 1;
            }
        }

        let mut files = NewFiles::default();
        let mut refs = Vec::new();
        let mut first = 0;
        while first < shards {
            // As many shards at a time as one segment has rows, at least one.
            let mut total = 0;
            let fits = counts[first as usize..].iter().take_while(|count| {
                total += **count;
                total <= u64::from(target_rows)
            });
            let fits = u32::try_from(fits.count()).expect("shards are counted in u32");
            let end = first + fits.max(1);
            let mut write = |refs: &mut Vec<_>| {
                let to = (&*self.dir, &next);
                let numbers = &mut self.next_file;
                let new =
                    files.write_segments(to, numbers, &sources, refs, target_rows, &mut stop)?;
                refs.clear();
                Ok::<_, StoreError>(new)
            };
            let mut entries = Vec::new();
            for (source, open) in (0..).zip(&pieces) {
                for at in open.live_refs(source) {
                    if (first..end).contains(&shard_of(at.id, shards)) {
                        refs.push(at);
                    }
                    if refs.len() == target_rows as usize {
                        entries.extend(write(&mut refs)?);
                    }
                }
            }
            entries.extend(write(&mut refs)?);
            next.segments.extend(entries);
            first = end;
        }
        drop((sources, pieces));
        drop(snapshot); // A mapped file cannot be deleted everywhere.
        self.publish(next, &mut files)?;
        self.forget_previous()
    }

    /// Lets a shard's directory be `to` from now on, on another disk for example: copies the
    /// shard's files there and makes one commit. `to` must be empty or a new directory in an
    /// existing one. Moving to `shard-000` (and so on) in the store's own directory brings it back.
    ///
    /// # Errors
    ///
    /// [`StoreError::InvalidOptions`] for a shard that does not exist or a directory that cannot be
    /// taken, [`Cancelled`](StoreError::Cancelled), and as for [`append`](Self::append) while
    /// writing. The store is then as it was.
    pub fn move_shard(
        &mut self,
        shard: u32,
        to: impl AsRef<Path>,
        cancel: Option<&Cancel>,
    ) -> Result<(), StoreError> {
        let mut stop = || cancel.map_or(Ok(()), Cancel::check);
        let mut snapshot = self.settled()?;
        let place = |manifest: &Manifest| manifest.shard_dir(&self.dir, shard);
        if self.previous.as_ref().is_some_and(|it| place(it) != place(&snapshot.manifest)) {
            // It may have been where it is to be again, and its files still be there.
            self.forget_previous()?;
            snapshot = self.newest()?;
        }
        let manifest = &*snapshot.manifest;
        if shard >= manifest.shards {
            let what = format!("there is no shard {shard}: they are 0 to {}", manifest.shards - 1);
            return Err(StoreError::InvalidOptions { what });
        }
        let Some(target) = Target::new(&self.dir, manifest, shard, to.as_ref())? else {
            return Ok(());
        };
        stop()?;
        let mut files = NewFiles::default();
        if !target.dir.exists() {
            files.add_dir(&target.dir);
        }
        durable::create_dir(&target.dir)?;
        let mut next = Manifest::clone(manifest);
        next.number += 1;
        if target.is_home {
            next.shard_dirs.remove(&shard);
        } else {
            next.shard_dirs.insert(shard, target.name);
            let path = note_path(&target.dir);
            files.add(path.clone());
            durable::write_file(&path, note(manifest, shard).as_bytes())?;
        }
        let from = manifest.shard_dir(&self.dir, shard);
        for entry in manifest.segments.iter().filter(|entry| entry.shard == shard) {
            let paths = |dir| {
                let tombstones = entry.deleted.map(|it| tombstone_path(dir, entry.number, it.file));
                [segment_path(dir, entry.number)].into_iter().chain(tombstones)
            };
            for (old, new) in paths(&from).zip(paths(&target.dir)) {
                files.add(new.clone());
                copy(&old, &new, &mut stop)?;
            }
            segment::map(&target.dir, manifest, entry)?;
            Tombstones::read(&target.dir, entry)?;
        }
        durable::sync_dir(&target.dir)?;
        drop(snapshot); // A mapped file cannot be deleted everywhere.
        self.publish(next, &mut files)?;
        self.forget_previous()
    }
}

/// Where a shard is to be.
struct Target {
    dir: PathBuf,
    /// The same, for the manifest.
    name: String,
    /// Whether that is in the store's own directory.
    is_home: bool,
}

impl Target {
    /// Checks that a shard's files can be put into `to`; `None` if they are there.
    fn new(
        dir: &Path,
        manifest: &Manifest,
        shard: u32,
        to: &Path,
    ) -> Result<Option<Self>, StoreError> {
        let refused = |what: &str| {
            let what = format!("shard {shard} cannot be moved to {}: {what}", to.display());
            Err(StoreError::InvalidOptions { what })
        };
        let home = dir.join(shard_name(shard));
        let real = real(to)?;
        if real == self::real(&manifest.shard_dir(dir, shard))? {
            return Ok(None);
        }
        let is_home = real == self::real(&home)?;
        if !is_home && real.starts_with(self::real(dir)?) {
            return refused("it lies in the store's own directory; name another one");
        }
        let path = std::path::absolute(to).map_err(StoreError::because("finding", to))?;
        let Some(name) = path.to_str().map(str::to_owned) else {
            return refused("its path is not UTF-8; name another one");
        };
        if path.exists() && !path.is_dir() {
            return refused("it is not a directory");
        }
        if path.is_dir() {
            for entry in fs::read_dir(&path).map_err(StoreError::because("listing", &path))? {
                let found = entry.map_err(StoreError::because("listing", &path))?.file_name();
                if !is_home || found.to_str().and_then(ShardFile::parse).is_some() {
                    let what = format!(
                        "it is not empty (it holds {}, which an interrupted move may have left); \
                         empty it, or name another one",
                        found.display()
                    );
                    return refused(&what);
                }
            }
        }
        let dir = if is_home { home } else { path };
        Ok(Some(Self { dir, name, is_home }))
    }
}

/// The path without links of something that exists, or is to be created in a directory that does.
fn real(path: &Path) -> Result<PathBuf, StoreError> {
    let real = match (fs::canonicalize(path), path.file_name()) {
        (Err(error), Some(name)) if error.kind() == io::ErrorKind::NotFound => {
            fs::canonicalize(durable::parent(path)).map(|parent| parent.join(name))
        }
        (real, _) => real,
    };
    real.map_err(StoreError::because("finding", path))
}

/// Copies a file and syncs it. What is empty in it takes no room in the copy either.
fn copy(
    from: &Path,
    to: &Path,
    stop: &mut dyn FnMut() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut source = File::open(from).map_err(StoreError::because("opening", from))?;
    let len = source.metadata().map_err(StoreError::because("measuring", from))?.len();
    let mut out = Output::create(to)?;
    let mut buffer = vec![0; COPY_BUFFER];
    let mut at = 0;
    while at < len {
        stop()?;
        let left = usize::try_from(len - at).unwrap_or(COPY_BUFFER);
        let part = &mut buffer[..left.min(COPY_BUFFER)];
        source.read_exact(part).map_err(StoreError::because("reading", from))?;
        at += part.len() as u64;
        if at < len && part.iter().all(|byte| *byte == 0) {
            out.skip_to(at)?;
        } else {
            out.write(part)?;
        }
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    #[test]
    fn resharding_writes_segments_of_at_most_the_rows_asked_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer =
            Writer::open(dir.path(), &Options { segment_rows: 50, ..Options::new(4) }).unwrap();
        let ids: Vec<u64> = (0..200).collect();
        for ids in ids.chunks(50) {
            writer.append(ids, &[0.5].repeat(4 * ids.len())).unwrap();
        }
        writer.delete(&[7, 100]).unwrap();
        for (shards, segments) in [(3, 12), (2, 10), (50, 50), (1, 10)] {
            writer.reshard_into(shards, 21, None).unwrap();
            let snapshot = writer.newest().unwrap();
            assert_eq!((snapshot.live_ids().len(), snapshot.deleted()), (198, 0));
            let manifest = &snapshot.manifest;
            assert_eq!((manifest.shards, manifest.segments.len()), (shards, segments));
            assert!(manifest.segments.iter().all(|entry| entry.rows <= 21 && entry.ascending));
        }
    }
}

//! Files that are written before a manifest names them, by somebody who may have to give up.

use std::fs;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::error::StoreError;
use crate::format::shard_of;
use crate::manifest::{Manifest, SegmentEntry};
use crate::names::segment_path;
use crate::place;
use crate::rows::{RowRef, Rows};
use crate::segment;

/// New files, deleted again unless they are kept. (As far as possible: what is left is swept away
/// when a writer opens the store.)
#[derive(Debug, Default)]
pub(crate) struct NewFiles {
    paths: Vec<PathBuf>,
    /// A directory made for them.
    dir: Option<PathBuf>,
}

impl NewFiles {
    /// Takes note of a file that is about to be created.
    pub(crate) fn add(&mut self, path: PathBuf) {
        self.paths.push(path);
    }

    /// Takes note of a directory that is about to be created for them.
    pub(crate) fn add_dir(&mut self, dir: &Path) {
        self.dir = Some(dir.to_owned());
    }

    /// Leaves them where they are.
    pub(crate) fn keep(&mut self) {
        self.paths.clear();
        self.dir = None;
    }

    /// Writes and syncs segments of at most `most` rows each for the rows that `refs` name, and takes
    /// their numbers from `next_file` on. Sorts `refs` by shard and id.
    ///
    /// # Errors
    ///
    /// Those of [`write_segment`](Self::write_segment).
    pub(crate) fn write_segments(
        &mut self,
        (dir, manifest): (&Path, &Manifest),
        next_file: &mut u64,
        sources: &[Rows<'_>],
        refs: &mut [RowRef],
        most: u32,
        stop: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<Vec<SegmentEntry>, StoreError> {
        let shard = |at: &RowRef| shard_of(at.id, manifest.shards);
        refs.sort_unstable_by_key(|at| (shard(at), *at));
        let mut entries = Vec::new();
        for of_shard in refs.chunk_by(|a, b| shard(a) == shard(b)) {
            for refs in of_shard.chunks(most as usize) {
                let number = *next_file;
                *next_file += 1;
                let shard = shard(&refs[0]);
                let to = (dir, manifest);
                entries.push(self.write_segment(to, (shard, number), sources, refs, stop)?);
            }
        }
        Ok(entries)
    }

    /// Writes and syncs segment `number` of the rows that `refs` name, which must rise by id and be
    /// of one shard of `manifest`.
    ///
    /// # Errors
    ///
    /// [`StoreError::ShardMissing`], what the operating system says, or what `stop` does.
    pub(crate) fn write_segment(
        &mut self,
        (dir, manifest): (&Path, &Manifest),
        (shard, number): (u32, u64),
        sources: &[Rows<'_>],
        refs: &[RowRef],
        stop: &mut dyn FnMut() -> Result<(), StoreError>,
    ) -> Result<SegmentEntry, StoreError> {
        let shard_dir = place::ready(dir, manifest, shard)?;
        let entry = SegmentEntry {
            shard,
            number,
            rows: u32::try_from(refs.len()).expect("at most a segment's rows"),
            min_id: refs[0].id,
            max_id: refs[refs.len() - 1].id,
            // Only damaged rows can have equal ids.
            ascending: refs.is_sorted_by(|a, b| a.id < b.id),
            deleted: None,
        };
        let path = segment_path(&shard_dir, number);
        self.add(path.clone());
        segment::write(&path, segment::header(manifest, &entry), sources, refs, stop)?;
        durable::sync_dir(&shard_dir)?;
        Ok(entry)
    }
}

impl Drop for NewFiles {
    fn drop(&mut self) {
        for path in &self.paths {
            let _ = fs::remove_file(path);
        }
        if let Some(dir) = &self.dir {
            let _ = fs::remove_dir(dir);
        }
    }
}

//! One commit, opened: a manifest with its segments mapped, its tombstones read, and its log
//! replayed up to some record.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::error::StoreError;
use crate::examine::Damage;
use crate::log::{self, Change, Position};
use crate::manifest::Manifest;
use crate::names::{log_path, manifest_path};
use crate::piece::{OpenPiece, Piece};
use crate::place;
use crate::rotation::Rotation;
use crate::segment;
use crate::tombstones::Tombstones;

/// How often a reader starts over because commits overtake it. Each time takes two seals within
/// the few milliseconds of one opening, so running out of attempts means something else is wrong.
const ATTEMPTS: usize = 100;

/// One commit as it was: it never changes, whatever writers do.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// The segments it consists of.
    pub(crate) manifest: Arc<Manifest>,
    /// The rotation of its seed.
    pub(crate) rotation: Arc<Rotation>,
    /// The segments that are there, in the manifest's order, then the rows of the log.
    pub(crate) pieces: Vec<OpenPiece>,
    /// For each segment that is there, its index in the manifest. Later pieces are of the log.
    pub(crate) segments: Arc<[usize]>,
    /// How far the log is replayed.
    pub(crate) log: Position,
    /// Whether something follows there that is part of a record.
    pub(crate) torn: bool,
    /// Shards whose directories are not there. Their rows are not found.
    pub(crate) missing: Arc<[u32]>,
    /// Newer commits that were passed over, and parts of the log.
    pub(crate) damage: Vec<Damage>,
}

impl Snapshot {
    /// Opens the newest commit that is whole.
    ///
    /// Without locks: a writer may commit and clean up meanwhile. If the newest commit cannot be
    /// opened, this looks whether there is a newer one by now, and only if not passes it over as
    /// damaged. Segments that `known` has mapped already are shared.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] or [`NotAStore`](StoreError::NotAStore) where there is no store;
    /// [`UnsupportedFormat`](StoreError::UnsupportedFormat) if a newer version wrote the newest
    /// commit; [`Damaged`](StoreError::Damaged), for the newest, if none is whole; or what the
    /// operating system says.
    pub(crate) fn newest(dir: &Path, known: Option<&Self>) -> Result<Self, StoreError> {
        let mut attempt = 1;
        loop {
            match Self::newest_listed(dir, known) {
                Attempt::Overtaken(_) if attempt < ATTEMPTS => attempt += 1,
                Attempt::Overtaken(error) => return Err(error),
                Attempt::Final(result) => return result,
            }
        }
    }

    fn newest_listed(dir: &Path, known: Option<&Self>) -> Attempt {
        let listed = match Manifest::list(dir) {
            Ok(listed) => listed,
            Err(error) => return Attempt::Final(Err(error)),
        };
        let overtaken = || Manifest::list(dir).is_ok_and(|now| now.first() != listed.first());
        let mut newest_error = None;
        let mut passed_over = Vec::new();
        for &number in &listed {
            match Manifest::read(dir, number).and_then(|found| Self::load(dir, found, known)) {
                // Its shards may be there, and only its files gone.
                Ok(snapshot) if !snapshot.missing.is_empty() && overtaken() => {
                    return Attempt::Overtaken(snapshot.missing_error(dir));
                }
                Ok(mut snapshot) => {
                    snapshot.damage.splice(0..0, passed_over);
                    return Attempt::Final(Ok(snapshot));
                }
                Err(error) if overtaken() => return Attempt::Overtaken(error),
                Err(StoreError::Damaged { path, what }) => {
                    let manifest = manifest_path(dir, number);
                    let because = if path == manifest {
                        what.clone()
                    } else {
                        format!("{}: {what}", path.display())
                    };
                    let because = format!("this commit is passed over: {because}");
                    passed_over.push(Damage::file(&manifest, because));
                    newest_error.get_or_insert(StoreError::Damaged { path, what });
                }
                Err(error) => return Attempt::Final(Err(error)),
            }
        }
        Attempt::Final(Err(newest_error.unwrap_or_else(|| StoreError::NotAStore {
            path: dir.to_owned(),
            found: "it holds no manifest".to_owned(),
        })))
    }

    /// Opens the commit of `manifest` and replays its log, sharing what `known` has open already.
    ///
    /// # Errors
    ///
    /// Those of [`segment::map`], [`Tombstones::read`] and [`log::read`].
    pub(crate) fn load(
        dir: &Path,
        manifest: Manifest,
        known: Option<&Self>,
    ) -> Result<Self, StoreError> {
        let known = known.filter(|known| known.manifest.store == manifest.store);
        let shared: HashMap<u64, &Arc<Piece>> = known
            .iter()
            .flat_map(|known| known.segments.iter().zip(&known.pieces).map(move |it| (known, it)))
            .map(|(known, (at, open))| (known.manifest.segments[*at].number, &open.piece))
            .collect();
        let mut missing: BTreeSet<u32> = manifest.segments.iter().map(|it| it.shard).collect();
        missing.extend(manifest.shard_dirs.keys());
        missing.retain(|shard| !place::is_there(dir, &manifest, *shard));
        let (mut pieces, mut segments) = (Vec::new(), Vec::new());
        for (at, entry) in manifest.segments.iter().enumerate() {
            if missing.contains(&entry.shard) {
                continue;
            }
            let shard_dir = manifest.shard_dir(dir, entry.shard);
            let piece = match shared.get(&entry.number) {
                Some(piece) if piece.path().parent() == Some(&shard_dir) => Arc::clone(piece),
                _ => Arc::new(segment::map(&shard_dir, &manifest, entry)?),
            };
            let deleted = Tombstones::read(&shard_dir, entry)?.map(Arc::new);
            pieces.push(OpenPiece { piece, deleted });
            segments.push(at);
        }
        let rotation = match known {
            Some(known) => Arc::clone(&known.rotation),
            None => {
                Arc::new(Rotation::new(crate::format::codes_per_row(manifest.dim), manifest.seed))
            }
        };
        let snapshot = Self {
            manifest: Arc::new(manifest),
            rotation,
            pieces,
            segments: segments.into(),
            log: log::START,
            torn: false,
            missing: missing.into_iter().collect(),
            damage: Vec::new(),
        };
        snapshot.extended(dir)
    }

    /// This commit with what the log has gained since.
    ///
    /// # Errors
    ///
    /// Those of [`log::read`].
    pub(crate) fn extended(&self, dir: &Path) -> Result<Self, StoreError> {
        let replay = log::read(dir, self.manifest.log_header(), self.log)?;
        let mut next = self.clone();
        for change in replay.changes {
            match change {
                Change::Append(piece) => {
                    next.delete(piece.rows().ids);
                    next.pieces.push(OpenPiece { piece: Arc::new(piece), deleted: None });
                }
                Change::Delete(ids) => next.delete(&ids),
            }
        }
        let path = log_path(dir, self.manifest.log);
        for gap in replay.damage {
            let damage = Damage::file(&path, gap.to_string());
            // What is at the end is found each time.
            if !next.damage.contains(&damage) {
                next.damage.push(damage);
            }
        }
        (next.log, next.torn) = (replay.end, replay.torn > 0);
        Ok(next)
    }

    /// Marks the live rows of these ids, which must rise, as deleted, in memory only.
    pub(crate) fn delete(&mut self, ids: &[u64]) {
        for open in &mut self.pieces {
            let rows = open.find_live(ids);
            open.delete(&rows);
        }
    }

    /// # Errors
    ///
    /// [`StoreError::ShardMissing`] if a shard is missing.
    pub(crate) fn refuse_missing(&self, dir: &Path) -> Result<(), StoreError> {
        if self.missing.is_empty() { Ok(()) } else { Err(self.missing_error(dir)) }
    }

    /// # Errors
    ///
    /// [`StoreError::Damaged`] if it had to do without a newer commit or a part of the log.
    pub(crate) fn refuse_damaged(&self) -> Result<(), StoreError> {
        match self.damage.first() {
            None => Ok(()),
            Some(Damage { path, what, .. }) => Err(StoreError::damaged(path, what.clone())),
        }
    }

    fn missing_error(&self, dir: &Path) -> StoreError {
        StoreError::ShardMissing {
            path: dir.to_owned(),
            shards: self.missing.to_vec(),
            missing: self.manifest.shard_dir(dir, self.missing[0]),
        }
    }

    /// How many rows are deleted.
    pub(crate) fn deleted(&self) -> u64 {
        self.pieces.iter().map(|open| u64::from(open.deleted())).sum()
    }

    /// How many rows there are, deleted or not.
    pub(crate) fn rows(&self) -> u64 {
        self.pieces.iter().map(|open| u64::from(open.piece.len())).sum()
    }

    /// The rows that are in the log and in no segment.
    pub(crate) fn log_pieces(&self) -> &[OpenPiece] {
        &self.pieces[self.segments.len()..]
    }

    /// Those of these ids, which must rise, that have a live row; rising.
    pub(crate) fn live_among(&self, ids: &[u64]) -> Vec<u64> {
        let mut found = Vec::new();
        for open in &self.pieces {
            let all = open.piece.rows().ids;
            found.extend(open.find_live(ids).into_iter().map(|row| all[row as usize]));
        }
        found.sort_unstable();
        found
    }

    /// How many live rows have one of these ids, which must rise.
    pub(crate) fn count_live(&self, ids: &[u64]) -> usize {
        self.pieces.iter().map(|open| open.find_live(ids).len()).sum()
    }

    /// The live row of `id`.
    pub(crate) fn find(&self, id: u64) -> Option<(&OpenPiece, u32)> {
        self.pieces.iter().find_map(|open| Some((open, *open.find_live(&[id]).first()?)))
    }

    /// The ids of all live rows, rising.
    pub(crate) fn live_ids(&self) -> Vec<u64> {
        let mut ids = Vec::new();
        for open in &self.pieces {
            let all = open.piece.rows().ids;
            ids.extend(open.live_rows().map(|row| all[row as usize]));
        }
        ids.sort_unstable();
        ids
    }
}

/// How one look at the directory ended.
enum Attempt {
    /// With an answer that is not out of date.
    Final(Result<Snapshot, StoreError>),
    /// With an error, but there is a newer commit by now.
    Overtaken(StoreError),
}

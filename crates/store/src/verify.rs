//! Is a store still what was written? Reads every byte of it once.

use std::path::Path;

use crate::cancel::Cancel;
use crate::collect;
use crate::error::StoreError;
use crate::examine::{CommitState, Damage, Scan, sorted};
use crate::format::FILE_HEADER;
use crate::layers::{Layer, Layers};
use crate::manifest::Manifest;
use crate::names::{manifest_path, parse_log_name};

/// How often to start over because commits overtake the look at the files. Opening them takes
/// milliseconds, so running out of attempts means something else is wrong.
const ATTEMPTS: usize = 100;

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Rows that were read, deleted or not.
    pub rows: u64,
    /// Files that were looked for.
    pub files: u64,
    /// What is not as it was written. [`repair`](crate::repair()) saves what is left.
    pub damage: Vec<Damage>,
    /// What is no damage, but worth knowing; a sentence each.
    pub notes: Vec<String>,
}

/// Checks the store in `dir` as it lies on the disk: every manifest, and all files of the newest
/// commit that can be read, byte by byte. Takes no lock and changes nothing; a writer may go on
/// meanwhile. Works as well when the store does not open.
///
/// The rows of a log that is being written are checked as far as they were there in the beginning.
///
/// # Errors
///
/// [`StoreError::NotFound`] or [`NotAStore`](StoreError::NotAStore) where there is no store,
/// [`UnsupportedFormat`](StoreError::UnsupportedFormat), [`Cancelled`](StoreError::Cancelled),
/// [`Threads`](StoreError::Threads), or what the operating system says.
pub fn verify(dir: &Path, cancel: Option<&Cancel>) -> Result<Verification, StoreError> {
    let scan = Scan::new(cancel)?;
    let mut attempt = 1;
    let (commits, state) = loop {
        let commits = Commits::read(dir)?;
        let state = commits.newest.as_ref().map(|newest| CommitState::open(dir, newest));
        let is_complete = |it: &CommitState| !it.is_incomplete();
        let complete = commits.damage.iter().all(|damage| damage.path.exists())
            && state.as_ref().is_none_or(|it| it.as_ref().is_ok_and(is_complete));
        let overtaken =
            || Manifest::list(dir).is_ok_and(|now| now.first() != commits.numbers.first());
        if complete || attempt == ATTEMPTS || !overtaken() {
            let state = state.transpose()?;
            break (commits, state);
        }
        attempt += 1;
    };
    let files = commits.numbers.len() as u64;
    let mut damage = commits.damage;
    let (Some(mut state), Some(newest)) = (state, commits.newest) else {
        return Ok(Verification { rows: 0, files, damage, notes: Vec::new() });
    };
    state.read(newest.shards, &scan)?;
    for shard in &state.missing {
        let segments = newest.segments.iter().filter(|entry| entry.shard == *shard);
        let rows: u64 = segments.map(|entry| u64::from(entry.rows)).sum();
        let what = format!("shard {shard} is not there, nor are its {rows} rows");
        damage.push(Damage::file(&newest.shard_dir(dir, *shard), what));
    }
    damage.extend(state.damage().cloned());
    damage.extend(repeated(&state));
    let (rows, files) = (state.rows(), files + state.files());
    Ok(Verification { rows, files, damage, notes: state.log.note.into_iter().collect() })
}

/// The manifests of a store.
#[derive(Debug)]
pub(crate) struct Commits {
    /// The highest first.
    pub(crate) numbers: Vec<u64>,
    /// The newest that can be read.
    pub(crate) newest: Option<Manifest>,
    /// What is wrong with the others; with the directory, if it has none.
    pub(crate) damage: Vec<Damage>,
}

impl Commits {
    /// Reads all manifests.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`NotAStore`](StoreError::NotAStore) where not even files tell that
    /// there was a store, [`UnsupportedFormat`](StoreError::UnsupportedFormat), or what the operating
    /// system says.
    pub(crate) fn read(dir: &Path) -> Result<Self, StoreError> {
        let numbers = Manifest::list(dir)?;
        let (mut newest, mut damage, mut gone) = (None, Vec::new(), Vec::new());
        for number in &numbers {
            match sorted(Manifest::read(dir, *number))? {
                Ok(manifest) => newest = newest.or(Some(manifest)),
                Err(found) if found.path.exists() => damage.push(found),
                Err(found) => gone.push(found),
            }
        }
        if newest.is_none() {
            damage.extend(gone); // Otherwise a writer has deleted what newer commits supersede.
        }
        if numbers.is_empty() {
            if !collect::owned(dir, &[])?.iter().any(|path| has_rows(path)) {
                let found = "it holds no manifest".to_owned();
                return Err(StoreError::NotAStore { path: dir.to_owned(), found });
            }
            damage.push(Damage::file(dir, "it holds no manifest, but files of a store"));
        }
        Ok(Self { numbers, newest, damage })
    }

    /// Whether a manifest that cannot be read is newer than all that can.
    pub(crate) fn newest_is_damaged(&self, dir: &Path) -> bool {
        let newest = self.newest.as_ref().map(|newest| manifest_path(dir, newest.number));
        newest.is_none_or(|newest| self.damage.iter().any(|damage| damage.path > newest))
    }
}

/// Whether a file that no manifest names may have rows: a segment, or a log that is not empty.
fn has_rows(path: &Path) -> bool {
    let is_log = path.file_name().and_then(|name| parse_log_name(name.to_str()?)).is_some();
    !is_log || path.metadata().is_ok_and(|it| it.len() > FILE_HEADER as u64)
}

/// Rows whose ids other live rows have as well.
fn repeated(state: &CommitState) -> Vec<Damage> {
    let mut layers = Layers::default();
    layers.add_commit(&state.segments);
    layers.add_log(&state.log);
    layers.0.retain(|layer| !layer.doubtful);
    let mut damage = Vec::new();
    for id in layers.repeated() {
        for (at, row) in layers.rows_of(id) {
            let Layer { open, .. } = &layers.0[at];
            let what = format!("id {id} is stored in another live row as well");
            damage.push(Damage { path: open.piece.path().to_owned(), row: Some(row), what });
        }
    }
    damage
}

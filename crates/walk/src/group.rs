//! The candidates of one directory, while they are being collected.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use crate::{Digest, Directory, STATS, filter};

/// Names, each followed by a zero byte, and as many times four numbers.
#[derive(Default)]
struct Files {
    names: Vec<u8>,
    stats: Vec<i64>,
}

impl Files {
    fn push(&mut self, name: &[u8], stats: [i64; STATS]) {
        self.names.extend_from_slice(name);
        self.names.push(0);
        self.stats.extend_from_slice(&stats);
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[i64; STATS])> {
        let names = self.names.split_inclusive(|&byte| byte == 0);
        names.map(|name| &name[..name.len() - 1]).zip(self.stats.as_chunks::<STATS>().0)
    }

    fn forget_inodes(&mut self) {
        for file in self.stats.as_chunks_mut::<STATS>().0 {
            [file[2], file[3]] = [0, 0];
        }
    }

    fn hash(&self, hasher: &mut blake3::Hasher) {
        hasher.update(&(self.names.len() as u64).to_le_bytes());
        hasher.update(&self.names);
        let mut bytes = [0_u8; 8 * STATS * 32];
        for numbers in self.stats.chunks(STATS * 32) {
            for (to, number) in bytes.chunks_exact_mut(8).zip(numbers) {
                to.copy_from_slice(&number.to_le_bytes());
            }
            hasher.update(&bytes[..8 * numbers.len()]);
        }
    }
}

/// Files of one directory.
pub(crate) struct Group {
    pub(crate) path: PathBuf,
    /// Where its files are; 0 while there are none.
    pub(crate) device: u64,
    photos: Files,
    sidecars: Files,
    /// Why its files are not known.
    pub(crate) error: Option<io::Error>,
}

impl Group {
    pub(crate) fn new(path: PathBuf) -> Group {
        let [photos, sidecars] = [Files::default(), Files::default()];
        Group { path, device: 0, photos, sidecars, error: None }
    }

    /// Number of candidates.
    pub(crate) fn len(&self) -> usize {
        self.photos.stats.len() / STATS
    }

    /// Adds a candidate behind the others.
    pub(crate) fn push(&mut self, name: &[u8], stats: [i64; STATS]) {
        self.photos.push(name, stats);
    }

    /// Adds a sidecar behind the others.
    pub(crate) fn push_sidecar(&mut self, name: &[u8], stats: [i64; STATS]) {
        self.sidecars.push(name, stats);
    }

    /// Adds a candidate in its place.
    pub(crate) fn insert(&mut self, name: &[u8], stats: [i64; STATS]) {
        let mut files: Vec<(Vec<u8>, [i64; STATS])> =
            self.photos.iter().map(|(name, stats)| (name.to_vec(), *stats)).collect();
        files.push((name.to_vec(), stats));
        files.sort_unstable();
        self.photos = Files::default();
        for (name, stats) in files {
            self.push(&name, stats);
        }
    }

    /// Takes away the sidecars of no candidate.
    pub(crate) fn keep_own_sidecars(&mut self) {
        if self.sidecars.names.is_empty() {
            return;
        }
        let photos = self.photos.iter().map(|(name, _)| name);
        let owners: HashSet<&[u8]> = photos.flat_map(|name| [name, stem(name)]).collect();
        let mut own = Files::default();
        for (name, stats) in self.sidecars.iter() {
            if filter::sidecar_owner(name).is_some_and(|owner| owners.contains(owner)) {
                own.push(name, *stats);
            }
        }
        self.sidecars = own;
    }

    /// Takes away what means nothing after the next mount.
    pub(crate) fn forget_inodes(&mut self) {
        self.photos.forget_inodes();
        self.sidecars.forget_inodes();
    }

    /// Names and numbers decide it; names end in a zero byte, so that nothing can be taken for something else.
    pub(crate) fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        self.photos.hash(&mut hasher);
        // A directory without sidecars has the digest that it had before they counted.
        if !self.sidecars.names.is_empty() {
            self.sidecars.hash(&mut hasher);
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        digest
    }

    pub(crate) fn into_directory(self, known: Option<u32>, digest: Digest) -> Directory {
        let (photos, sidecars) = (self.photos, self.sidecars);
        Directory {
            path: self.path,
            known,
            digest,
            names: photos.names,
            stats: photos.stats,
            sidecar_names: sidecars.names,
            sidecar_stats: sidecars.stats,
        }
    }
}

/// A name without its extension.
fn stem(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|&byte| byte == b'.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    }
}

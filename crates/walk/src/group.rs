//! The candidates of one directory, while they are being collected.

use std::io;
use std::path::PathBuf;

use crate::{Digest, Directory, STATS};

/// Files of one directory.
pub(crate) struct Group {
    pub(crate) path: PathBuf,
    /// Where its files are; 0 while there are none.
    pub(crate) device: u64,
    names: Vec<u8>,
    stats: Vec<i64>,
    /// Why its files are not known.
    pub(crate) error: Option<io::Error>,
}

impl Group {
    pub(crate) fn new(path: PathBuf) -> Group {
        Group { path, device: 0, names: Vec::new(), stats: Vec::new(), error: None }
    }

    /// Number of files.
    pub(crate) fn len(&self) -> usize {
        self.stats.len() / STATS
    }

    /// Adds a file behind the others.
    pub(crate) fn push(&mut self, name: &[u8], stats: [i64; STATS]) {
        self.names.extend_from_slice(name);
        self.names.push(0);
        self.stats.extend_from_slice(&stats);
    }

    /// Adds a file in its place.
    pub(crate) fn insert(&mut self, name: &[u8], stats: [i64; STATS]) {
        let mut files: Vec<(Vec<u8>, [i64; STATS])> = self
            .names
            .split_inclusive(|&byte| byte == 0)
            .zip(self.stats.as_chunks::<STATS>().0)
            .map(|(name, stats)| (name[..name.len() - 1].to_vec(), *stats))
            .collect();
        files.push((name.to_vec(), stats));
        files.sort_unstable();
        self.names.clear();
        self.stats.clear();
        for (name, stats) in files {
            self.push(&name, stats);
        }
    }

    /// Takes away what means nothing after the next mount.
    pub(crate) fn forget_inodes(&mut self) {
        for file in self.stats.as_chunks_mut::<STATS>().0 {
            [file[2], file[3]] = [0, 0];
        }
    }

    /// Names and numbers decide it; names end in a zero byte, so that nothing can be taken for something else.
    pub(crate) fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.names.len() as u64).to_le_bytes());
        hasher.update(&self.names);
        let mut bytes = [0_u8; 8 * STATS * 32];
        for numbers in self.stats.chunks(STATS * 32) {
            for (to, number) in bytes.chunks_exact_mut(8).zip(numbers) {
                to.copy_from_slice(&number.to_le_bytes());
            }
            hasher.update(&bytes[..8 * numbers.len()]);
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        digest
    }

    pub(crate) fn into_directory(self, known: Option<u32>, digest: Digest) -> Directory {
        Directory { path: self.path, known, digest, names: self.names, stats: self.stats }
    }
}

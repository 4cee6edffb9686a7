//! Which content does a file have?

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;

use crate::{STATS, stat};

/// A hash of all bytes of a file: the first half of its BLAKE3.
pub type ContentHash = [u8; 16];

/// The hash of a file's content, given whole.
#[must_use]
pub fn content_hash(bytes: &[u8]) -> ContentHash {
    first_half(blake3::hash(bytes))
}

fn first_half(hash: blake3::Hash) -> ContentHash {
    let [first, _] = hash.as_bytes().as_chunks().0 else { unreachable!("a hash has 32 bytes") };
    *first
}

/// The content of a file, and what tells that it has not changed since.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Of all bytes.
    pub hash: ContentHash,
    /// Bytes, mtime and ctime in nanoseconds, inode.
    pub stats: [i64; STATS],
}

/// Most bytes that are held at a time.
const BUFFER: usize = 256 * 1024;

/// Reads files and hashes them, in pieces: a large file takes no more memory than a small one.
pub struct Identifier {
    buffer: Vec<u8>,
    most_bytes: u64,
}

impl Identifier {
    /// `most_bytes`: larger files are not read.
    #[must_use]
    pub fn new(most_bytes: u64) -> Self {
        Self { buffer: vec![0; BUFFER], most_bytes }
    }

    /// What a file is, unless it is no regular file, too large, unreadable, or changes meanwhile:
    /// whoever reads it for its pixels will say so.
    pub fn identify(&mut self, path: &Path) -> Option<Identity> {
        let mut file = open(path).ok()?;
        let meta = file.metadata().ok()?;
        if !meta.is_file() || meta.len() > self.most_bytes {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        let mut left = meta.len();
        while left > 0 {
            let piece = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            let read = file.read(&mut self.buffer[..piece]).ok()?;
            if read == 0 {
                return None;
            }
            hasher.update(&self.buffer[..read]);
            left -= read as u64;
        }
        let stats = stat::numbers(&meta);
        let after = stat::numbers(&file.metadata().ok()?);
        (after == stats).then(|| Identity { hash: first_half(hasher.finalize()), stats })
    }
}

/// A named pipe put in the file's place must not hang: it opens without waiting, and is no file.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

//! What files are there? One walk over several folders, by rules, a directory at a time. And what do
//! they contain?
//!
//! The traversal and the ignore files are those of the `ignore` crate (ripgrep's). On top of it: the
//! candidates of a directory come together, with what tells that a file has not changed, and with a
//! digest of all that. A directory whose digest is the one known from before is only counted.

mod filter;
mod group;
mod identity;
mod stat;
mod walker;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;

pub use filter::{BadGlob, JUNK_FOLDERS, JUNK_PREFIXES};
pub use identity::{ContentHash, Identifier, Identity, content_hash};

/// Which files of a folder count.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Follow symbolic links; each real file and directory counts once all the same.
    pub follow: bool,
    /// Take hidden files and folders too.
    pub hidden: bool,
    /// Take what `.gitignore`, `.ignore`, `.clipfindignore` and `.nomedia` exclude, and the junk.
    pub no_ignore: bool,
    /// Globs, as in a `.gitignore` in the root, of what to leave out.
    pub exclude: Vec<String>,
    /// Extensions of candidates, in lower case, without the dot.
    pub extensions: Vec<String>,
}

/// A folder to walk.
#[derive(Clone, Debug)]
pub struct Root {
    /// An absolute path.
    pub path: PathBuf,
    /// What counts in it and below.
    pub rules: Rules,
}

/// 128 bits over the candidates of a directory and their sidecars: names, sizes, times, inodes.
pub type Digest = [u8; 16];

/// A directory that is known from before.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What the caller calls it.
    pub index: u32,
    /// Its digest, if it may be skipped when that is still the same.
    pub digest: Option<Digest>,
}

/// What to walk. A root inside another is walked by its own rules, and not by the other's.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Folders to walk, in this order.
    pub roots: Vec<Root>,
    /// Directories known from before: they are reported even if they hold no candidates now.
    pub known: HashMap<PathBuf, Known>,
}

/// Numbers per file in [`Directory::stats`].
pub const STATS: usize = 4;

/// The candidates of a directory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Directory {
    /// The directory.
    pub path: PathBuf,
    /// What the caller calls it, if it is known.
    pub known: Option<u32>,
    /// Of everything below.
    pub digest: Digest,
    /// Names in byte order, each followed by a zero byte.
    pub names: Vec<u8>,
    /// Four numbers per file: bytes, mtime and ctime in nanoseconds, inode. ctime and inode are 0
    /// where the file system has none that last.
    pub stats: Vec<i64>,
    /// Names of XMP sidecars of the candidates (`a.xmp` or `a.jpg.xmp` for `a.jpg`), in the same form.
    pub sidecar_names: Vec<u8>,
    /// Their numbers.
    pub sidecar_stats: Vec<i64>,
}

/// What could not be read or understood.
#[derive(Debug)]
pub struct Problem {
    /// The directory, or the file with a bad rule.
    pub path: PathBuf,
    /// Why the directory could not be read; `None`: a rule is bad, and only that rule is left out.
    pub error: Option<io::Error>,
    /// The same in words.
    pub message: String,
}

/// What a walk comes upon. A directory comes after those below it.
#[derive(Debug)]
pub enum Found {
    /// A known directory whose digest is what it was.
    Unchanged {
        /// What the caller calls it.
        known: u32,
        /// Its candidates.
        files: u32,
    },
    /// A new or changed directory.
    Directory(Directory),
    /// Something was left out; the walk goes on.
    Problem(Problem),
}

/// Walks everything in the request and hands out what it finds, until `emit` says false.
///
/// # Errors
/// [`BadGlob`] if an exclusion cannot be understood, before anything is walked.
pub fn walk(request: &Request, emit: &mut dyn FnMut(Found) -> bool) -> Result<(), BadGlob> {
    walker::Walker::new(request, emit)?.run();
    Ok(())
}

/// Whether the exclusions can be understood.
///
/// # Errors
/// [`BadGlob`] naming the first that cannot.
pub fn check(request: &Request) -> Result<(), BadGlob> {
    request.roots.iter().try_for_each(|root| filter::overrides(root).map(|_| ()))
}

//! Everything that can go wrong, each with a stable code and a sentence that helps.

use std::io;
use std::path::{Path, PathBuf};

use clipfind_kernels::KernelError;

use crate::format::{
    CURRENT_FORMAT, MAX_COMPONENT, MAX_DIM, MAX_ID, MAX_SHARDS, OLDEST_READABLE_FORMAT,
};

/// What went wrong, where, and what to do about it. [`StoreError::code`] is for programs, the
/// message for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is nothing at this path. Only for readers: a writer creates what is missing.
    #[error(
        "there is no vector store at {}: the directory does not exist. Index something first.",
        path.display()
    )]
    NotFound {
        /// The directory that was asked for.
        path: PathBuf,
    },

    /// The path is something else than a store: a file, or a directory with other things in it.
    #[error(
        "{} is not a vector store: {found}. Name another directory, or an empty one to begin a \
         new store.",
        path.display()
    )]
    NotAStore {
        /// What was asked to be a store.
        path: PathBuf,
        /// What is there instead.
        found: String,
    },

    /// The store holds vectors of another length than the caller's.
    #[error(
        "the vector store at {} holds {expected}-dimensional vectors, not {found}-dimensional \
         ones. They come from different models; use one directory per model.",
        path.display()
    )]
    DimensionMismatch {
        /// The store.
        path: PathBuf,
        /// The dimension it was created with.
        expected: usize,
        /// The dimension asked for.
        found: usize,
    },

    /// The store was created with another number of shards.
    #[error(
        "the vector store at {} has {expected} shard(s), not {found}. Open it with \
         {expected}, or reshard it first.",
        path.display()
    )]
    ShardMismatch {
        /// The store.
        path: PathBuf,
        /// The number of shards it was created with.
        expected: u32,
        /// The number asked for.
        found: u32,
    },

    /// A shard's directory is not there, so that nothing may be written.
    #[error(
        "{} of the vector store at {} cannot be found at {}. Make it available again (is a disk \
         unmounted?); until then the store can be searched in part, but not written.",
        shard_list(shards), path.display(), missing.display()
    )]
    ShardMissing {
        /// The store.
        path: PathBuf,
        /// The shards that are missing.
        shards: Vec<u32>,
        /// Where the first of them should be.
        missing: PathBuf,
    },

    /// A compaction merged segments that are no longer there as they were.
    #[error(
        "a compaction of the vector store at {} is out of date: its segments were merged or moved \
         meanwhile. Plan it again; nothing is lost.",
        path.display()
    )]
    CompactionOutdated {
        /// The store.
        path: PathBuf,
    },

    /// The caller asked to stop.
    #[error("stopped before it was done, as asked; nothing is lost")]
    Cancelled,

    /// A file in a format this version cannot read: written by a newer version, or by one too old.
    #[error(
        "{} is in format {found}; this version reads {OLDEST_READABLE_FORMAT} to \
         {CURRENT_FORMAT}. {}",
        path.display(), format_advice(*found)
    )]
    UnsupportedFormat {
        /// The file.
        path: PathBuf,
        /// The version it states.
        found: u32,
    },

    /// A file does not hold what it must: cut short, missing, or with a wrong checksum.
    #[error(
        "{} is damaged: {what}. Repairing the store keeps every vector that checks out; photos are \
         not affected.",
        path.display()
    )]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What was expected and what was found.
        what: String,
    },

    /// Another writer has the store open.
    #[error(
        "the vector store at {} is being written by {holder}. Wait for it to finish, or stop it; \
         reading needs no lock.",
        path.display()
    )]
    Locked {
        /// The store.
        path: PathBuf,
        /// The process that holds the lock, when its note could be read.
        pid: Option<u32>,
        /// The holder in words: pid, host and since when.
        holder: String,
    },

    /// The disk (or a quota) is full. Nothing committed is lost; the same call may be repeated.
    #[error(
        "no space left while {doing} {}. Free some space and run again; everything committed so \
         far is safe.",
        path.display()
    )]
    DiskFull {
        /// The file being written.
        path: PathBuf,
        /// What was being done to it.
        doing: &'static str,
    },

    /// The operating system refused access.
    #[error(
        "no permission for {doing} {}. Check the owner and mode of the store's directory.",
        path.display()
    )]
    PermissionDenied {
        /// The file or directory.
        path: PathBuf,
        /// What was being done to it.
        doing: &'static str,
    },

    /// Any other failure of the operating system.
    #[error("{doing} {} failed: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was being done to it.
        doing: &'static str,
        /// The operating system's own words.
        source: io::Error,
    },

    /// A commit failed at the point where it may or may not have taken effect.
    #[error(
        "an earlier commit to the vector store at {} failed half-way. Open it again: it holds \
         either all of that commit or none.",
        path.display()
    )]
    WriterFailed {
        /// The store.
        path: PathBuf,
    },

    /// The number of floats is not the number of ids times the dimension.
    #[error("{ids} id(s) of dimension {dim} need {} floats, found {floats}", ids * dim)]
    LengthMismatch {
        /// How many ids were given.
        ids: usize,
        /// The store's dimension.
        dim: usize,
        /// How many floats were given.
        floats: usize,
    },

    /// A query of another length than the stored vectors.
    #[error("a query for this store needs {expected} floats, found {found}")]
    QueryLength {
        /// The store's dimension.
        expected: usize,
        /// How many floats were given.
        found: usize,
    },

    /// One call names the same id twice.
    #[error("id {id} occurs twice in one call; each id has one vector")]
    DuplicateId {
        /// The id.
        id: u64,
    },

    /// An id that JavaScript could not represent exactly.
    #[error("id {id} is too large: ids go up to {MAX_ID} (2^53 - 1)")]
    IdTooLarge {
        /// The id.
        id: u64,
    },

    /// A NaN, an infinity, or a number so large that dot products could overflow.
    #[error(
        "component {component} of {vector} is {value}; every component must be \
         finite and at most {MAX_COMPONENT:e} in magnitude"
    )]
    BadComponent {
        /// Which vector: "the query" or "the vector of id 7".
        vector: String,
        /// The component's index.
        component: usize,
        /// Its value.
        value: f32,
    },

    /// Options outside their range.
    #[error("{what}")]
    InvalidOptions {
        /// Which option, what it was, and what it may be.
        what: String,
    },

    /// The kernel that `CLIPFIND_KERNEL` names cannot be used.
    #[error(transparent)]
    Kernel(#[from] KernelError),

    /// The search threads could not be started.
    #[error("could not start {threads} search thread(s): {what}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// The operating system's words.
        what: String,
    },
}

impl StoreError {
    /// A stable name for programs to test for; a message may change, a code does not.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "STORE_NOT_FOUND",
            Self::NotAStore { .. } => "STORE_NOT_A_STORE",
            Self::DimensionMismatch { .. } => "STORE_DIMENSION_MISMATCH",
            Self::ShardMismatch { .. } => "STORE_SHARD_MISMATCH",
            Self::ShardMissing { .. } => "STORE_SHARD_MISSING",
            Self::CompactionOutdated { .. } => "STORE_COMPACTION_OUTDATED",
            Self::Cancelled => "CANCELLED",
            Self::UnsupportedFormat { .. } => "STORE_UNSUPPORTED_FORMAT",
            Self::Damaged { .. } => "STORE_DAMAGED",
            Self::Locked { .. } => "STORE_LOCKED",
            Self::DiskFull { .. } => "STORE_DISK_FULL",
            Self::PermissionDenied { .. } => "STORE_PERMISSION_DENIED",
            Self::Io { .. } => "STORE_IO",
            Self::WriterFailed { .. } => "STORE_WRITER_FAILED",
            Self::LengthMismatch { .. } => "VECTOR_LENGTH_MISMATCH",
            Self::QueryLength { .. } => "QUERY_LENGTH_MISMATCH",
            Self::DuplicateId { .. } => "ID_DUPLICATE",
            Self::IdTooLarge { .. } => "ID_TOO_LARGE",
            Self::BadComponent { .. } => "VECTOR_BAD_COMPONENT",
            Self::InvalidOptions { .. } => "STORE_INVALID_OPTIONS",
            Self::Kernel(error) => error.code(),
            Self::Threads { .. } => "STORE_THREADS",
        }
    }

    /// Sorts an operating system error by what the reader of the message can do about it.
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, doing }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { path, doing }
            }
            _ => Self::Io { path, doing, source },
        }
    }

    /// For `map_err`: `File::open(path).map_err(StoreError::because("opening", path))`.
    pub(crate) fn because(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::io(doing, path, source)
    }

    /// A file that is not what it must be.
    pub(crate) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }

    /// Refuses options that the format has no room for.
    pub(crate) fn check_geometry(dim: usize, shards: u32) -> Result<(), Self> {
        if !(1..=MAX_DIM).contains(&dim) {
            let what = format!("the dimension must be 1 to {MAX_DIM}, not {dim}");
            return Err(Self::InvalidOptions { what });
        }
        if !(1..=MAX_SHARDS).contains(&shards) {
            let what = format!("the number of shards must be 1 to {MAX_SHARDS}, not {shards}");
            return Err(Self::InvalidOptions { what });
        }
        Ok(())
    }
}

/// "shard 3" or "shards 3, 5".
fn shard_list(shards: &[u32]) -> String {
    let numbers: Vec<String> = shards.iter().map(u32::to_string).collect();
    format!("{} {}", if shards.len() == 1 { "shard" } else { "shards" }, numbers.join(", "))
}

/// What to do about a file of format `found`.
fn format_advice(found: u32) -> &'static str {
    if found > CURRENT_FORMAT {
        "A newer clipfind wrote it: update this one."
    } else {
        "Open it with an older clipfind, or index again."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operating_system_errors_are_sorted_by_what_one_can_do() {
        let code = |kind: io::ErrorKind| {
            StoreError::io("writing", Path::new("x"), io::Error::from(kind)).code()
        };
        assert_eq!(code(io::ErrorKind::StorageFull), "STORE_DISK_FULL");
        assert_eq!(code(io::ErrorKind::QuotaExceeded), "STORE_DISK_FULL");
        assert_eq!(code(io::ErrorKind::PermissionDenied), "STORE_PERMISSION_DENIED");
        assert_eq!(code(io::ErrorKind::ReadOnlyFilesystem), "STORE_PERMISSION_DENIED");
        assert_eq!(code(io::ErrorKind::TimedOut), "STORE_IO");
    }

    #[test]
    fn messages_say_expected_found_and_what_to_do() {
        let path = PathBuf::from("/photos/vectors");
        let mismatch =
            StoreError::DimensionMismatch { path: path.clone(), expected: 512, found: 768 };
        assert_eq!(
            mismatch.to_string(),
            "the vector store at /photos/vectors holds 512-dimensional vectors, not \
             768-dimensional ones. They come from different models; use one directory per model."
        );
        let newer = StoreError::UnsupportedFormat { path, found: 9 };
        assert_eq!(
            newer.to_string(),
            "/photos/vectors is in format 9; this version reads 2 to 2. A newer clipfind wrote \
             it: update this one."
        );
    }
}

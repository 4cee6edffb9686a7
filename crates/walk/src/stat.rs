//! What tells that a file has not changed?

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::Path;

use crate::STATS;

/// Device and inode: the same for all names of one file or directory.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct FileId {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

#[cfg(unix)]
mod system {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;

    use super::FileId;

    /// As `BigInt.asIntN(64, …)` of what Node says, for times beyond the year 2262 too.
    fn nanoseconds(seconds: i64, rest: i64) -> i64 {
        seconds.wrapping_mul(1_000_000_000).wrapping_add(rest)
    }

    pub(crate) fn id(meta: &Metadata) -> FileId {
        FileId { device: meta.dev(), inode: meta.ino() }
    }

    pub(crate) fn numbers(meta: &Metadata) -> [i64; crate::STATS] {
        [
            meta.size().cast_signed(),
            nanoseconds(meta.mtime(), meta.mtime_nsec()),
            nanoseconds(meta.ctime(), meta.ctime_nsec()),
            meta.ino().cast_signed(),
        ]
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::Metadata;
    use std::hash::{DefaultHasher, Hash, Hasher};
    use std::time::UNIX_EPOCH;

    use super::FileId;

    /// There is no stable file index in the standard library: what is created at the same time and
    /// changed at the same time counts as one.
    pub(crate) fn id(meta: &Metadata) -> FileId {
        let mut hasher = DefaultHasher::new();
        (meta.created().ok(), meta.modified().ok(), meta.len()).hash(&mut hasher);
        FileId { device: 0, inode: hasher.finish() }
    }

    pub(crate) fn numbers(meta: &Metadata) -> [i64; crate::STATS] {
        let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let mtime = modified.map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
        [meta.len().cast_signed(), mtime, 0, 0]
    }
}

impl FileId {
    pub(crate) fn of(meta: &Metadata) -> FileId {
        system::id(meta)
    }
}

/// Bytes, mtime, ctime, inode.
pub(crate) fn numbers(meta: &Metadata) -> [i64; STATS] {
    system::numbers(meta)
}

/// Which devices give their files inodes that are the same after the next mount.
#[derive(Default)]
pub(crate) struct Devices(HashMap<u64, bool>);

impl Devices {
    /// Whether inode and ctime of files on `device` mean something; `path` lies on it.
    pub(crate) fn have_lasting_inodes(&mut self, device: u64, path: &Path) -> bool {
        *self.0.entry(device).or_insert_with(|| has_lasting_inodes(path))
    }
}

/// FAT and exFAT make inodes up when a file is first looked at, and many a FUSE file system does.
#[cfg(target_os = "linux")]
fn has_lasting_inodes(path: &Path) -> bool {
    const MSDOS: i64 = 0x4d44;
    const EXFAT: i64 = 0x2011_bab0;
    const FUSE: i64 = 0x6573_5546;
    #[allow(
        clippy::unnecessary_cast,
        clippy::allow_attributes,
        reason = "its type differs by target"
    )]
    rustix::fs::statfs(path)
        .map_or(true, |found| ![MSDOS, EXFAT, FUSE].contains(&(found.f_type as i64)))
}

#[cfg(not(target_os = "linux"))]
fn has_lasting_inodes(_: &Path) -> bool {
    true
}

//! How the files are called.

use std::path::{Path, PathBuf};

use crate::format::MAX_SHARDS;

/// The name of the writer lock.
pub(crate) const LOCK_NAME: &str = "LOCK";
/// The ending of a file that is still being written.
pub(crate) const TEMPORARY: &str = ".tmp";
/// The ending of a damaged file that is set aside: the store neither reads nor deletes it.
pub(crate) const DAMAGED: &str = ".damaged";

/// The largest number in a name. No store gets there.
pub(crate) const LARGEST_NUMBER: u64 = 1 << 52;

/// The name of the file that says whose a shard's directory is, where that is not the store's own.
pub(crate) const SHARD_NOTE: &str = "clipfind-shard.json";

/// `shard-007`: the directory of a shard's files.
pub(crate) fn shard_name(shard: u32) -> String {
    format!("shard-{shard:03}")
}

/// `segment-0000000012.vec` in the shard's directory.
pub(crate) fn segment_path(shard_dir: &Path, number: u64) -> PathBuf {
    shard_dir.join(format!("segment-{number:010}.vec"))
}

/// `segment-0000000012.del-0000000015` in the shard's directory.
pub(crate) fn tombstone_path(shard_dir: &Path, segment: u64, number: u64) -> PathBuf {
    shard_dir.join(format!("segment-{segment:010}.del-{number:010}"))
}

/// `log-0000000007.wal`.
pub(crate) fn log_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("log-{number:010}.wal"))
}

/// `manifest-00000000000000000042.json`.
pub(crate) fn manifest_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("manifest-{number:020}.json"))
}

/// A file of a shard, known by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShardFile {
    /// A segment and its number.
    Segment(u64),
    /// A tombstone file: its segment's number and its own.
    Tombstones(u64, u64),
}

impl ShardFile {
    /// What the name says, or `None` when the store never gives such a name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let rest = name.strip_prefix("segment-")?;
        if let Some(number) = rest.strip_suffix(".vec") {
            return Some(Self::Segment(digits(number, 10)?));
        }
        let (segment, number) = rest.split_once(".del-")?;
        Some(Self::Tombstones(digits(segment, 10)?, digits(number, 10)?))
    }
}

/// The number of a manifest, or `None` when the name is not a manifest's.
pub(crate) fn parse_manifest_name(name: &str) -> Option<u64> {
    digits(name.strip_prefix("manifest-")?.strip_suffix(".json")?, 20)
}

/// The number of a log, or `None` when the name is not a log's.
pub(crate) fn parse_log_name(name: &str) -> Option<u64> {
    digits(name.strip_prefix("log-")?.strip_suffix(".wal")?, 10)
}

/// The number of a shard directory, or `None` when the name is not one's.
pub(crate) fn parse_shard_name(name: &str) -> Option<u32> {
    let number = digits(name.strip_prefix("shard-")?, 3);
    number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number < MAX_SHARDS)
}

/// A number written with at least `width` digits, as `{:0width$}` writes it, and nothing else.
fn digits(text: &str, width: usize) -> Option<u64> {
    let number = text.parse().ok().filter(|number| *number <= LARGEST_NUMBER)?;
    (text == format!("{number:0width$}")).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_foreign_names_to_nothing() {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let dir = Path::new("d");
        assert_eq!(parse_manifest_name(&name(manifest_path(dir, 42))), Some(42));
        assert_eq!(parse_manifest_name(&name(manifest_path(dir, 1 << 52))), Some(1 << 52));
        assert_eq!(parse_manifest_name(&name(manifest_path(dir, (1 << 52) + 1))), None);
        assert_eq!(parse_shard_name("shard-998"), Some(998));
        assert_eq!(parse_shard_name("shard-999"), None);
        assert_eq!(parse_log_name(&name(log_path(dir, 12_345_678_901))), Some(12_345_678_901));
        assert_eq!(parse_shard_name(&shard_name(7)), Some(7));
        assert_eq!(ShardFile::parse(&name(segment_path(dir, 12))), Some(ShardFile::Segment(12)));
        assert_eq!(
            ShardFile::parse(&name(tombstone_path(dir, 12, 10_000_000_000))),
            Some(ShardFile::Tombstones(12, 10_000_000_000))
        );
        for foreign in ["segment-12.vec", "segment-+000000012.vec", "photo.jpg", "segment-.del-"] {
            assert_eq!(ShardFile::parse(foreign), None, "{foreign}");
        }
        assert_eq!(parse_manifest_name("manifest-1.json"), None);
        assert_eq!(parse_manifest_name("manifest-00000000000000000042.json.tmp"), None);
        assert_eq!(parse_log_name("log-1.wal"), None);
        assert_eq!(parse_shard_name("shard-1"), None);
    }
}

//! What the bytes mean. The one place where offsets, sizes and file names are written down, next
//! to `docs/file-format.md`, which has the same names in the same order.
//!
//! All integers are little-endian, all floats IEEE 754 `f32`, little-endian.

use std::path::{Path, PathBuf};

use crate::error::StoreError;

/// The format this version writes.
pub const CURRENT_FORMAT: u32 = 1;
/// The oldest format this version still reads.
pub const OLDEST_READABLE_FORMAT: u32 = 1;

/// The largest dimension of a vector.
pub const MAX_DIM: usize = 4096;
/// The largest number of shards: three digits in a directory name.
pub const MAX_SHARDS: u32 = 999;
/// The largest id: 2⁵³ − 1, the largest integer that JavaScript represents safely.
pub const MAX_ID: u64 = (1 << 53) - 1;
/// The largest magnitude of a component: `MAX_DIM` products of two such numbers add up to
/// 4096·10³² ≈ 4·10³⁵, three orders below the largest `f32`, so no score overflows.
pub const MAX_COMPONENT: f32 = 1e16;

/// Rows start on cache lines, for SIMD loads that never straddle two.
const ALIGNMENT: usize = 64;
/// The header of a segment file, a whole page, so that mapped rows keep their alignment.
pub(crate) const SEGMENT_HEADER: usize = 4096;
/// What precedes the components of a row: id, checksum, zeros.
pub(crate) const ROW_HEADER: usize = 64;
/// The header of a tombstone file.
pub(crate) const TOMBSTONE_HEADER: usize = 40;
/// The checksum that ends a tombstone file.
pub(crate) const TOMBSTONE_FOOTER: usize = 4;

const SEGMENT_MAGIC: [u8; 8] = *b"CLIPFSEG";
const TOMBSTONE_MAGIC: [u8; 8] = *b"CLIPFDEL";
/// Where the checksum of a segment header lies: its last four bytes.
const SEGMENT_HEADER_CRC: usize = SEGMENT_HEADER - 4;

/// Bytes from one row to the next for vectors of `dim` components.
pub(crate) const fn row_stride(dim: usize) -> usize {
    ROW_HEADER + (dim * size_of::<f32>()).next_multiple_of(ALIGNMENT)
}

/// The length that a segment file of `rows` committed rows has at least.
pub(crate) const fn segment_len(dim: usize, rows: u32) -> u64 {
    SEGMENT_HEADER as u64 + rows as u64 * row_stride(dim) as u64
}

/// The shard an id belongs to.
pub(crate) const fn shard_of(id: u64, shards: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "a remainder of a u32")]
    return (id % shards as u64) as u32;
}

/// A segment header, as the file of segment `number` in `shard` must have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Components per vector.
    pub(crate) dim: usize,
    /// The shard this segment belongs to.
    pub(crate) shard: u32,
    /// The segment's number, unique in the store.
    pub(crate) number: u64,
}

impl SegmentHeader {
    /// The header's bytes, checksum included.
    pub(crate) fn encode(self) -> [u8; SEGMENT_HEADER] {
        let mut bytes = [0; SEGMENT_HEADER];
        bytes[0..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&CURRENT_FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&to_u32(self.dim).to_le_bytes());
        bytes[16..20].copy_from_slice(&to_u32(row_stride(self.dim)).to_le_bytes());
        bytes[20..24].copy_from_slice(&self.shard.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..SEGMENT_HEADER_CRC]);
        bytes[SEGMENT_HEADER_CRC..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Checks that `bytes` (the first page of the file at `path`) are this header.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`] for another version, [`StoreError::Damaged`] for the rest.
    pub(crate) fn check(self, bytes: &[u8; SEGMENT_HEADER], path: &Path) -> Result<(), StoreError> {
        check_magic(bytes, SEGMENT_MAGIC, path)?;
        let crc = crc32c::crc32c(&bytes[..SEGMENT_HEADER_CRC]);
        if u32_at(bytes, SEGMENT_HEADER_CRC) != crc {
            return Err(StoreError::damaged(path, "the checksum of its header is wrong"));
        }
        check_format(u32_at(bytes, 8), path)?;
        // Version and checksum are right, so any other difference means the wrong file.
        let expected = self.encode();
        if bytes[12..] != expected[12..] {
            let what = format!(
                "it should be segment {} of shard {} with dimension {}, but its header says \
                 segment {} of shard {} with dimension {}",
                self.number,
                self.shard,
                self.dim,
                u64_at(bytes, 24),
                u32_at(bytes, 20),
                u32_at(bytes, 12),
            );
            return Err(StoreError::damaged(path, what));
        }
        Ok(())
    }
}

/// The checksum of a row: over the eight bytes of its id and the bytes of its components.
pub(crate) fn row_crc(id: u64, components: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&id.to_le_bytes()), components)
}

/// Writes one row's bytes, `row_stride` of them, over `row`.
pub(crate) fn encode_row(id: u64, vector: &[f32], row: &mut Vec<u8>) {
    row.clear();
    row.resize(ROW_HEADER, 0);
    row.extend(vector.iter().flat_map(|component| component.to_le_bytes()));
    let crc = row_crc(id, &row[ROW_HEADER..]);
    row[0..8].copy_from_slice(&id.to_le_bytes());
    row[8..12].copy_from_slice(&crc.to_le_bytes());
    row.resize(row_stride(vector.len()), 0);
}

/// The bytes of a tombstone file: one bit per row, low bits first, set for deleted rows.
pub(crate) fn encode_tombstones(header: TombstoneHeader, words: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(TOMBSTONE_HEADER + words.len() * 8 + TOMBSTONE_FOOTER);
    bytes.extend_from_slice(&TOMBSTONE_MAGIC);
    bytes.extend_from_slice(&CURRENT_FORMAT.to_le_bytes());
    bytes.extend_from_slice(&header.shard.to_le_bytes());
    bytes.extend_from_slice(&header.segment.to_le_bytes());
    bytes.extend_from_slice(&header.rows.to_le_bytes());
    bytes.extend_from_slice(&header.deleted.to_le_bytes());
    bytes.resize(TOMBSTONE_HEADER, 0);
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

/// What a tombstone file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TombstoneHeader {
    /// The shard of the segment.
    pub(crate) shard: u32,
    /// The number of the segment whose rows the bits stand for.
    pub(crate) segment: u64,
    /// How many rows have a bit; rows appended later are live.
    pub(crate) rows: u32,
    /// How many bits are set.
    pub(crate) deleted: u32,
}

/// The words of a tombstone file that must be about `segment` of `shard` with `deleted` bits set;
/// `rows` is how many rows the segment has by now.
///
/// # Errors
///
/// [`StoreError::UnsupportedFormat`] for another version, [`StoreError::Damaged`] for the rest.
pub(crate) fn decode_tombstones(
    expected: TombstoneHeader,
    bytes: &[u8],
    path: &Path,
) -> Result<Vec<u64>, StoreError> {
    if bytes.len() < TOMBSTONE_HEADER + TOMBSTONE_FOOTER {
        let what = format!("a tombstone file has at least 44 bytes, found {}", bytes.len());
        return Err(StoreError::damaged(path, what));
    }
    check_magic(bytes, TOMBSTONE_MAGIC, path)?;
    let (content, _) = bytes.split_at(bytes.len() - TOMBSTONE_FOOTER);
    if u32_at(bytes, content.len()) != crc32c::crc32c(content) {
        return Err(StoreError::damaged(path, "its checksum is wrong"));
    }
    check_format(u32_at(bytes, 8), path)?;
    let found = TombstoneHeader {
        shard: u32_at(bytes, 12),
        segment: u64_at(bytes, 16),
        rows: u32_at(bytes, 24),
        deleted: u32_at(bytes, 28),
    };
    let (words, odd) = content[TOMBSTONE_HEADER..].as_chunks::<8>();
    let words: Vec<u64> = words.iter().copied().map(u64::from_le_bytes).collect();
    let set: u64 = words.iter().map(|word| u64::from(word.count_ones())).sum();
    let fits = TombstoneHeader { rows: expected.rows, ..found } == expected
        && found.rows <= expected.rows
        && words.len() == (found.rows as usize).div_ceil(64)
        && odd.is_empty()
        && set == u64::from(found.deleted);
    if fits {
        Ok(words)
    } else {
        let what = format!("it should be {expected:?}, but it says {found:?} with {set} bits set");
        Err(StoreError::damaged(path, what))
    }
}

fn check_magic(bytes: &[u8], magic: [u8; 8], path: &Path) -> Result<(), StoreError> {
    if bytes[..8] == magic {
        return Ok(());
    }
    let magic = magic.escape_ascii();
    Err(StoreError::damaged(path, format!("it does not begin with {magic}")))
}

/// Refuses a version outside the two constants at the top.
pub(crate) fn check_format(found: u32, path: &Path) -> Result<(), StoreError> {
    if (OLDEST_READABLE_FORMAT..=CURRENT_FORMAT).contains(&found) {
        Ok(())
    } else {
        Err(StoreError::UnsupportedFormat { path: path.to_owned(), found })
    }
}

/// The number at `at`, which must lie inside `bytes`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(value)
}

/// The number at `at`, which must lie inside `bytes`.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}

/// A dimension or stride as the format stores it.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).expect("at most MAX_DIM components of four bytes")
}

/// The name of the writer lock.
pub(crate) const LOCK_NAME: &str = "LOCK";
/// The ending of a file that is still being written.
pub(crate) const TEMPORARY: &str = ".tmp";

/// `shard-007`: the directory of a shard's files.
pub(crate) fn shard_dir(dir: &Path, shard: u32) -> PathBuf {
    dir.join(format!("shard-{shard:03}"))
}

/// `shard-007/segment-0000000012.vec`.
pub(crate) fn segment_path(dir: &Path, shard: u32, number: u64) -> PathBuf {
    shard_dir(dir, shard).join(format!("segment-{number:010}.vec"))
}

/// `shard-007/segment-0000000012.del-0000000015`.
pub(crate) fn tombstone_path(dir: &Path, shard: u32, segment: u64, number: u64) -> PathBuf {
    shard_dir(dir, shard).join(format!("segment-{segment:010}.del-{number:010}"))
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

/// The number of a shard directory, or `None` when the name is not one's.
pub(crate) fn parse_shard_name(name: &str) -> Option<u32> {
    digits(name.strip_prefix("shard-")?, 3).and_then(|number| u32::try_from(number).ok())
}

/// A number written with at least `width` digits, as `{:0width$}` writes it, and nothing else.
fn digits(text: &str, width: usize) -> Option<u64> {
    let number = text.parse().ok()?;
    (text == format!("{number:0width$}")).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_begin_on_cache_lines_and_hold_what_they_must() {
        assert_eq!([1, 15, 16, 17, 512, 4096].map(row_stride), [128, 128, 128, 192, 2112, 16448]);
        assert_eq!(segment_len(512, 3), 4096 + 3 * 2112);

        let mut row = vec![9; 3];
        encode_row(0x0102, &[1.0, -2.0], &mut row);
        assert_eq!(row.len(), 128);
        assert_eq!(&row[..8], &[2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(u32_at(&row, 8), row_crc(0x0102, &row[64..72]));
        assert_eq!(&row[64..72], &[0, 0, 128, 63, 0, 0, 0, 192]);
        assert!(row[12..64].iter().chain(&row[72..]).all(|byte| *byte == 0));
    }

    #[test]
    fn a_header_is_accepted_only_as_itself() {
        let header = SegmentHeader { dim: 5, shard: 2, number: 77 };
        let path = Path::new("seg");
        let bytes = header.encode();
        header.check(&bytes, path).unwrap();

        for byte in [0, 8, 12, 16, 20, 24, 100, 4095] {
            let mut garbled = bytes;
            garbled[byte] ^= 1;
            assert_eq!(header.check(&garbled, path).unwrap_err().code(), "STORE_DAMAGED", "{byte}");
        }
        let other = SegmentHeader { number: 78, ..header }.encode();
        assert!(header.check(&other, path).unwrap_err().to_string().contains("says segment 78"));

        let mut newer = bytes;
        newer[8] = 2;
        let crc = crc32c::crc32c(&newer[..SEGMENT_HEADER_CRC]);
        newer[SEGMENT_HEADER_CRC..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(header.check(&newer, path).unwrap_err().code(), "STORE_UNSUPPORTED_FORMAT");
    }

    #[test]
    fn tombstones_survive_the_trip_and_every_flipped_byte_is_noticed() {
        let header = TombstoneHeader { shard: 1, segment: 9, rows: 70, deleted: 3 };
        let words = [0b101, 1 << 5];
        let bytes = encode_tombstones(header, &words);
        let path = Path::new("del");
        assert_eq!(decode_tombstones(header, &bytes, path).unwrap(), words);
        // The segment has grown since.
        let grown = TombstoneHeader { rows: 500, ..header };
        assert_eq!(decode_tombstones(grown, &bytes, path).unwrap(), words);
        let shrunk = TombstoneHeader { rows: 69, ..header };
        assert!(decode_tombstones(shrunk, &bytes, path).is_err());

        for at in 0..bytes.len() {
            let mut garbled = bytes.clone();
            garbled[at] ^= 0x40;
            assert!(decode_tombstones(header, &garbled, path).is_err(), "byte {at}");
            assert!(decode_tombstones(header, &bytes[..at], path).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn names_lead_back_and_foreign_names_to_nothing() {
        let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let dir = Path::new("d");
        assert_eq!(parse_manifest_name(&name(manifest_path(dir, 42))), Some(42));
        assert_eq!(parse_manifest_name(&name(manifest_path(dir, u64::MAX))), Some(u64::MAX));
        assert_eq!(parse_shard_name(&name(shard_dir(dir, 7))), Some(7));
        assert_eq!(ShardFile::parse(&name(segment_path(dir, 0, 12))), Some(ShardFile::Segment(12)));
        assert_eq!(
            ShardFile::parse(&name(tombstone_path(dir, 0, 12, 10_000_000_000))),
            Some(ShardFile::Tombstones(12, 10_000_000_000))
        );
        for foreign in ["segment-12.vec", "segment-+000000012.vec", "photo.jpg", "segment-.del-"] {
            assert_eq!(ShardFile::parse(foreign), None, "{foreign}");
        }
        assert_eq!(parse_manifest_name("manifest-1.json"), None);
        assert_eq!(parse_manifest_name("manifest-00000000000000000042.json.tmp"), None);
        assert_eq!(parse_shard_name("shard-1"), None);
    }
}

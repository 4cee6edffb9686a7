//! What the bytes mean. The one place where offsets, sizes and file names are written down, next
//! to `docs/file-format.md`, which has the same names in the same order.
//!
//! All integers are little-endian, all floats IEEE 754 `f32`, little-endian.

use std::path::Path;

use crate::error::StoreError;

/// The format this version writes.
pub const CURRENT_FORMAT: u32 = 2;
/// The oldest format this version still reads.
pub const OLDEST_READABLE_FORMAT: u32 = 2;

/// The largest dimension of a vector.
pub const MAX_DIM: usize = 4096;
/// The largest number of shards: three digits in a directory name.
pub const MAX_SHARDS: u32 = 999;
/// The largest id: 2⁵³ − 1, the largest integer that JavaScript represents safely.
pub const MAX_ID: u64 = (1 << 53) - 1;
/// The largest magnitude of a component. No bound or score of vectors of `MAX_DIM` such
/// components comes near the largest `f32`.
pub const MAX_COMPONENT: f32 = 1e12;

/// Sections and rows of codes start on cache lines, for SIMD loads that never straddle two.
pub(crate) const ALIGNMENT: usize = 64;
/// Planes at least this large start on multiples of it, so that they can be mapped by huge pages.
const HUGE_PAGE: usize = 2 << 20;
/// The header of segment and log files, a whole page.
pub(crate) const FILE_HEADER: usize = 4096;
/// The header of a record in a log.
pub(crate) const RECORD_HEADER: usize = 64;
/// The header of a tombstone file.
pub(crate) const TOMBSTONE_HEADER: usize = 40;
/// The checksum that ends a tombstone file.
pub(crate) const TOMBSTONE_FOOTER: usize = 4;

const SEGMENT_MAGIC: [u8; 8] = *b"CLIPFSEG";
const LOG_MAGIC: [u8; 8] = *b"CLIPFLOG";
const RECORD_MAGIC: [u8; 8] = *b"CLIPFREC";
const TOMBSTONE_MAGIC: [u8; 8] = *b"CLIPFDEL";
/// Where the checksum of a file header lies: its last four bytes.
const FILE_HEADER_CRC: usize = FILE_HEADER - 4;
/// Where the checksum of a record header lies: its last four bytes.
const RECORD_HEADER_CRC: usize = RECORD_HEADER - 4;

/// Codes per row in each plane, for vectors of `dim` components.
pub(crate) const fn codes_per_row(dim: usize) -> usize {
    dim.next_multiple_of(clipfind_kernels::CODE_LANES)
}

/// The shard an id belongs to.
pub(crate) const fn shard_of(id: u64, shards: u32) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "a remainder of a u32")]
    return (id % shards as u64) as u32;
}

/// Where the sections of some rows lie. All are offsets from where the header begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) rows: usize,
    /// Codes per row.
    pub(crate) codes: usize,
    /// 8 bytes per row: step and error.
    pub(crate) scales: usize,
    /// 8 bytes per row.
    pub(crate) ids: usize,
    /// 4 bytes per row.
    pub(crate) checksums: usize,
    /// `codes` bytes per row.
    pub(crate) high: usize,
    /// `codes` bytes per row.
    pub(crate) low: usize,
    /// Behind the last section.
    pub(crate) end: usize,
}

impl Layout {
    /// The sections of a segment file.
    pub(crate) const fn of_segment(rows: usize, codes: usize) -> Self {
        let alignment = if rows * codes >= HUGE_PAGE { HUGE_PAGE } else { ALIGNMENT };
        Self::new(FILE_HEADER, rows, codes, alignment)
    }

    /// The sections of a record of rows.
    pub(crate) const fn of_record(rows: usize, codes: usize) -> Self {
        Self::new(RECORD_HEADER, rows, codes, ALIGNMENT)
    }

    const fn new(header: usize, rows: usize, codes: usize, planes: usize) -> Self {
        let scales = header;
        let ids = (scales + rows * 8).next_multiple_of(ALIGNMENT);
        let checksums = ids + (rows * 8).next_multiple_of(ALIGNMENT);
        let high = (checksums + rows * 4).next_multiple_of(planes);
        let low = (high + rows * codes).next_multiple_of(planes);
        let end = low + rows * codes;
        Self { rows, codes, scales, ids, checksums, high, low, end }
    }
}

/// The checksum of a row: over its id, its scale, and its codes in both planes.
pub(crate) fn row_crc(id: u64, step: f32, error: f32, high: &[u8], low: &[u8]) -> u32 {
    let mut fixed = [0; 16];
    fixed[..8].copy_from_slice(&id.to_le_bytes());
    fixed[8..12].copy_from_slice(&step.to_le_bytes());
    fixed[12..].copy_from_slice(&error.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(&fixed), high), low)
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
    /// How many rows it has.
    pub(crate) rows: u32,
    /// The rotation's seed.
    pub(crate) seed: u64,
}

impl SegmentHeader {
    /// The header's bytes, checksum included.
    pub(crate) fn encode(self) -> [u8; FILE_HEADER] {
        let layout = self.layout();
        let mut bytes = [0; FILE_HEADER];
        bytes[0..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&CURRENT_FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&to_u32(self.dim).to_le_bytes());
        bytes[16..20].copy_from_slice(&to_u32(layout.codes).to_le_bytes());
        bytes[20..24].copy_from_slice(&self.shard.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.rows.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.seed.to_le_bytes());
        let sections =
            [layout.scales, layout.ids, layout.checksums, layout.high, layout.low, layout.end];
        for (at, offset) in sections.into_iter().enumerate() {
            bytes[48 + 8 * at..56 + 8 * at].copy_from_slice(&(offset as u64).to_le_bytes());
        }
        seal_header(&mut bytes)
    }

    pub(crate) const fn layout(self) -> Layout {
        Layout::of_segment(self.rows as usize, codes_per_row(self.dim))
    }

    /// The header in `bytes` (the first page of the file at `path`), whichever segment it is of.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub(crate) fn decode(bytes: &[u8; FILE_HEADER], path: &Path) -> Result<Self, StoreError> {
        check_header(bytes, SEGMENT_MAGIC, path)?;
        let header = Self {
            dim: decode_dim(bytes, path)?,
            shard: u32_at(bytes, 20),
            number: u64_at(bytes, 24),
            rows: u32_at(bytes, 32),
            seed: u64_at(bytes, 40),
        };
        header.check(bytes, path).map(|()| header)
    }

    /// Checks that `bytes` (the first page of the file at `path`) are this header.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`] for another version, [`StoreError::Damaged`] for the rest.
    pub(crate) fn check(self, bytes: &[u8; FILE_HEADER], path: &Path) -> Result<(), StoreError> {
        check_header(bytes, SEGMENT_MAGIC, path)?;
        // Version and checksum are right, so any other difference means the wrong file.
        if bytes[12..] == self.encode()[12..] {
            return Ok(());
        }
        let what = format!(
            "it should be segment {} of shard {} with {} rows of dimension {}, but its header says \
             segment {} of shard {} with {} rows of dimension {}",
            self.number,
            self.shard,
            self.rows,
            self.dim,
            u64_at(bytes, 24),
            u32_at(bytes, 20),
            u32_at(bytes, 32),
            u32_at(bytes, 12),
        );
        Err(StoreError::damaged(path, what))
    }
}

/// A log header, as the file of log `number` must have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LogHeader {
    /// Components per vector.
    pub(crate) dim: usize,
    /// The log's number, unique in the store.
    pub(crate) number: u64,
    /// The rotation's seed.
    pub(crate) seed: u64,
}

impl LogHeader {
    /// The header's bytes, checksum included.
    pub(crate) fn encode(self) -> [u8; FILE_HEADER] {
        let mut bytes = [0; FILE_HEADER];
        bytes[0..8].copy_from_slice(&LOG_MAGIC);
        bytes[8..12].copy_from_slice(&CURRENT_FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&to_u32(self.dim).to_le_bytes());
        bytes[16..20].copy_from_slice(&to_u32(codes_per_row(self.dim)).to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.seed.to_le_bytes());
        seal_header(&mut bytes)
    }

    /// The header in `bytes` (the first page of the file at `path`), whichever log it is of.
    ///
    /// # Errors
    ///
    /// As for [`check`](Self::check).
    pub(crate) fn decode(bytes: &[u8; FILE_HEADER], path: &Path) -> Result<Self, StoreError> {
        check_header(bytes, LOG_MAGIC, path)?;
        let (dim, number, seed) = (decode_dim(bytes, path)?, u64_at(bytes, 24), u64_at(bytes, 40));
        let header = Self { dim, number, seed };
        header.check(bytes, path).map(|()| header)
    }

    /// Checks that `bytes` (the first page of the file at `path`) are this header.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`] for another version, [`StoreError::Damaged`] for the rest.
    pub(crate) fn check(self, bytes: &[u8; FILE_HEADER], path: &Path) -> Result<(), StoreError> {
        check_header(bytes, LOG_MAGIC, path)?;
        if bytes[12..] == self.encode()[12..] {
            return Ok(());
        }
        let what = format!(
            "it should be log {} for dimension {}, but its header says log {} for dimension {}",
            self.number,
            self.dim,
            u64_at(bytes, 24),
            u32_at(bytes, 12),
        );
        Err(StoreError::damaged(path, what))
    }
}

/// What a record of a log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// Stores rows; rows of the same ids that were there before are dead.
    Append = 1,
    /// Deletes the rows of some ids.
    Delete = 2,
}

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    /// The number of the log it belongs to.
    pub(crate) log: u64,
    /// 0 for the first record of a log, 1 for the next, and so on.
    pub(crate) sequence: u64,
    pub(crate) kind: RecordKind,
    /// Rows or ids, at least 1.
    pub(crate) count: u32,
    /// The checksum of what follows the header.
    pub(crate) body_crc: u32,
}

impl RecordHeader {
    /// Bytes from this header to the next.
    pub(crate) fn len(&self, codes: usize) -> usize {
        let count = self.count as usize;
        match self.kind {
            RecordKind::Append => Layout::of_record(count, codes).end,
            RecordKind::Delete => RECORD_HEADER + (count * 8).next_multiple_of(ALIGNMENT),
        }
    }

    /// The header's bytes, checksum included.
    pub(crate) fn encode(&self, codes: usize) -> [u8; RECORD_HEADER] {
        let mut bytes = [0; RECORD_HEADER];
        bytes[0..8].copy_from_slice(&RECORD_MAGIC);
        bytes[8..16].copy_from_slice(&self.log.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..32].copy_from_slice(&(self.len(codes) as u64).to_le_bytes());
        bytes[32..36].copy_from_slice(&(self.kind as u32).to_le_bytes());
        bytes[36..40].copy_from_slice(&self.count.to_le_bytes());
        bytes[40..44].copy_from_slice(&self.body_crc.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..RECORD_HEADER_CRC]);
        bytes[RECORD_HEADER_CRC..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The record header in `bytes`, if it is one of log `log` and in all its parts right.
    pub(crate) fn decode(bytes: &[u8; RECORD_HEADER], log: u64, codes: usize) -> Option<Self> {
        let kind = match u32_at(bytes, 32) {
            1 => RecordKind::Append,
            2 => RecordKind::Delete,
            _ => return None,
        };
        let header = Self {
            log,
            sequence: u64_at(bytes, 16),
            kind,
            count: u32_at(bytes, 36),
            body_crc: u32_at(bytes, 40),
        };
        let is_possible = header.count > 0 && header.sequence < u64::MAX;
        (is_possible && *bytes == header.encode(codes)).then_some(header)
    }
}

/// Puts the checksum into a file header.
fn seal_header(bytes: &mut [u8; FILE_HEADER]) -> [u8; FILE_HEADER] {
    let crc = crc32c::crc32c(&bytes[..FILE_HEADER_CRC]);
    bytes[FILE_HEADER_CRC..].copy_from_slice(&crc.to_le_bytes());
    *bytes
}

/// Checks kind, checksum and version of a file header.
fn check_header(bytes: &[u8; FILE_HEADER], magic: [u8; 8], path: &Path) -> Result<(), StoreError> {
    check_magic(bytes, magic, path)?;
    if u32_at(bytes, FILE_HEADER_CRC) != crc32c::crc32c(&bytes[..FILE_HEADER_CRC]) {
        return Err(StoreError::damaged(path, "the checksum of its header is wrong"));
    }
    check_format(u32_at(bytes, 8), path)
}

/// The dimension in a file header.
fn decode_dim(bytes: &[u8; FILE_HEADER], path: &Path) -> Result<usize, StoreError> {
    let dim = u32_at(bytes, 12) as usize;
    match StoreError::check_geometry(dim, 1) {
        Ok(()) => Ok(dim),
        Err(error) => Err(StoreError::damaged(path, error.to_string())),
    }
}

/// How many rows a tombstone file says that it deletes.
pub(crate) fn decode_deleted(bytes: &[u8]) -> Option<u32> {
    (bytes.len() >= TOMBSTONE_HEADER).then(|| u32_at(bytes, 28))
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
    /// How many rows the segment has; each has a bit.
    pub(crate) rows: u32,
    /// How many bits are set.
    pub(crate) deleted: u32,
}

/// The words of a tombstone file that must be what `expected` says.
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
    let beyond = words.last().map_or(0, |word| 64 - word.leading_zeros() as usize);
    let fits = found == expected
        && words.len() == (found.rows as usize).div_ceil(64)
        && words.len().saturating_sub(1) * 64 + beyond <= found.rows as usize
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

/// A dimension as the format stores it.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).expect("at most MAX_DIM")
}

//! The list of what is in the store. A new one is a commit.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::format::{CURRENT_FORMAT, LogHeader, check_format};
use crate::names::{LARGEST_NUMBER, manifest_path, parse_manifest_name, shard_name};

/// One commit: every file that belongs to the store, and how much of it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// The version of all files it names.
    pub(crate) format: u32,
    /// Told apart from a store that is deleted and made anew at the same place.
    pub(crate) store: String,
    /// One more than the commit before; also in the file's name.
    pub(crate) number: u64,
    /// Components per vector.
    pub(crate) dim: usize,
    /// Id `i` lives in shard `i % shards`.
    pub(crate) shards: u32,
    /// The seed of the rotation.
    pub(crate) seed: u64,
    /// The smallest number that no segment, tombstone file or log has had.
    pub(crate) next_file: u64,
    /// The log that goes on from here.
    pub(crate) log: u64,
    /// Directories of shards that are elsewhere than in the store's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) shard_dirs: BTreeMap<u32, String>,
    /// In the order in which they were written.
    pub(crate) segments: Vec<SegmentEntry>,
}

/// One segment file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentEntry {
    /// Its shard.
    pub(crate) shard: u32,
    /// Its number, unique in the store.
    pub(crate) number: u64,
    /// Its rows, at least one.
    pub(crate) rows: u32,
    /// The smallest id of a row, deleted or not.
    pub(crate) min_id: u64,
    /// The largest id of a row, deleted or not.
    pub(crate) max_id: u64,
    /// Whether each row's id is larger than the one before.
    pub(crate) ascending: bool,
    /// Its tombstones, if any row is deleted.
    pub(crate) deleted: Option<DeletedEntry>,
}

/// One tombstone file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeletedEntry {
    /// The file's number.
    pub(crate) file: u64,
    /// How many rows it deletes, at least one.
    pub(crate) rows: u32,
}

/// A manifest file is one line: this, the checksum in eight hex digits, …
const BEFORE_CRC: &str = r#"{"crc32c":""#;
/// … this, the manifest as JSON, which is what the checksum covers, …
const BEFORE_BODY: &str = r#"","manifest":"#;
/// … and this.
const AFTER_BODY: &str = "}\n";

impl Manifest {
    /// The first manifest of a new store.
    pub(crate) fn new(store: String, dim: usize, shards: u32, seed: u64) -> Self {
        Self {
            format: CURRENT_FORMAT,
            store,
            number: 1,
            dim,
            shards,
            seed,
            next_file: 2,
            log: 1,
            shard_dirs: BTreeMap::new(),
            segments: Vec::new(),
        }
    }

    /// The file's bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let body = serde_json::to_string(self).expect("numbers, strings and lists are JSON");
        let crc = crc32c::crc32c(body.as_bytes());
        format!("{BEFORE_CRC}{crc:08x}{BEFORE_BODY}{body}{AFTER_BODY}").into_bytes()
    }

    /// Reads manifest `number` of the store in `dir`.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`], [`StoreError::Damaged`] (also when it is missing), or
    /// what the operating system says.
    pub(crate) fn read(dir: &Path, number: u64) -> Result<Self, StoreError> {
        let path = manifest_path(dir, number);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::damaged(&path, "it is missing"),
            _ => StoreError::io("reading", &path, error),
        })?;
        let manifest = Self::decode(&bytes, &path)?;
        if manifest.number == number {
            Ok(manifest)
        } else {
            let what = format!("it says that it is number {}", manifest.number);
            Err(StoreError::damaged(&path, what))
        }
    }

    fn decode(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        /// The only field whose meaning every version shares.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let body = body(bytes)
            .ok_or_else(|| StoreError::damaged(path, "its checksum is missing or wrong"))?;
        let unreadable =
            |error: serde_json::Error| StoreError::damaged(path, format!("no manifest: {error}"));
        let version: Version = serde_json::from_str(body).map_err(unreadable)?;
        check_format(version.format, path)?;
        let manifest: Self = serde_json::from_str(body).map_err(unreadable)?;
        manifest.check().map_err(|what| StoreError::damaged(path, what))?;
        Ok(manifest)
    }

    /// Whether its own number and those of the next files are such as names may have.
    pub(crate) fn has_numbers_left(&self) -> bool {
        self.number.max(self.next_file) <= LARGEST_NUMBER
    }

    /// Refuses what no writer writes, so that nobody else has to think of it.
    fn check(&self) -> Result<(), String> {
        StoreError::check_geometry(self.dim, self.shards).map_err(|error| error.to_string())?;
        if self.log >= self.next_file {
            return Err("its number of the log contradicts itself".to_owned());
        }
        if !self.has_numbers_left() {
            return Err("its numbers leave no next one".to_owned());
        }
        let mut numbers = HashSet::new();
        for entry in &self.segments {
            let SegmentEntry { shard, number, rows, min_id, max_id, deleted, .. } = entry;
            let deletes = deleted.map_or(1, |deleted| deleted.rows);
            let last_file = deleted.map_or(0, |deleted| deleted.file).max(*number);
            if *shard >= self.shards
                || *rows == 0
                || min_id > max_id
                || !(1..=*rows).contains(&deletes)
                || last_file >= self.next_file
                || !numbers.insert(*number)
            {
                return Err(format!("its entry for segment {number} contradicts itself"));
            }
        }
        Ok(())
    }

    /// The numbers of the manifests in `dir`, highest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`], [`StoreError::NotAStore`] for something that is no directory, or
    /// what the operating system says. None at all is not an error here.
    pub(crate) fn list(dir: &Path) -> Result<Vec<u64>, StoreError> {
        let unlisted = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound { path: dir.to_owned() },
            io::ErrorKind::NotADirectory => StoreError::NotAStore {
                path: dir.to_owned(),
                found: "it is not a directory".to_owned(),
            },
            _ => StoreError::io("listing", dir, error),
        };
        let mut numbers = Vec::new();
        for entry in fs::read_dir(dir).map_err(unlisted)? {
            let name = entry.map_err(StoreError::because("listing", dir))?.file_name();
            numbers.extend(name.to_str().and_then(parse_manifest_name));
        }
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    /// Where a shard's files are.
    pub(crate) fn shard_dir(&self, dir: &Path, shard: u32) -> PathBuf {
        match self.shard_dirs.get(&shard) {
            Some(elsewhere) => PathBuf::from(elsewhere),
            None => dir.join(shard_name(shard)),
        }
    }

    /// The header that the log's file must have.
    pub(crate) const fn log_header(&self) -> LogHeader {
        LogHeader { dim: self.dim, number: self.log, seed: self.seed }
    }
}

/// The JSON inside a manifest file, if its checksum is right.
fn body(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok()?;
    let (crc, rest) = text.strip_prefix(BEFORE_CRC)?.split_at_checked(8)?;
    let body = rest.strip_prefix(BEFORE_BODY)?.strip_suffix(AFTER_BODY)?;
    (crc == format!("{:08x}", crc32c::crc32c(body.as_bytes()))).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Manifest {
        let mut manifest = Manifest::new("f00d".into(), 3, 2, 77);
        manifest.next_file = 9;
        manifest.segments.push(SegmentEntry {
            shard: 1,
            number: 5,
            rows: 10,
            min_id: 1,
            max_id: 21,
            ascending: true,
            deleted: Some(DeletedEntry { file: 8, rows: 2 }),
        });
        manifest
    }

    /// Encodes a body that `Manifest` itself would not write.
    fn wrap(body: &str) -> Vec<u8> {
        let crc = crc32c::crc32c(body.as_bytes());
        format!("{BEFORE_CRC}{crc:08x}{BEFORE_BODY}{body}{AFTER_BODY}").into_bytes()
    }

    #[test]
    fn a_manifest_survives_the_trip_and_is_plain_json() {
        let bytes = sample().encode();
        assert_eq!(Manifest::decode(&bytes, Path::new("m")).unwrap(), sample());
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(json["manifest"]["segments"][0]["deleted"]["rows"], 2);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = sample().encode();
        for at in 0..bytes.len() {
            let mut garbled = bytes.clone();
            garbled[at] ^= 2;
            let error = Manifest::decode(&garbled, Path::new("m")).unwrap_err();
            assert_eq!(error.code(), "STORE_DAMAGED", "byte {at}");
            assert!(Manifest::decode(&bytes[..at], Path::new("m")).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_newer_format_is_not_called_damage() {
        let newer = wrap(r#"{"format":3,"everything":"else is different"}"#);
        let error = Manifest::decode(&newer, Path::new("m")).unwrap_err();
        assert_eq!(error.code(), "STORE_UNSUPPORTED_FORMAT");
    }

    #[test]
    fn entries_that_contradict_themselves_are_refused() {
        let spoil: [fn(&mut SegmentEntry); 6] = [
            |entry| entry.shard = 2,
            |entry| entry.rows = 0,
            |entry| entry.min_id = 22,
            |entry| entry.number = 9,
            |entry| entry.deleted = Some(DeletedEntry { file: 8, rows: 11 }),
            |entry| entry.deleted = Some(DeletedEntry { file: 9, rows: 1 }),
        ];
        for spoil in spoil {
            let mut manifest = sample();
            spoil(&mut manifest.segments[0]);
            let error = Manifest::decode(&manifest.encode(), Path::new("m")).unwrap_err();
            assert!(error.to_string().contains("contradicts itself"), "{error}");
        }
        let error = Manifest::decode(&Manifest { dim: 0, ..sample() }.encode(), Path::new("m"));
        assert!(error.unwrap_err().to_string().contains("dimension must be 1 to 4096"));
    }
}

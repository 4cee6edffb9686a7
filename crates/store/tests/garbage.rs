//! No bytes in any file make a reader, a writer, verify or repair panic.

use std::fmt::Display;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use clipfind_store::{Options, Writer};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use tempfile::TempDir;

use crate::compacting::full;
use crate::damage::{
    DIM, NEWEST_MANIFEST, choice, go_on_with, live_with, named, newest_log, spoilt, store,
};
use crate::killing::soak_rounds;
use crate::support::{copy, files, rows, scratch, write};

/// Puts the right checksum into the last four bytes of a header.
fn seal_header(header: &mut [u8]) {
    let (content, crc) = header.split_at_mut(header.len() - 4);
    crc.copy_from_slice(&crc32c::crc32c(content).to_le_bytes());
}

/// A row, a number or some bytes to put somewhere.
fn edits() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let number = prop_oneof![
        any::<u64>(),
        0_u64..70,
        Just(u64::MAX),
        Just(u64::from(u32::MAX)),
        Just(4096),
        Just(1 << 53)
    ];
    let bytes = prop_oneof![
        number.prop_map(|number| number.to_le_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..80),
    ];
    prop::collection::vec((any::<usize>(), bytes), 0..4)
}

/// Runs `check` on random cases, which must not panic; not too many, so that it ends.
pub(crate) fn for_all<S: Strategy>(cases: u32, cases_of: &S, check: impl Fn(S::Value)) {
    let cases = cases * u32::try_from(soak_rounds()).unwrap();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let check = |case| {
        check(case);
        Ok(())
    };
    TestRunner::new(config).run(cases_of, check).unwrap();
}

#[test]
fn no_bytes_in_a_file_make_anything_panic() {
    let original = store();
    let names: Vec<String> =
        files(original.path()).into_iter().filter(|file| file != "LOCK").collect();
    let garbage = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6000),
        prop::collection::vec(Just(0), 0..6000),
    ];
    let cases = (0..names.len(), garbage, edits(), any::<bool>(), 0_usize..3, 0_usize..9000);
    for_all(400, &cases, |(file, garbage, edits, replace, fix, len)| {
        let dir = spoilt(original.path(), &names[file], |bytes| {
            if replace {
                *bytes = garbage;
            }
            for (at, edit) in edits {
                let at = at % bytes.len().max(1);
                let end = bytes.len().min(at + edit.len());
                bytes[at..end].copy_from_slice(&edit[..end - at]);
            }
            if len < 5000 {
                bytes.truncate(len);
            }
            // Headers that are wrong, but have the right checksum.
            if fix > 0 && bytes.len() >= 4096 {
                seal_header(&mut bytes[..4096]);
            }
            if fix > 1 && bytes.len() >= 4096 + 64 {
                seal_header(&mut bytes[4096..4096 + 64]);
            }
        });
        if let Some(repaired) = live_with(dir.path()) {
            go_on_with(dir.path(), &repaired);
        }
    });
}

#[test]
fn no_header_with_a_right_checksum_makes_anything_panic() {
    let original = store();
    let segment = named(original.path(), ".vec").remove(0);
    let names = [segment, newest_log(original.path())];
    let number = prop_oneof![any::<u32>(), 0_u32..70, Just(u32::MAX), Just(4096)];
    let fields = prop::collection::vec((0_usize..14, number), 1..3);
    let cases = (0..2_usize, any::<bool>(), fields);
    for_all(400, &cases, |(file, in_record, fields)| {
        let dir = spoilt(original.path(), &names[file], |bytes| {
            let header = if in_record { 4096..4096 + 64 } else { 0..4096 };
            let header = &mut bytes[header];
            for (field, number) in fields {
                header[8 + 4 * field..][..4].copy_from_slice(&number.to_le_bytes());
            }
            seal_header(header);
        });
        if let Some(repaired) = live_with(dir.path()) {
            go_on_with(dir.path(), &repaired);
        }
    });
}

/// Every number in a value, to be changed.
fn numbers(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Number(_) | Value::Bool(_) => vec![value],
        Value::Array(values) => values.iter_mut().flat_map(numbers).collect(),
        Value::Object(values) => values.values_mut().flat_map(numbers).collect(),
        _ => vec![],
    }
}

#[test]
fn no_manifest_with_a_right_checksum_makes_anything_panic() {
    let original = store();
    let number = prop_oneof![
        any::<u64>().prop_map(Value::from),
        (0_u64..70).prop_map(Value::from),
        Just(Value::from(u64::MAX)),
        Just(Value::from(1_u64 << 53)),
        Just(Value::from(-1)),
        any::<bool>().prop_map(Value::from),
    ];
    let cases = prop::collection::vec((any::<usize>(), number), 1..4);
    for_all(400, &cases, |edits| {
        let dir = spoilt(original.path(), NEWEST_MANIFEST, |bytes| {
            let mut json: Value = serde_json::from_slice(bytes).unwrap();
            let body = &mut json["manifest"];
            for (at, number) in edits {
                let mut numbers = numbers(body);
                let count = numbers.len();
                *numbers[at % count] = number;
            }
            *bytes = seal_manifest(body.to_string().as_bytes());
        });
        if let Some(repaired) = live_with(dir.path()) {
            go_on_with(dir.path(), &repaired);
        }
        let opened = catch_unwind(|| Writer::open(dir.path(), &choice()).map(drop));
        assert!(opened.is_ok());
    });
}

/// Puts the right checksum around the JSON of a manifest.
fn seal_manifest(body: &[u8]) -> Vec<u8> {
    let crc = crc32c::crc32c(body);
    [format!("{{\"crc32c\":\"{crc:08x}\",\"manifest\":").as_bytes(), body, b"}\n"].concat()
}

fn number_at<const BYTES: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let mut number = [0; 8];
    number[..BYTES].copy_from_slice(bytes.get(at..at + BYTES)?);
    usize::try_from(u64::from_le_bytes(number)).ok()
}

/// Puts right checksums into the rows whose sections begin `start` bytes behind their header, as far
/// as they are there. Planes of test stores are too small to be aligned to large pages.
fn seal_rows(bytes: &mut [u8], start: usize, rows: usize) {
    let ids = (start + rows * 8).next_multiple_of(64);
    let checksums = ids + (rows * 8).next_multiple_of(64);
    let high = (checksums + rows * 4).next_multiple_of(64);
    let low = (high + rows * DIM).next_multiple_of(64);
    for row in 0..rows.min(bytes.len()) {
        let of = |section: usize, len: usize| bytes.get(section + row * len..)?.get(..len);
        let parts = [of(ids, 8), of(start, 8), of(high, DIM), of(low, DIM)];
        let Some(parts) = parts.into_iter().collect::<Option<Vec<_>>>() else { return };
        let crc = crc32c::crc32c(&parts.concat());
        bytes[checksums + row * 4..][..4].copy_from_slice(&crc.to_le_bytes());
    }
}

/// Puts right checksums into a file of the store, wherever it says that they should be.
fn seal_file(name: &str, bytes: &mut Vec<u8>) {
    let len = bytes.len();
    if name.contains(".json") {
        if let Some(body) = bytes.get(32..len.saturating_sub(2)) {
            *bytes = seal_manifest(body);
        }
    } else if name.contains(".del-") {
        if len >= 4 {
            seal_header(bytes);
        }
    } else if len >= 4096 {
        if let Some(rows) = number_at::<4>(bytes, 32).filter(|_| name.ends_with(".vec")) {
            seal_rows(bytes, 4096, rows);
        }
        seal_header(&mut bytes[..4096]);
        let mut at = 4096;
        while name.ends_with(".wal") && at + 64 <= len {
            let told = number_at::<8>(bytes, at + 24).unwrap_or(0);
            let record = &mut bytes[at..len.min(at.saturating_add(told.max(64)))];
            if let (Some(1), Some(rows)) = (number_at::<4>(record, 32), number_at::<4>(record, 36))
            {
                seal_rows(record, 64, rows);
            }
            let crc = crc32c::crc32c(&record[64..]);
            record[40..44].copy_from_slice(&crc.to_le_bytes());
            seal_header(&mut record[..64]);
            at += record.len().next_multiple_of(64);
        }
    }
}

/// A change to a valid file.
#[derive(Debug, Clone)]
enum Edit {
    /// Puts bytes anywhere.
    Put(usize, Vec<u8>),
    /// Puts bytes where a header may have a field: in which 64 bytes, and in which four of them.
    Field(usize, usize, Vec<u8>),
    /// Cuts the file off.
    Cut(usize),
    /// Inserts a copy of some units of 64 bytes at another place.
    Repeat(usize, usize, usize),
    /// Exchanges some units of 64 bytes.
    Swap(usize, usize, usize),
    /// Removes some units of 64 bytes.
    Remove(usize, usize),
    /// Becomes a copy of another file.
    Become(usize),
}

impl Edit {
    fn any() -> impl Strategy<Value = Self> {
        let at = any::<usize>;
        let bytes = || {
            prop_oneof![
                prop_oneof![any::<u32>(), 0_u32..20, Just(u32::MAX), Just(4096)]
                    .prop_map(|number| number.to_le_bytes().to_vec()),
                prop_oneof![any::<u64>(), 0_u64..70, Just(u64::MAX), Just((1 << 53) - 1)]
                    .prop_map(|number| number.to_le_bytes().to_vec()),
                prop::collection::vec(any::<u8>(), 1..20),
            ]
        };
        prop_oneof![
            3 => (at(), bytes()).prop_map(|(at, bytes)| Self::Put(at, bytes)),
            4 => (at(), 0_usize..16, bytes())
                .prop_map(|(unit, field, bytes)| Self::Field(unit, field, bytes)),
            1 => at().prop_map(Self::Cut),
            1 => (at(), at(), 1_usize..12).prop_map(|(from, to, len)| Self::Repeat(from, to, len)),
            1 => (at(), at(), 1_usize..12).prop_map(|(a, b, len)| Self::Swap(a, b, len)),
            1 => (at(), 1_usize..12).prop_map(|(at, len)| Self::Remove(at, len)),
            1 => at().prop_map(Self::Become),
        ]
    }

    fn make(self, bytes: &mut Vec<u8>, all: &[Vec<u8>]) {
        let len = bytes.len();
        let units = len / 64 + 1;
        // Headers are followed by little else; a file header by much that is always zero.
        let header = |unit: usize| if unit.is_multiple_of(4) { 0 } else { 64 + unit / 4 % 24 };
        let unit = |unit: usize| header(unit) % units * 64;
        let put = |bytes: &mut Vec<u8>, at: usize, new: &[u8]| {
            let end = len.min(at + new.len());
            bytes[at.min(end)..end].copy_from_slice(&new[..end.saturating_sub(at)]);
        };
        match self {
            Self::Put(at, new) => put(bytes, at % (len + 1), &new),
            Self::Field(at, field, new) => put(bytes, unit(at) + field * 4, &new),
            Self::Cut(at) => bytes.truncate(at % (len + 1)),
            Self::Repeat(from, to, count) => {
                let from = unit(from).min(len);
                let copied = bytes[from..len.min(from + count * 64)].to_vec();
                let to = unit(to).min(len);
                bytes.splice(to..to, copied);
            }
            Self::Swap(a, b, count) => {
                let (a, b) = (unit(a).min(unit(b)), unit(a).max(unit(b)));
                let count = (count * 64).min(b - a).min(len.saturating_sub(b));
                let (before, behind) = bytes.split_at_mut(b.min(len));
                before[a..a + count].swap_with_slice(&mut behind[..count]);
            }
            Self::Remove(at, count) => {
                let at = unit(at).min(len);
                bytes.drain(at..len.min(at + count * 64));
            }
            Self::Become(file) => bytes.clone_from(&all[file % all.len()]),
        }
    }
}

/// Opens a store that may be damaged in any way for writing, and does everything to it; each may
/// fail, but not panic.
fn write_on(dir: &Path) {
    let opened = Writer::open(dir, &Options { segment_rows: 6, ..Options::new(DIM) });
    let Ok(mut writer) = opened else { return };
    let _ = writer.append(&[2, 50], &rows(&[2, 50], 3, DIM));
    let _ = writer.delete(&[4, 7, 22]);
    let _ = writer.seal();
    let _ = writer.append(&[51], &rows(&[51], 3, DIM));
    let _ = writer.compact(&full(100), None);
    let _ = writer.reshard(3, None);
}

/// Looks at a damaged store, writes to a copy of it, repairs it and goes on.
fn check(dir: &Path) {
    let other = scratch();
    copy(dir, other.path(), |_| true);
    write_on(other.path());
    if let Some(repaired) = live_with(dir) {
        go_on_with(dir, &repaired);
    }
}

/// The files of a store, the logs several times, as there is most to read in them.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = files(dir).into_iter().filter(|file| file != "LOCK").collect();
    names.extend(vec![newest_log(dir); 6]);
    names
}

#[test]
fn no_file_with_right_checksums_makes_anything_panic() {
    let original = store();
    let names = names(original.path());
    let all: Vec<Vec<u8>> =
        names.iter().map(|name| fs::read(original.path().join(name)).unwrap()).collect();
    let cases = (0..names.len(), prop::collection::vec(Edit::any(), 1..4));
    for_all(400, &cases, |(file, edits)| {
        let dir = spoilt(original.path(), &names[file], |bytes| {
            for edit in edits {
                edit.make(bytes, &all);
            }
            seal_file(&names[file], bytes);
        });
        check(dir.path());
    });
}

/// Where in a value all values are, itself included.
fn pointers(value: &Value, here: &str) -> Vec<String> {
    let below = |key: &dyn Display, value| pointers(value, &format!("{here}/{key}"));
    let mut found = vec![here.to_owned()];
    match value {
        Value::Array(values) => {
            found.extend((0..).zip(values).flat_map(|(at, it): (u32, _)| below(&at, it)));
        }
        Value::Object(values) => found.extend(values.iter().flat_map(|(key, it)| below(key, it))),
        _ => {}
    }
    found
}

/// Makes a value in a manifest another one, or that of another place, or removes it, or doubles it.
fn rearrange(body: &mut Value, at: usize, other: usize, how: u32) {
    let all = pointers(body, "");
    let (at, other) = (&all[at % all.len()], &all[other % all.len()]);
    let new = match how {
        0 => body.pointer(other).unwrap().clone(),
        1 => Value::Null,
        2 => Value::from(1_u64 << 52),
        3 => Value::from(1.5),
        4 => Value::from(""),
        5 => Value::from(vec![0; 3]),
        6 => (0..200).fold(Value::Null, |inner, _| Value::from(vec![inner])),
        _ => {
            let Some((parent, key)) = at.rsplit_once('/') else { return };
            match body.pointer_mut(parent).unwrap() {
                Value::Object(values) => drop(values.remove(key)),
                Value::Array(values) if how == 7 => drop(values.remove(key.parse().unwrap())),
                Value::Array(values) => values.push(values[key.parse::<usize>().unwrap()].clone()),
                _ => {}
            }
            return;
        }
    };
    *body.pointer_mut(at).unwrap() = new;
}

/// A directory with a store, one of whose shards is elsewhere in it.
fn with_a_moved_shard() -> TempDir {
    let root = scratch();
    let dir = root.path().join("store");
    copy(store().path(), &dir, |_| true);
    let mut writer = write(&dir, &choice());
    writer.move_shard(1, root.path().join("far"), None).unwrap();
    writer.append(&[31], &rows(&[31], 1, DIM)).unwrap();
    root
}

#[test]
fn no_list_of_segments_and_no_place_of_a_shard_makes_anything_panic() {
    let original = with_a_moved_shard();
    let manifests = named(&original.path().join("store"), "manifest-");
    let edits = prop::collection::vec((any::<usize>(), any::<usize>(), 0_u32..9), 0..3);
    let note = prop_oneof![
        2 => Just(None),
        1 => prop::collection::vec(any::<u8>(), 0..100).prop_map(Some),
        1 => Just(Some(b"{\"store\":\"another\",\"shard\":1}\n".to_vec())),
    ];
    for_all(200, &(edits, note, 0_u32..6), |(edits, note, gone)| {
        let make = || {
            let root = scratch();
            copy(original.path(), root.path(), |_| true);
            let dir = root.path().join("store");
            // Places are absolute paths; in the other manifest they would be the original's.
            fs::remove_file(dir.join(&manifests[0])).unwrap();
            let path = dir.join(&manifests[1]);
            let text = fs::read_to_string(&path).unwrap();
            let [from, to] = [&original, &root].map(|it| it.path().to_str().unwrap());
            let whole: Value = serde_json::from_str(&text.replace(from, to)).unwrap();
            let mut body = whole["manifest"].clone();
            for (at, other, how) in &edits {
                rearrange(&mut body, *at, *other, *how);
            }
            fs::write(path, seal_manifest(body.to_string().as_bytes())).unwrap();
            let far = root.path().join("far");
            match (gone, &note) {
                (0, _) => fs::remove_file(far.join("clipfind-shard.json")).unwrap(),
                (1, _) => fs::remove_dir_all(far).unwrap(),
                (_, Some(note)) => fs::write(far.join("clipfind-shard.json"), note).unwrap(),
                _ => {}
            }
            (root, dir)
        };
        let (_root, dir) = make();
        write_on(&dir);
        let (_root, dir) = make();
        if let Some(repaired) = live_with(&dir) {
            go_on_with(&dir, &repaired);
        }
    });
}

#[test]
fn a_store_whose_numbers_are_used_up_says_so_and_can_be_read() {
    let original = store();
    let dir = scratch();
    copy(original.path(), dir.path(), |file| !file.starts_with("manifest-"));
    let newest = named(original.path(), "manifest-").pop().unwrap();
    let text = fs::read_to_string(original.path().join(&newest)).unwrap();
    let mut body = serde_json::from_str::<Value>(&text).unwrap()["manifest"].take();
    body["next_file"] = Value::from(1_u64 << 52);
    fs::write(dir.path().join(&newest), seal_manifest(body.to_string().as_bytes())).unwrap();
    go_on_with(dir.path(), &live_with(dir.path()).unwrap());
    let error = write(dir.path(), &choice()).seal().unwrap_err();
    assert!(error.to_string().contains("its numbers would leave no next one"), "{error}");
}

#[test]
fn no_number_in_a_name_makes_anything_panic() {
    // 2^52 is the largest number and 998 the largest shard that a name may have.
    const NUMBERS: [u64; 8] =
        [0, 1, 3, 20, (1 << 52) - 1000, (1 << 52) + 1, (1 << 53) - 1, u64::MAX];
    const SHARDS: [u32; 7] = [0, 1, 2, 998, 999, 1000, u32::MAX];
    let original = store();
    let names = names(original.path());
    let number = || (0..NUMBERS.len()).prop_map(|at| NUMBERS[at]);
    let shard = (0..SHARDS.len()).prop_map(|at| SHARDS[at]);
    let cases = (0..names.len(), number(), number(), shard, any::<bool>(), 0_u32..3);
    for_all(150, &cases, |(file, number, other, shard, told, lost)| {
        let dir = scratch();
        copy(original.path(), dir.path(), |_| true);
        let mut bytes = fs::read(dir.path().join(&names[file])).unwrap();
        let name = match &*names[file] {
            it if it.ends_with(".wal") => format!("log-{number:010}.wal"),
            it if it.ends_with(".json") => format!("manifest-{number:020}.json"),
            it if it.ends_with(".vec") => format!("shard-{shard:03}/segment-{number:010}.vec"),
            _ => format!("shard-{shard:03}/segment-{number:010}.del-{other:010}"),
        };
        if told && !name.ends_with(".json") {
            let at = if name.contains(".del-") { 16 } else { 24 };
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
            seal_file(&name, &mut bytes);
        }
        fs::create_dir_all(dir.path().join(&name).parent().unwrap()).unwrap();
        fs::write(dir.path().join(&name), bytes).unwrap();
        for manifest in named(dir.path(), "manifest-").iter().rev().take(lost as usize) {
            fs::remove_file(dir.path().join(manifest)).unwrap();
        }
        check(dir.path());
    });
}

//! What verify finds in a damaged store. (What repair saves of it: `repairing.rs`.)

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clipfind_store::{
    Cancel, CompactOptions, Options, ReadOptions, Reader, Repair, SearchOptions, StoreError,
    Verification, repair, verify,
};
use tempfile::TempDir;

use crate::support::{assert_holds, copy, files, options, read, rows, scratch, write};

pub(crate) const DIM: usize = 64;
pub(crate) const NEWEST_MANIFEST: &str = "manifest-00000000000000000003.json";
pub(crate) const MANIFEST_BEFORE: &str = "manifest-00000000000000000002.json";
/// What is in `store()`: ids and versions.
pub(crate) const HELD: [(u64, u64); 13] = [
    (1, 1),
    (2, 2),
    (4, 1),
    (5, 2),
    (6, 1),
    (7, 2),
    (9, 1),
    (10, 1),
    (11, 1),
    (12, 1),
    (20, 2),
    (21, 1),
    (22, 1),
];

pub(crate) fn choice() -> Options {
    options(DIM, 2, 6)
}

/// A small store of two shards with segments, tombstones, two commits, and a log of four records.
pub(crate) fn store() -> TempDir {
    let dir = scratch();
    let mut writer = write(dir.path(), &choice());
    let mut append = |ids: &[u64], version| {
        writer.append(ids, &rows(ids, version, DIM)).unwrap();
    };
    append(&[1, 2, 3, 4, 5, 6], 1);
    append(&[7, 8, 9, 10, 11, 12], 1); // Seals the log.
    append(&[2, 5], 2);
    writer.delete(&[3]).unwrap();
    writer.seal().unwrap();
    let mut append = |ids: &[u64], version| {
        writer.append(ids, &rows(ids, version, DIM)).unwrap();
    };
    append(&[7, 20], 2);
    append(&[21], 1);
    writer.delete(&[8]).unwrap();
    writer.append(&[22], &rows(&[22], 1, DIM)).unwrap();
    drop(writer);
    assert_holds(&read(dir.path()), &HELD);
    assert_clean(dir.path());
    dir
}

/// The files of a store whose names contain `part`.
pub(crate) fn named(dir: &Path, part: &str) -> Vec<String> {
    let named: Vec<String> = files(dir).into_iter().filter(|file| file.contains(part)).collect();
    assert!(!named.is_empty(), "no {part}");
    named
}

/// The log that goes on.
pub(crate) fn newest_log(dir: &Path) -> String {
    named(dir, ".wal").pop().unwrap()
}

pub(crate) fn verified(dir: &Path) -> Verification {
    verify(dir, None).unwrap()
}

pub(crate) fn repaired(dir: &Path) -> Repair {
    repair(dir, None).unwrap()
}

/// Asserts that nothing is damaged, and that both a reader and a writer are content.
pub(crate) fn assert_clean(dir: &Path) {
    assert_eq!(verified(dir).damage, []);
    assert_eq!(read(dir).warnings(), [""; 0]);
}

/// Each id with its vector, exactly as it is stored.
pub(crate) fn contents(reader: &Reader) -> BTreeMap<u64, Vec<f32>> {
    let vector = |id| (id, reader.vector(id).expect("an id has a vector"));
    reader.ids().into_iter().map(vector).collect()
}

/// Opens, searches, verifies and repairs a store that may be damaged in any way; each may fail, but
/// not panic. A repaired one must be clean and open. Returns what is in it then, if it could be
/// repaired.
pub(crate) fn live_with(dir: &Path) -> Option<(Repair, BTreeMap<u64, Vec<f32>>)> {
    if let Ok(reader) = Reader::open(dir, &ReadOptions::default()) {
        let query = vec![0.5; reader.stats().dim];
        reader.search(&query, 5, SearchOptions::default()).unwrap();
        for id in reader.ids() {
            let _ = reader.vector(id); // A damaged id may not be found again.
        }
    }
    let found = verify(dir, None);
    let repair = repair(dir, None).ok()?;
    found.expect("what can be repaired can be verified");
    assert_clean(dir);
    let held = contents(&read(dir));
    assert_eq!(repair.kept, held.len() as u64);
    for path in &repair.renamed {
        assert!(path.is_file() && path.to_str().unwrap().contains(".damaged"));
    }
    Some((repair, held))
}

/// Goes on writing to a store that was repaired: nothing of it is lost, nor what was set aside.
/// One whose numbers are used up, which no writer gets to, says so and is left as it is.
pub(crate) fn go_on_with(dir: &Path, (repair, held): &(Repair, BTreeMap<u64, Vec<f32>>)) {
    let dim = read(dir).stats().dim;
    let mut writer = write(dir, &Options::new(dim));
    match writer.append(&[99], &rows(&[99], 1, dim)).and_then(|_| writer.seal()) {
        Err(StoreError::Damaged { what, .. }) => {
            assert_eq!(what, "its numbers would leave no next one");
        }
        other => other.unwrap(),
    }
    drop(writer);
    assert_clean(dir);
    assert!(repair.renamed.iter().all(|path| path.is_file()));
    let after = contents(&read(dir));
    assert!(held.iter().filter(|(id, _)| **id != 99).all(|(id, it)| after.get(id) == Some(it)));
}

/// A copy of a store, in which `spoil` may change the bytes of one file.
pub(crate) fn spoilt(original: &Path, file: &str, spoil: impl FnOnce(&mut Vec<u8>)) -> TempDir {
    let dir = scratch();
    copy(original, dir.path(), |_| true);
    let path = dir.path().join(file);
    let mut bytes = fs::read(&path).unwrap();
    spoil(&mut bytes);
    fs::write(path, bytes).unwrap();
    dir
}

/// Flips one bit after the other in a file and asserts that verify finds each.
pub(crate) fn assert_flips_are_caught(dir: &Path, file: &str, bytes: impl Iterator<Item = usize>) {
    let path = dir.join(file);
    let original = fs::read(&path).unwrap();
    for at in bytes {
        let mut flipped = original.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, &flipped).unwrap();
        let damage = verified(dir).damage;
        assert!(!damage.is_empty(), "{file}, byte {at}");
        assert!(damage.iter().all(|it| it.path == path), "{file}, byte {at}: {damage:?}");
    }
    fs::write(&path, &original).unwrap();
    assert_clean(dir);
}

/// A number that looks random, the same each time.
pub(crate) fn scrambled(seed: usize) -> usize {
    let mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from((mixed ^ mixed >> 29) >> 8).unwrap()
}

#[test]
fn verify_counts_what_it_read_and_repair_leaves_a_whole_store_alone() {
    let dir = store();
    let Verification { rows, files: count, damage, notes } = verified(dir.path());
    // Twelve rows and two newer ones in segments, four in the log.
    assert_eq!((rows, damage, notes), (18, vec![], vec![]));
    // Two manifests, a log, four segments, two tombstone files.
    assert_eq!(count, 2 + 1 + 4 + 2);
    let state = || {
        files(dir.path())
            .into_iter()
            .filter(|it| it != "LOCK")
            .map(|file| (fs::read(dir.path().join(&file)).unwrap(), file))
            .collect::<Vec<_>>()
    };
    let before = state();
    assert_eq!(repaired(dir.path()), Repair { kept: 13, lost: vec![], renamed: vec![] });
    assert_eq!(state(), before);
}

#[test]
fn every_flipped_byte_of_a_manifest_is_caught() {
    let dir = store();
    for file in [NEWEST_MANIFEST, MANIFEST_BEFORE] {
        let len = fs::metadata(dir.path().join(file)).unwrap().len();
        assert_flips_are_caught(dir.path(), file, 0..usize::try_from(len).unwrap());
    }
}

#[test]
fn every_flipped_byte_of_a_segment_header_is_caught() {
    let dir = store();
    assert_flips_are_caught(dir.path(), &named(dir.path(), ".vec")[0], 0..4096);
}

#[test]
fn every_flipped_byte_of_a_log_is_caught() {
    let dir = store();
    let log = newest_log(dir.path());
    let len = fs::metadata(dir.path().join(&log)).unwrap().len();
    assert_flips_are_caught(dir.path(), &log, 0..usize::try_from(len).unwrap());
}

#[test]
fn every_flipped_byte_of_a_tombstone_file_is_caught() {
    let dir = store();
    let newest = named(dir.path(), ".del-").pop().unwrap();
    let len = fs::metadata(dir.path().join(&newest)).unwrap().len();
    assert_flips_are_caught(dir.path(), &newest, 0..usize::try_from(len).unwrap());
}

#[test]
fn a_torn_record_is_a_note_and_no_damage() {
    let original = store();
    let log = newest_log(original.path());
    let dir = spoilt(original.path(), &log, |bytes| bytes.truncate(bytes.len() - 1));
    let Verification { damage, notes, .. } = verified(dir.path());
    assert_eq!(damage, []);
    assert!(notes[0].contains("or was interrupted"), "{notes:?}");
    let repair = repaired(dir.path());
    assert_eq!(repair, Repair { kept: 12, lost: vec![], renamed: vec![] });
    assert_holds(&read(dir.path()), &HELD[..12]);

    // After a power failure the file may have its new length, but not all of its sectors.
    let dir = spoilt(original.path(), &log, |bytes| bytes.extend([0; 4096]));
    let Verification { damage, notes, .. } = verified(dir.path());
    assert_eq!((damage, notes.len()), (vec![], 1));
}

#[test]
fn the_last_record_is_damaged_if_it_is_all_there_but_wrong() {
    let original = store();
    let log = newest_log(original.path());
    let dir = spoilt(original.path(), &log, |bytes| *bytes.last_mut().unwrap() ^= 1);
    let damage = verified(dir.path()).damage;
    assert_eq!(damage.len(), 1);
    assert!(damage[0].what.contains("are damaged"), "{damage:?}");
    let repair = repaired(dir.path());
    assert!(repair.lost[0].what.contains("row 0: its checksum is wrong"), "{:?}", repair.lost);
    assert_holds(&read(dir.path()), &HELD[..12]);
    assert_eq!(repair.renamed, [dir.path().join(format!("{log}.damaged"))]);
}

#[test]
fn a_missing_shard_is_damage_to_verify_and_a_reason_not_to_repair() {
    let dir = store();
    fs::rename(dir.path().join("shard-001"), dir.path().join("elsewhere")).unwrap();
    let damage = verified(dir.path()).damage;
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert_eq!(damage[0].path, dir.path().join("shard-001"));
    assert!(damage[0].what.starts_with("shard 1 is not there"), "{damage:?}");
    assert_eq!(repair(dir.path(), None).unwrap_err().code(), "STORE_SHARD_MISSING");
    fs::rename(dir.path().join("elsewhere"), dir.path().join("shard-001")).unwrap();
    assert_clean(dir.path());
}

#[test]
fn only_where_a_store_is_something_is_verified_or_repaired() {
    let dir = scratch();
    let missing = dir.path().join("missing");
    assert_eq!(verify(&missing, None).unwrap_err().code(), "STORE_NOT_FOUND");
    assert_eq!(repair(&missing, None).unwrap_err().code(), "STORE_NOT_FOUND");
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    assert_eq!(verify(dir.path(), None).unwrap_err().code(), "STORE_NOT_A_STORE");
    assert_eq!(repair(dir.path(), None).unwrap_err().code(), "STORE_NOT_A_STORE");
    assert_eq!(files(dir.path()), ["notes.txt"]);
}

#[test]
fn a_writer_keeps_repair_away_but_not_verify() {
    let dir = store();
    let mut writer = write(dir.path(), &choice());
    writer.append(&[77], &rows(&[77], 1, DIM)).unwrap();
    assert_clean(dir.path());
    assert_eq!(repair(dir.path(), None).unwrap_err().code(), "STORE_LOCKED");
}

#[test]
fn verify_is_not_confused_by_commits_and_stops_when_asked() {
    let dir = store();
    std::thread::scope(|scope| {
        let path = dir.path();
        let writing = scope.spawn(|| {
            let mut writer = write(path, &choice());
            for round in 0..40 {
                let ids: Vec<u64> = (round..round + 5).collect();
                writer.append(&ids, &rows(&ids, round, DIM)).unwrap();
                writer.seal().unwrap();
                if round % 8 == 0 {
                    writer.compact(&CompactOptions::default(), None).unwrap();
                }
            }
        });
        while !writing.is_finished() {
            assert_eq!(verified(path).damage, []);
        }
    });
    let cancel = Cancel::new();
    cancel.cancel();
    assert_eq!(verify(dir.path(), Some(&cancel)).unwrap_err().code(), "CANCELLED");
    assert_eq!(repair(dir.path(), Some(&cancel)).unwrap_err().code(), "CANCELLED");
}

#[test]
fn an_append_under_way_is_no_damage() {
    let dir = scratch();
    let choice = options(DIM, 1, 1 << 20);
    drop(write(dir.path(), &choice));
    std::thread::scope(|scope| {
        let path = dir.path();
        let writing = scope.spawn(|| {
            let ids: Vec<u64> = (0..2000).collect();
            let vectors = rows(&ids, 1, DIM);
            let mut writer = write(path, &choice);
            for _ in 0..10 {
                writer.append(&ids, &vectors).unwrap();
            }
        });
        while !writing.is_finished() {
            assert_eq!(verified(path).damage, []);
        }
    });
    assert_eq!((verified(dir.path()).rows, verified(dir.path()).notes), (20_000, vec![]));
}

/// Changes a row of the first segment of shard 1 and gives it the right checksum again. `change`
/// gets its id, step and error, and its codes in both planes.
fn with_row(original: &Path, change: impl Fn(&mut u64, &mut [f32; 2], &mut [i8])) -> TempDir {
    const ROW: usize = 2;
    let file = &named(original, ".vec")[2];
    spoilt(original, file, |bytes| {
        let at = |section: usize| {
            let field = &bytes[48 + 8 * section..][..8];
            usize::try_from(u64::from_le_bytes(field.try_into().unwrap())).unwrap()
        };
        let [scales, ids, checksums, high, low] = [0, 1, 2, 3, 4].map(at);
        let places = [
            scales + ROW * 8..scales + ROW * 8 + 4,
            scales + ROW * 8 + 4..scales + ROW * 8 + 8,
            ids + ROW * 8..ids + ROW * 8 + 8,
            high + ROW * DIM..high + (ROW + 1) * DIM,
            low + ROW * DIM..low + (ROW + 1) * DIM,
        ];
        let [step, error, id, high, low] = places;
        let float = |place: &std::ops::Range<usize>| {
            f32::from_le_bytes(bytes[place.clone()].try_into().unwrap())
        };
        let mut scale = [float(&step), float(&error)];
        let mut number = u64::from_le_bytes(bytes[id.clone()].try_into().unwrap());
        let codes = [&bytes[high.clone()], &bytes[low.clone()]].concat();
        let mut codes: Vec<i8> = codes.into_iter().map(u8::cast_signed).collect();
        change(&mut number, &mut scale, &mut codes);
        let codes: Vec<u8> = codes.into_iter().map(i8::cast_unsigned).collect();
        let fixed = [&number.to_le_bytes()[..], &scale[0].to_le_bytes(), &scale[1].to_le_bytes()];
        let crc = crc32c::crc32c(&[&fixed.concat(), &codes[..]].concat());
        bytes[step].copy_from_slice(&scale[0].to_le_bytes());
        bytes[error].copy_from_slice(&scale[1].to_le_bytes());
        bytes[id].copy_from_slice(&number.to_le_bytes());
        bytes[high].copy_from_slice(&codes[..DIM]);
        bytes[low].copy_from_slice(&codes[DIM..]);
        bytes[checksums + ROW * 4..checksums + (ROW + 1) * 4].copy_from_slice(&crc.to_le_bytes());
    })
}

#[test]
fn a_row_that_breaks_a_promise_is_damage_even_if_its_checksum_is_right() {
    type Change = fn(&mut u64, &mut [f32; 2], &mut [i8]);
    let original = store();
    let promises: [(&str, Change); 11] = [
        ("its step NaN is no step", |_, scale, _| scale[0] = f32::NAN),
        ("is no step", |_, scale, _| scale[0] = f32::INFINITY),
        ("is no step", |_, scale, _| scale[0] = -scale[0]),
        ("rounded up", |_, scale, _| scale[1] = f32::NAN),
        ("rounded up", |_, scale, _| scale[1] = scale[1].next_down()),
        ("rounded up", |_, scale, _| scale[1] = scale[1].next_up()),
        ("code of -128", |_, _, codes| codes[3] = -128),
        ("its id 9007199254740993 is too large", |id, _, _| *id = (1 << 53) + 1),
        ("id 4 does not belong to shard 1", |id, _, _| *id = 4),
        ("id 13 is not from 1 to 11", |id, _, _| *id = 13),
        ("id 3 should be larger than the one before", |id, _, _| *id = 3),
    ];
    for (what, change) in promises {
        let dir = with_row(original.path(), change);
        let damage = verified(dir.path()).damage;
        assert_eq!(damage.len(), 1, "{damage:?}");
        assert!(damage[0].row == Some(2) && damage[0].what.contains(what), "{damage:?}");
        let (repair, held) = live_with(dir.path()).unwrap();
        assert!(held.len() >= HELD.len() - 1, "{repair:?}");
    }
    assert_eq!(verified(with_row(original.path(), |_, _, _| {}).path()).damage, []);
}

#[test]
fn an_id_with_two_live_rows_is_damage_and_the_newer_one_is_kept() {
    let original = store();
    // Without the entries for tombstones, what was replaced since is live again.
    let dir = spoilt(original.path(), NEWEST_MANIFEST, |bytes| {
        let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        for entry in json["manifest"]["segments"].as_array_mut().unwrap() {
            entry["deleted"] = serde_json::Value::Null;
        }
        let body = json["manifest"].to_string();
        let crc = crc32c::crc32c(body.as_bytes());
        *bytes = format!("{{\"crc32c\":\"{crc:08x}\",\"manifest\":{body}}}\n").into_bytes();
    });
    let damage = verified(dir.path()).damage;
    assert_eq!(damage.len(), 4, "{damage:?}"); // Two rows each of ids 2 and 5.
    assert!(damage.iter().all(|it| it.what.contains("in another live row")), "{damage:?}");
    let repair = repaired(dir.path());
    assert_eq!((repair.kept, repair.lost, repair.renamed), (14, vec![], vec![]));
    let mut held = HELD.to_vec();
    held.insert(2, (3, 1)); // It was deleted by tombstones alone.
    assert_holds(&read(dir.path()), &held);
    assert_clean(dir.path());
}

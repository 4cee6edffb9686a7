//! A writer that dies at any step leaves the state before or the state after, never a third.
//!
//! The states are made by hand: one directory before a commit, one after it, and from the second
//! only those files that had been written when the writer died, in the order of `writer.rs`.

use std::fs;
use std::path::Path;

use clipfind_store::{Options, ReadOptions, Reader, Writer};
use tempfile::TempDir;

use crate::support::{assert_holds, copy, files, options, read, rows, scratch, write};

const DIM: usize = 3;
const BEFORE: [(u64, u64); 6] = [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)];
/// One commit later: 2 and 5 are replaced, 7 to 12 are new. It appends to open segments, begins
/// new ones and writes tombstones.
const AFTER: [(u64, u64); 12] = [
    (1, 1),
    (2, 2),
    (3, 1),
    (4, 1),
    (5, 2),
    (6, 1),
    (7, 2),
    (8, 2),
    (9, 2),
    (10, 2),
    (11, 2),
    (12, 2),
];
const NEW_IDS: [u64; 8] = [2, 5, 7, 8, 9, 10, 11, 12];

fn choice() -> Options {
    options(DIM, 2, 4)
}

/// A store before the commit, and a copy of it after the commit.
fn before_and_after() -> (TempDir, TempDir) {
    let (before, after) = (scratch(), scratch());
    let ids = BEFORE.map(|(id, _)| id);
    write(before.path(), &choice()).append(&ids, &rows(&ids, 1, DIM)).unwrap();
    copy(before.path(), after.path(), |_| true);
    write(after.path(), &choice()).append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    (before, after)
}

fn manifests(dir: &Path) -> Vec<String> {
    files(dir).into_iter().filter(|file| file.starts_with("manifest-")).collect()
}

fn segments(dir: &Path) -> Vec<String> {
    files(dir).into_iter().filter(|file| file.ends_with(".vec")).collect()
}

fn tombstones(dir: &Path) -> Vec<String> {
    files(dir).into_iter().filter(|file| file.contains(".del-")).collect()
}

fn cut(path: &Path, len: u64) {
    let file = fs::File::options().write(true).open(path).expect("the file opens");
    file.set_len(len).expect("the file can be cut");
}

const NEW_MANIFEST: &str = "manifest-00000000000000000003.json";

/// Readers and writers must find the old state; the next commit must work and leave no garbage.
fn assert_nothing_happened(dir: &Path) {
    assert_holds(&read(dir), &BEFORE);
    let mut writer = write(dir, &choice());
    assert_eq!(writer.warnings(), [""; 0]);
    assert_holds(&writer.reader(), &BEFORE);
    writer.append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    assert_holds(&writer.reader(), &AFTER);
    drop(writer);
    assert_holds(&read(dir), &AFTER);
    assert!(files(dir).iter().all(|file| !file.contains(".tmp")));
}

#[test]
fn rows_without_a_manifest_do_not_exist() {
    let (before, after) = before_and_after();
    copy(after.path(), before.path(), |file| file.ends_with(".vec"));
    assert_nothing_happened(before.path());
}

#[test]
fn half_a_row_at_the_tail_is_written_over() {
    let (before, after) = before_and_after();
    let old = files(before.path());
    copy(after.path(), before.path(), |file| file.ends_with(".vec"));
    // Old segments end in the middle of their last row, new ones in the middle of their header.
    for file in segments(before.path()) {
        let path = before.path().join(&file);
        let len = fs::metadata(&path).unwrap().len();
        cut(&path, if old.contains(&file) { len - 70 } else { 1000 });
    }
    assert_nothing_happened(before.path());
}

#[test]
fn garbage_behind_committed_rows_does_not_exist() {
    let (before, _) = before_and_after();
    for file in segments(before.path()) {
        let path = before.path().join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend([0xAB; 333]);
        fs::write(&path, bytes).unwrap();
    }
    assert_nothing_happened(before.path());
}

#[test]
fn tombstones_without_a_manifest_do_not_exist() {
    let (before, after) = before_and_after();
    copy(after.path(), before.path(), |file| file.contains(".del-") || file.ends_with(".vec"));
    assert_nothing_happened(before.path());
}

#[test]
fn a_torn_tombstone_file_without_a_manifest_does_not_exist() {
    let (before, after) = before_and_after();
    copy(after.path(), before.path(), |file| file.contains(".del-"));
    for file in tombstones(before.path()) {
        cut(&before.path().join(file), 7);
    }
    assert_nothing_happened(before.path());
}

#[test]
fn a_manifest_under_its_temporary_name_does_not_exist() {
    for torn in [false, true] {
        let (before, after) = before_and_after();
        copy(after.path(), before.path(), |file| !file.starts_with("manifest"));
        let mut manifest = fs::read(after.path().join(NEW_MANIFEST)).unwrap();
        if torn {
            manifest.truncate(manifest.len() / 2);
        }
        fs::write(before.path().join(format!("{NEW_MANIFEST}.tmp")), manifest).unwrap();
        assert_nothing_happened(before.path());
    }
}

#[test]
fn a_manifest_under_its_own_name_is_the_commit() {
    let (before, after) = before_and_after();
    // All but the last step, which deletes what is superseded.
    copy(after.path(), before.path(), |_| true);
    assert_holds(&read(before.path()), &AFTER);
    let writer = write(before.path(), &choice());
    assert_eq!(writer.warnings(), [""; 0]);
    assert_holds(&writer.reader(), &AFTER);
    let left = ["manifest-00000000000000000002.json", NEW_MANIFEST];
    assert_eq!(manifests(before.path()), left);
}

#[test]
fn unnamed_files_are_deleted_when_a_writer_opens_and_foreign_ones_are_not() {
    let (before, after) = before_and_after();
    let expected = files(before.path());
    copy(after.path(), before.path(), |file| !file.starts_with("manifest"));
    fs::write(before.path().join(format!("{NEW_MANIFEST}.tmp")), "{").unwrap();
    drop(write(before.path(), &choice()));
    assert_eq!(files(before.path()), expected);

    let foreign = ["notes.txt", "shard-000/notes.txt", "shard-000/segment-1.vec", "other.tmp"];
    for name in foreign {
        fs::write(before.path().join(name), "mine").unwrap();
    }
    drop(write(before.path(), &choice()));
    for name in foreign {
        assert_eq!(fs::read_to_string(before.path().join(name)).unwrap(), "mine");
    }
}

/// Damages a store after the commit, which then must show the state before, with a warning, and
/// take the same commit once more without writing over anything.
fn assert_falls_back(damage: impl Fn(&Path)) {
    let (_, after) = before_and_after();
    let dir = after.path();
    damage(dir);
    let reader = read(dir);
    assert_eq!(reader.warnings().len(), 1, "{:?}", reader.warnings());
    assert!(reader.warnings()[0].contains(NEW_MANIFEST), "{:?}", reader.warnings());
    assert_holds(&reader, &BEFORE);

    let contents =
        || segments(dir).into_iter().map(|file| (fs::read(dir.join(&file)).unwrap(), file));
    let kept: Vec<_> = contents().collect();
    let mut writer = write(dir, &choice());
    assert_eq!(writer.warnings().len(), 1);
    assert_holds(&writer.reader(), &BEFORE);
    writer.append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    assert_holds(&writer.reader(), &AFTER);
    let now: Vec<_> = contents().collect();
    assert!(kept.iter().all(|file| now.contains(file)), "something was written over");
    drop(writer);

    let writer = write(dir, &choice());
    assert_eq!(writer.warnings(), [""; 0]);
    drop(writer);
    let reader = read(dir);
    assert_eq!(reader.warnings(), [""; 0]);
    assert_holds(&reader, &AFTER);
    assert_eq!(reader.stats().manifest, 5);
}

#[test]
fn a_garbled_newest_manifest_falls_back_to_the_one_before() {
    assert_falls_back(|dir| {
        let path = dir.join(NEW_MANIFEST);
        let mut bytes = fs::read(&path).unwrap();
        bytes[60] ^= 1;
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn an_empty_newest_manifest_falls_back_to_the_one_before() {
    assert_falls_back(|dir| fs::write(dir.join(NEW_MANIFEST), "").unwrap());
}

#[test]
fn a_newest_manifest_with_damaged_tombstones_falls_back_to_the_one_before() {
    assert_falls_back(|dir| {
        let path = dir.join(&tombstones(dir)[0]);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn a_newest_manifest_with_a_segment_too_short_falls_back_to_the_one_before() {
    assert_falls_back(|dir| {
        cut(&dir.join("shard-000/segment-0000000001.vec"), 4096 + 3 * 128 + 100);
    });
}

#[test]
fn a_store_without_any_whole_manifest_is_damaged_not_empty() {
    let (_, after) = before_and_after();
    for file in manifests(after.path()) {
        fs::write(after.path().join(file), "garbled").unwrap();
    }
    let reader = Reader::open(after.path(), &ReadOptions::default());
    assert_eq!(reader.unwrap_err().code(), "STORE_DAMAGED");
    let writer = Writer::open(after.path(), &choice());
    assert_eq!(writer.unwrap_err().code(), "STORE_DAMAGED");
}

#[test]
fn an_interrupted_creation_is_completed() {
    let dir = scratch();
    fs::write(dir.path().join("LOCK"), "").unwrap();
    fs::write(dir.path().join("manifest-00000000000000000001.json.tmp"), "{\"crc").unwrap();
    write(dir.path(), &choice()).append(&[1], &rows(&[1], 1, DIM)).unwrap();
    assert_holds(&read(dir.path()), &[(1, 1)]);
}

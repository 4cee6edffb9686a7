//! A writer that dies at any step leaves the state before or the state after, never a third.
//!
//! The states are made by hand: one directory before a commit, one after it, and from the second
//! only those files (or as much of the log) that had been written when the writer died, in the
//! order of `writer.rs`.

use std::fs;
use std::path::Path;

use clipfind_store::{Options, ReadOptions, Reader, Writer, repair};
use tempfile::TempDir;

use crate::support::{assert_holds, copy, files, options, read, rows, scratch, write};

const DIM: usize = 3;
const BEFORE: [(u64, u64); 6] = [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1)];
/// One commit later: 2 and 5 are replaced, 7 to 12 are new.
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
    options(DIM, 2, 9)
}

/// Two segments in two shards, and a log with one record.
fn make_before(dir: &Path) {
    let ids = BEFORE.map(|(id, _)| id);
    let mut writer = write(dir, &choice());
    writer.append(&ids[..4], &rows(&ids[..4], 1, DIM)).unwrap();
    writer.seal().unwrap();
    writer.append(&ids[4..], &rows(&ids[4..], 1, DIM)).unwrap();
}

/// A store before the commit, and a copy of it after the commit, which seals the log: it writes
/// segments, tombstones, a log and a manifest.
fn before_and_after() -> (TempDir, TempDir) {
    let (before, after) = (scratch(), scratch());
    make_before(before.path());
    copy(before.path(), after.path(), |_| true);
    write(after.path(), &choice()).append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    (before, after)
}

fn manifests(dir: &Path) -> Vec<String> {
    files(dir).into_iter().filter(|file| file.starts_with("manifest-")).collect()
}

fn tombstones(dir: &Path) -> Vec<String> {
    files(dir).into_iter().filter(|file| file.contains(".del-")).collect()
}

fn log(dir: &Path) -> String {
    files(dir).into_iter().rfind(|file| file.starts_with("log-")).unwrap()
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
    assert_holds(&writer.reader(), &BEFORE);
    writer.append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    assert_holds(&writer.reader(), &AFTER);
    drop(writer);
    assert_holds(&read(dir), &AFTER);
    assert!(files(dir).iter().all(|file| !file.contains(".tmp")));
}

#[test]
fn a_record_counts_when_its_last_byte_is_there_and_not_before() {
    let (before, after) = (scratch(), scratch());
    make_before(before.path());
    copy(before.path(), after.path(), |_| true);
    let wide = Options { segment_rows: 100, ..choice() };
    write(after.path(), &wide).append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    let name = log(after.path());
    let (old, new) = (fs::read(before.path().join(&name)), fs::read(after.path().join(&name)));
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!(old[..], new[..old.len()], "records are only added");

    for len in (old.len()..new.len()).step_by(61).chain([new.len() - 1]) {
        let dir = scratch();
        copy(before.path(), dir.path(), |_| true);
        fs::write(dir.path().join(&name), &new[..len]).unwrap();
        assert_nothing_happened(dir.path());
        // The sectors of a file need not reach the disk in their order.
        let mut holed = new.clone();
        holed[len.next_multiple_of(512).min(new.len())..].fill(0);
        let dir = scratch();
        copy(before.path(), dir.path(), |_| true);
        fs::write(dir.path().join(&name), &holed).unwrap();
        if holed == new {
            assert_holds(&read(dir.path()), &AFTER);
        } else {
            assert_nothing_happened(dir.path());
        }
    }
}

#[test]
fn after_a_torn_record_the_next_one_counts() {
    for wide in [false, true] {
        let dir = scratch();
        make_before(dir.path());
        let path = dir.path().join(log(dir.path()));
        let mut bytes = fs::read(&path).unwrap();
        // The beginning of one more like it.
        bytes.extend_from_within(4096..4096 + 333);
        fs::write(&path, &bytes).unwrap();
        let choice = Options { segment_rows: if wide { 100 } else { 9 }, ..choice() };
        let mut writer = write(dir.path(), &choice);
        assert_eq!(writer.delete(&[6]).unwrap(), 1);
        assert_holds(&writer.reader(), &BEFORE[..5]);
        drop(writer);
        assert_holds(&read(dir.path()), &BEFORE[..5]);
    }
}

#[test]
fn a_damaged_record_among_whole_ones_is_told_and_costs_only_itself() {
    let dir = scratch();
    let wide = Options { segment_rows: 100, ..choice() };
    let mut writer = write(dir.path(), &wide);
    for id in 1..=5 {
        writer.append(&[id], &rows(&[id], 1, DIM)).unwrap();
    }
    drop(writer);
    let path = dir.path().join(log(dir.path()));
    let intact = fs::read(&path).unwrap();
    // In the header and in the body of the third record.
    let record = (intact.len() - 4096) / 5;
    for at in [20, record - 1] {
        let mut bytes = intact.clone();
        bytes[4096 + 2 * record + at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let reader = read(dir.path());
        assert_holds(&reader, &[(1, 1), (2, 1), (4, 1), (5, 1)]);
        let [warning] = &reader.warnings()[..] else { panic!("{:?}", reader.warnings()) };
        assert!(
            warning.contains(&format!("{record} bytes from {}", 4096 + 2 * record)),
            "{warning}"
        );
    }
    assert_eq!(Writer::open(dir.path(), &wide).unwrap_err().code(), "STORE_DAMAGED");
}

#[test]
fn a_damaged_last_record_is_told_and_not_taken_for_an_interrupted_append() {
    let dir = scratch();
    let wide = Options { segment_rows: 100, ..choice() };
    let mut writer = write(dir.path(), &wide);
    for id in 1..=3 {
        writer.append(&[id], &rows(&[id], 1, DIM)).unwrap();
    }
    drop(writer);
    let path = dir.path().join(log(dir.path()));
    let intact = fs::read(&path).unwrap();
    let record = (intact.len() - 4096) / 3;
    // In its header, its ids and its last byte.
    for at in [9, 150, record - 1] {
        let mut bytes = intact.clone();
        bytes[4096 + 2 * record + at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let reader = read(dir.path());
        assert_holds(&reader, &[(1, 1), (2, 1)]);
        let expected =
            format!("{}: {record} bytes from {} on are damaged", path.display(), 4096 + 2 * record);
        assert_eq!(reader.warnings(), std::slice::from_ref(&expected));
        assert!(!reader.refresh().unwrap());
        assert_eq!(reader.warnings(), [expected], "told once");
        assert_eq!(Writer::open(dir.path(), &wide).unwrap_err().code(), "STORE_DAMAGED");
        assert_eq!(fs::read(&path).unwrap(), bytes, "and nothing was changed");
    }
}

#[test]
fn segments_without_a_manifest_do_not_exist() {
    let (before, after) = before_and_after();
    copy(after.path(), before.path(), |file| file.ends_with(".vec"));
    assert_nothing_happened(before.path());
}

#[test]
fn tombstones_without_a_manifest_do_not_exist() {
    for torn in [false, true] {
        let (before, after) = before_and_after();
        let new = |file: &str| file.contains(".del-") || file.ends_with(".vec");
        copy(after.path(), before.path(), new);
        for file in tombstones(before.path()).iter().filter(|_| torn) {
            cut(&before.path().join(file), 7);
        }
        assert_nothing_happened(before.path());
    }
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
    assert_holds(&writer.reader(), &AFTER);
    let left = ["manifest-00000000000000000002.json", NEW_MANIFEST];
    assert_eq!(manifests(before.path()), left);
}

#[test]
fn unnamed_files_are_deleted_when_a_writer_opens_and_foreign_ones_are_not() {
    let (before, after) = before_and_after();
    drop(write(before.path(), &choice()));
    let expected = files(before.path());
    copy(after.path(), before.path(), |file| !file.starts_with("manifest"));
    fs::write(before.path().join(format!("{NEW_MANIFEST}.tmp")), "{").unwrap();
    drop(write(before.path(), &choice()));
    assert_eq!(files(before.path()), expected);

    let foreign =
        ["notes.txt", "shard-000/notes.txt", "shard-000/segment-1.vec", "other.tmp", "log-1.wal"];
    for name in foreign {
        fs::write(before.path().join(name), "mine").unwrap();
    }
    drop(write(before.path(), &choice()));
    for name in foreign {
        assert_eq!(fs::read_to_string(before.path().join(name)).unwrap(), "mine");
    }
}

/// Damages a store after the commit, which then must show the state before, with a warning, and
/// refuse writers: they would delete what repairing brings back, which must be the state after but
/// for some ids.
fn assert_falls_back(lost: &[u64], damage: impl Fn(&Path)) {
    let (_, after) = before_and_after();
    let dir = after.path();
    damage(dir);
    let reader = read(dir);
    assert_eq!(reader.warnings().len(), 1, "{:?}", reader.warnings());
    assert!(reader.warnings()[0].contains(NEW_MANIFEST), "{:?}", reader.warnings());
    assert_holds(&reader, &BEFORE);

    let contents = || files(dir).into_iter().map(|file| (fs::read(dir.join(&file)).unwrap(), file));
    let kept: Vec<_> = contents().collect();
    assert_eq!(Writer::open(dir, &choice()).unwrap_err().code(), "STORE_DAMAGED");
    assert!(contents().eq(kept), "a writer that is refused changes something");

    repair(dir, None).unwrap();
    let left = AFTER.iter().filter(|(id, _)| !lost.contains(id));
    assert_holds(&read(dir), &left.copied().collect::<Vec<_>>());
    let mut writer = write(dir, &choice());
    writer.append(&NEW_IDS, &rows(&NEW_IDS, 2, DIM)).unwrap();
    drop(writer);
    let reader = read(dir);
    assert_eq!(reader.warnings(), [""; 0]);
    assert_holds(&reader, &AFTER);
}

#[test]
fn a_garbled_newest_manifest_falls_back_to_the_one_before() {
    assert_falls_back(&[], |dir| {
        let path = dir.join(NEW_MANIFEST);
        let mut bytes = fs::read(&path).unwrap();
        bytes[60] ^= 1;
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn an_empty_newest_manifest_falls_back_to_the_one_before() {
    assert_falls_back(&[], |dir| fs::write(dir.join(NEW_MANIFEST), "").unwrap());
}

#[test]
fn a_newest_manifest_with_damaged_tombstones_falls_back_to_the_one_before() {
    assert_falls_back(&[], |dir| {
        let path = dir.join(&tombstones(dir)[0]);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(path, bytes).unwrap();
    });
}

#[test]
fn a_newest_manifest_with_a_segment_too_short_falls_back_to_the_one_before() {
    assert_falls_back(&[5, 7, 9, 11], |dir| {
        let newest = files(dir).into_iter().rfind(|file| file.ends_with(".vec")).unwrap();
        cut(&dir.join(newest), 4096 + 100);
    });
}

#[test]
fn a_newest_manifest_without_its_log_falls_back_to_the_one_before() {
    assert_falls_back(&[], |dir| fs::remove_file(dir.join(log(dir))).unwrap());
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
    fs::write(dir.path().join("log-0000000001.wal"), "CLIP").unwrap();
    fs::write(dir.path().join("manifest-00000000000000000001.json.tmp"), "{\"crc").unwrap();
    write(dir.path(), &choice()).append(&[1], &rows(&[1], 1, DIM)).unwrap();
    assert_holds(&read(dir.path()), &[(1, 1)]);
}

//! Another number of shards, shards on other disks, and disks that are not there.

use std::fs;
use std::path::{Path, PathBuf};

use clipfind_store::{Cancel, Options, ReadOptions, Reader, SearchOptions, Writer};
use tempfile::TempDir;

use crate::compacting::{answers, bits, full, unnamed};
use crate::document::contents;
use crate::support::{files, options, read, rows, scratch, vector, write};

const DIM: usize = 6;

/// A directory with a store of `shards` shards in `store`: 90 rows, of which 10 are dead and some
/// in the log.
fn sample(shards: u32) -> (TempDir, PathBuf) {
    let scratch = scratch();
    let dir = scratch.path().join("store");
    let mut writer = write(&dir, &options(DIM, shards, 30));
    let ids: Vec<u64> = (0..70).collect();
    for ids in ids.chunks(20) {
        writer.append(ids, &rows(ids, 1, DIM)).unwrap();
    }
    let ids: Vec<u64> = (65..85).collect();
    writer.append(&ids, &rows(&ids, 2, DIM)).unwrap();
    writer.delete(&[3, 30, 66, 80, 81]).unwrap();
    (scratch, dir)
}

fn open(dir: &Path) -> Writer {
    write(dir, &Options { segment_rows: 30, ..Options::new(DIM) })
}

fn code(result: Result<(), clipfind_store::StoreError>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn rows_are_divided_among_any_number_of_shards_and_answers_stay() {
    let (_scratch, dir) = sample(1);
    let mut writer = open(&dir);
    let before = (bits(&writer.reader()), answers(&writer.reader()));
    let older = read(&dir);
    for shards in [5, 3, 999, 2, 2, 1] {
        writer.reshard(shards, None).unwrap();
        let stats = writer.reader().stats();
        assert_eq!((stats.shards, stats.rows, stats.deleted), (shards, 80, 0));
        assert_eq!((bits(&writer.reader()), answers(&writer.reader())), before);
        assert_eq!((bits(&read(&dir)), answers(&read(&dir))), before);
        assert_eq!(unnamed(&dir), [""; 0]);
        contents(&dir); // Compares every checksum.
    }
    let shard_dirs =
        fs::read_dir(&dir).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(shard_dirs.count(), 1, "the other directories are gone");
    assert_eq!((bits(&older), answers(&older)), before);
    assert!(older.refresh().unwrap());
    assert_eq!((bits(&older), answers(&older)), before);
    drop(writer);
    assert_eq!(Writer::open(&dir, &options(DIM, 5, 9)).unwrap_err().code(), "STORE_SHARD_MISMATCH");
    write(&dir, &options(DIM, 1, 9));
}

#[test]
fn as_many_shards_as_before_is_no_commit_and_impossible_numbers_are_refused() {
    let (_scratch, dir) = sample(3);
    let mut writer = open(&dir);
    let before = writer.reader().stats();
    writer.reshard(3, None).unwrap();
    for shards in [0, 1000] {
        assert_eq!(code(writer.reshard(shards, None)), "STORE_INVALID_OPTIONS");
    }
    assert_eq!(writer.reader().stats(), before);
    let mut empty = write(&dir.with_extension("empty"), &options(DIM, 3, 10));
    empty.reshard(7, None).unwrap();
    assert_eq!(empty.reader().stats().shards, 7);
}

#[test]
fn stopped_half_way_it_leaves_the_store_as_it_was() {
    let (scratch, dir) = sample(3);
    let mut writer = open(&dir);
    writer.seal().unwrap();
    let before = (files(scratch.path()), bits(&writer.reader()), writer.reader().stats());
    let cancel = Cancel::new();
    cancel.cancel();
    assert_eq!(code(writer.reshard(4, Some(&cancel))), "CANCELLED");
    let to = scratch.path().join("elsewhere");
    assert_eq!(code(writer.move_shard(1, &to, Some(&cancel))), "CANCELLED");
    assert_eq!((files(scratch.path()), bits(&writer.reader()), writer.reader().stats()), before);
    assert!(!to.exists());
}

#[test]
fn a_moved_shard_lives_there_until_it_comes_back() {
    let (scratch, dir) = sample(3);
    let mut writer = open(&dir);
    let before = (bits(&writer.reader()), answers(&writer.reader()));
    let older = read(&dir);
    let to = scratch.path().join("elsewhere");
    writer.move_shard(1, &to, None).unwrap();
    assert_eq!((bits(&writer.reader()), answers(&writer.reader())), before);
    assert_eq!((bits(&read(&dir)), answers(&read(&dir))), before);
    assert!(!dir.join("shard-001").exists(), "the old files are gone");
    assert!(files(&to).contains(&"clipfind-shard.json".to_owned()));
    contents(&dir);
    let moved = writer.reader().stats();
    writer.move_shard(1, &to, None).unwrap();
    assert_eq!(writer.reader().stats(), moved, "it is there already");

    // What comes later goes there too.
    let ids: Vec<u64> = (100..200).collect();
    writer.append(&ids, &rows(&ids, 1, DIM)).unwrap();
    writer.delete(&[1, 4, 7, 10, 100]).unwrap();
    writer.compact(&full(1000), None).unwrap();
    assert!(!dir.join("shard-001").exists());
    assert_eq!(files(&to).len(), 2, "{:?}", files(&to));
    drop(writer);
    let mut writer = open(&dir);
    let after = (bits(&writer.reader()), answers(&writer.reader()));

    // From disk to disk, and back.
    let next = scratch.path().join("next");
    fs::create_dir(&next).unwrap();
    writer.move_shard(1, &next, None).unwrap();
    assert_eq!(files(&to), [""; 0]);
    writer.move_shard(1, dir.join("shard-001"), None).unwrap();
    assert_eq!(files(&next), [""; 0]);
    assert_eq!((bits(&writer.reader()), answers(&writer.reader())), after);
    drop(writer);
    fs::remove_dir(&to).unwrap();
    fs::remove_dir(&next).unwrap();
    assert_eq!((bits(&open(&dir).reader()), answers(&read(&dir))), after);
    assert_eq!((bits(&older), answers(&older)), before);
    assert_eq!(unnamed(&dir), [""; 0]);
}

#[test]
fn a_shard_that_resharding_drops_leaves_its_disk() {
    let (scratch, dir) = sample(3);
    let mut writer = open(&dir);
    let before = bits(&writer.reader());
    let places = [0, 2].map(|shard| (shard, scratch.path().join(format!("disk-{shard}"))));
    for (shard, to) in &places {
        writer.move_shard(*shard, to, None).unwrap();
    }
    writer.reshard(2, None).unwrap();
    assert_eq!(bits(&writer.reader()), before);
    assert_eq!(files(&places[1].1), [""; 0]);
    assert_eq!(files(&places[0].1).len(), 2);
    fs::remove_dir(&places[1].1).unwrap();
    assert_eq!(bits(&read(&dir)), before);
}

#[test]
fn places_that_a_shard_cannot_be_moved_to_are_refused_by_name() {
    let (scratch, dir) = sample(3);
    let mut writer = open(&dir);
    let path = |name: &str| scratch.path().join(name);
    fs::create_dir(path("full")).unwrap();
    fs::write(path("full/photo.jpg"), "x").unwrap();
    let mut refused = |shard, to: &Path, why: &str| {
        let before = writer.reader().stats();
        let error = writer.move_shard(shard, to, None).unwrap_err();
        assert_eq!(error.code(), "STORE_INVALID_OPTIONS", "{to:?}: {error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(writer.reader().stats(), before);
    };
    refused(3, &path("new"), "there is no shard 3: they are 0 to 2");
    refused(0, &path("full"), "not empty (it holds photo.jpg");
    refused(0, &path("full/photo.jpg"), "not a directory");
    refused(0, &dir, "the store's own directory");
    refused(0, &dir.join("new"), "the store's own directory");
    refused(0, &dir.join("shard-001"), "the store's own directory");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
        refused(0, &scratch.path().join(name), "not UTF-8");
        let link = path("link");
        std::os::unix::fs::symlink(&dir, &link).unwrap();
        refused(0, &link.join("new"), "the store's own directory");
    }
    let error = writer.move_shard(0, path("not/there"), None).unwrap_err();
    assert_eq!(error.code(), "STORE_IO");

    // Another store cannot take a shard's directory for an empty one.
    let mut empty = write(&path("empty"), &options(DIM, 2, 10));
    empty.move_shard(1, path("taken"), None).unwrap();
    let error = writer.move_shard(1, path("taken"), None).unwrap_err();
    assert!(error.to_string().contains("clipfind-shard.json"), "{error}");
    fs::remove_dir_all(path("taken")).unwrap();
    drop(empty);
    assert_eq!(
        Writer::open(path("empty"), &Options::new(DIM)).unwrap_err().code(),
        "STORE_SHARD_MISSING"
    );
}

#[test]
fn a_missing_shard_is_reported_and_the_rest_still_answers() {
    let (scratch, dir) = sample(3);
    let [to, away] = ["disk", "away"].map(|name| scratch.path().join(name));
    let mut writer = open(&dir);
    writer.seal().unwrap();
    writer.append(&[300, 301], &rows(&[300, 301], 1, DIM)).unwrap();
    writer.move_shard(1, &to, None).unwrap();
    let before = (bits(&writer.reader()), answers(&writer.reader()));
    drop(writer);
    let whole = read(&dir);
    let partial = || {
        // Rows of the log are there whatever their shard.
        let mut left = before.0.clone();
        left.retain(|id, _| id % 3 != 1 || *id == 301);
        left
    };

    let absent: [(&str, &dyn Fn()); 4] = [
        ("no directory", &|| ()),
        ("a mount point without its disk", &|| fs::create_dir(&to).unwrap()),
        ("another disk", &|| {
            fs::create_dir(&to).unwrap();
            fs::write(to.join("clipfind-shard.json"), "{\"store\":\"f00d\",\"shard\":1}\n")
                .unwrap();
        }),
        ("a file", &|| fs::write(&to, "").unwrap()),
    ];
    for (what, unmount) in absent {
        fs::rename(&to, &away).unwrap();
        unmount();
        let reader = Reader::open(&dir, &ReadOptions::default()).unwrap();
        assert_eq!(reader.stats().missing_shards, [1], "{what}");
        assert!(reader.warnings()[0].starts_with("shard 1 is missing"), "{:?}", reader.warnings());
        assert_eq!(bits(&reader), partial(), "{what}");
        let answer = reader.search(&vector(1, 3, DIM), 1000, SearchOptions::default()).unwrap();
        assert_eq!(
            (answer.missing_shards, answer.hits.len()),
            (vec![1], partial().len()),
            "{what}"
        );
        let error = Writer::open(&dir, &Options::new(DIM)).unwrap_err();
        assert_eq!(error.code(), "STORE_SHARD_MISSING");
        assert!(error.to_string().contains(&format!("found at {}", to.display())), "{error}");
        assert!(!reader.refresh().unwrap(), "nothing has changed");

        // Who has it open goes on.
        whole.refresh().unwrap();
        assert_eq!((bits(&whole), answers(&whole)), before, "{what}");

        let _ = (fs::remove_dir_all(&to), fs::remove_file(&to));
        fs::rename(&away, &to).unwrap();
        assert!(reader.refresh().unwrap(), "the disk is back");
        assert_eq!((bits(&reader), answers(&reader)), before, "{what}");
        assert_eq!(reader.stats().missing_shards, [0; 0]);
        assert_eq!(bits(&open(&dir).reader()), before.0, "{what}");
    }

    // A lost note is no reason to lose a shard; a lost file among others is damage.
    fs::remove_file(to.join("clipfind-shard.json")).unwrap();
    assert_eq!(bits(&read(&dir)), before.0);
    let names = files(&to);
    let segment = names.iter().find(|file| file.ends_with(".vec")).unwrap();
    fs::remove_file(to.join(segment)).unwrap();
    assert!(names.len() > 1);
    assert_eq!(Reader::open(&dir, &ReadOptions::default()).unwrap_err().code(), "STORE_DAMAGED");
}

#[test]
fn nothing_is_written_where_a_disk_was() {
    let (scratch, dir) = sample(2);
    let [to, away] = ["disk", "away"].map(|name| scratch.path().join(name));
    let mut writer = open(&dir);
    writer.move_shard(1, &to, None).unwrap();
    writer.append(&[401, 402], &rows(&[401, 402], 1, DIM)).unwrap();
    let before = bits(&writer.reader());
    fs::rename(&to, &away).unwrap();
    fs::create_dir(&to).unwrap();
    assert_eq!(writer.seal().unwrap_err().code(), "STORE_SHARD_MISSING");
    assert_eq!(code(writer.reshard(3, None)), "STORE_SHARD_MISSING");
    assert_eq!(files(&to), [""; 0]);
    drop(writer);
    fs::remove_dir(&to).unwrap();
    fs::rename(&away, &to).unwrap();
    assert_eq!(bits(&open(&dir).reader()), before);
}

#[cfg(unix)]
#[test]
fn a_shard_behind_a_link_may_be_missing_too() {
    let (scratch, dir) = sample(2);
    let disk = scratch.path().join("disk");
    open(&dir).seal().unwrap();
    let before = bits(&read(&dir));
    fs::rename(dir.join("shard-001"), &disk).unwrap();
    std::os::unix::fs::symlink(&disk, dir.join("shard-001")).unwrap();
    assert_eq!(bits(&open(&dir).reader()), before);
    fs::rename(&disk, scratch.path().join("away")).unwrap();
    fs::create_dir(&disk).unwrap();
    let reader = read(&dir);
    assert_eq!(reader.stats().missing_shards, [1]);
    fs::remove_dir(&disk).unwrap();
    assert_eq!(read(&dir).stats().missing_shards, [1]);
    fs::rename(scratch.path().join("away"), &disk).unwrap();
    assert!(reader.refresh().unwrap());
    assert_eq!(bits(&reader), before);
}

/// Lets each system call of a resharding and of a move fail in turn.
#[cfg(feature = "faults")]
#[test]
fn whatever_call_fails_the_store_stays_whole() {
    use clipfind_store::faults;

    type Change = fn(&mut Writer, &Path) -> Result<(), clipfind_store::StoreError>;
    let there_and_back: Change = |writer, to| {
        writer.move_shard(1, to, None)?;
        writer.move_shard(1, to.with_file_name("store/shard-001"), None)
    };
    let changes: [(Change, usize); 3] = [
        (|writer, _| writer.reshard(3, None), 25),
        (there_and_back, 40),
        (|writer, to| writer.move_shard(0, to.with_file_name("store/shard-000"), None), 15),
    ];
    let (original, dir) = sample(2);
    open(&dir).move_shard(0, original.path().join("zero"), None).unwrap();
    let before = bits(&read(&dir));
    for (change, least) in changes {
        let mut calls = 0;
        loop {
            let (copy, dir) = sample(2);
            let to = copy.path().join("elsewhere");
            let mut writer = open(&dir);
            writer.move_shard(0, copy.path().join("zero"), None).unwrap();
            faults::arm(calls, std::io::ErrorKind::StorageFull, false);
            let result = change(&mut writer, &to);
            let failed = faults::disarm();
            assert_eq!(bits(&writer.reader()), before, "{failed:?}");
            assert_eq!(failed.is_some(), result.is_err(), "{failed:?}");
            if let Err(error) = change(&mut writer, &to) {
                assert_eq!(error.code(), "STORE_WRITER_FAILED", "{error} after {failed:?}");
                drop(writer);
                writer = open(&dir);
                assert_eq!(bits(&writer.reader()), before, "{failed:?}");
            }
            drop(writer);
            drop(open(&dir));
            assert_eq!(bits(&read(&dir)), before, "{failed:?}");
            if failed.is_none() {
                break;
            }
            calls += 1;
        }
        assert!(calls >= least, "only {calls} calls");
    }
}

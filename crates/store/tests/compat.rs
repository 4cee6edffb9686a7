//! Stores of earlier versions open and answer as they did.
//!
//! `data/v2` was written once, by [`write_v2`] in the version that introduced the format, and is
//! never written again. A new format gets a directory of its own beside it.

use std::path::{Path, PathBuf};

use clipfind_store::{Hit, SearchOptions, verify};

use crate::document::{answer, contents};
use crate::support::{assert_holds, copy, options, read, rows, scratch, write};

fn data(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(version)
}

/// How `data/v2` came to be: segments in two shards, tombstones, and a log that appends, replaces
/// and deletes.
fn write_v2(dir: &Path) {
    let mut writer = write(dir, &options(3, 2, 100));
    writer.append(&[1, 2, 3, 4, 5, 7, 9], &rows(&[1, 2, 3, 4, 5, 7, 9], 1, 3)).unwrap();
    writer.seal().unwrap();
    writer.delete(&[9]).unwrap();
    writer.seal().unwrap();
    writer.append(&[10, 3], &rows(&[10, 3], 2, 3)).unwrap();
    writer.delete(&[4]).unwrap();
    drop(writer);
    std::fs::remove_file(dir.join("LOCK")).expect("it names the machine it was written on");
}

#[test]
#[ignore = "was run once, to write data/v2"]
fn data_v2_is_written() {
    write_v2(&data("v2"));
}

#[test]
fn version_2_opens_and_answers_as_it_did() {
    let dir = scratch(); // Opening for writing must not touch what is checked in.
    copy(&data("v2"), dir.path(), |_| true);
    let expected = [(1, 1), (2, 1), (3, 2), (5, 1), (7, 1), (10, 2)];
    assert_eq!(verify(dir.path(), None).unwrap().damage, []);
    let reader = read(dir.path());
    assert_holds(&reader, &expected);
    let hits = reader.search(&[1.0, -2.0, 0.5], 3, SearchOptions::default()).unwrap().hits;
    assert_eq!(hits, answer(&contents(dir.path()), &[1.0, -2.0, 0.5], 3, |_| true));
    assert_eq!(hits.iter().map(|hit: &Hit| hit.id).collect::<Vec<_>>(), V2_IDS);

    let mut writer = write(dir.path(), &options(3, 2, 100));
    assert_holds(&writer.reader(), &expected);
    writer.append(&[4], &rows(&[4], 3, 3)).unwrap();
    assert!(writer.reader().contains(4));
}

const V2_IDS: [u64; 3] = [5, 10, 1];

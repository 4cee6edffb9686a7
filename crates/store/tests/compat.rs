//! Stores of earlier versions open and answer as they did.
//!
//! `data/v1` was written once, by [`write_v1`] in the version that introduced the format, and is
//! never written again. A new format gets a directory of its own beside it.

use std::path::{Path, PathBuf};

use clipfind_store::Hit;

use crate::support::{assert_holds, copy, options, read, rows, scratch, write};

fn data(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(version)
}

/// How `data/v1` came to be: three segments in two shards, replaced and deleted rows.
fn write_v1(dir: &Path) {
    let mut writer = write(dir, &options(3, 2, 4));
    writer.append(&[1, 2, 3, 4, 5, 7, 9], &rows(&[1, 2, 3, 4, 5, 7, 9], 1, 3)).unwrap();
    writer.append(&[10, 3], &rows(&[10, 3], 2, 3)).unwrap();
    writer.delete(&[4, 9]).unwrap();
    drop(writer);
    std::fs::remove_file(dir.join("LOCK")).expect("it names the machine it was written on");
}

#[test]
fn version_1_opens_and_answers_as_it_did() {
    let dir = scratch(); // Opening for writing must not touch what is checked in.
    copy(&data("v1"), dir.path(), |_| true);
    let expected = [(1, 1), (2, 1), (3, 2), (5, 1), (7, 1), (10, 2)];
    let reader = read(dir.path());
    assert_holds(&reader, &expected);
    assert_eq!(reader.stats().manifest, 4);
    let hits = reader.search(&[1.0, -2.0, 0.5], 3, None).unwrap();
    assert_eq!(hits, V1_HITS);

    let mut writer = write(dir.path(), &options(3, 2, 4));
    assert_holds(&writer.reader(), &expected);
    writer.append(&[4], &rows(&[4], 3, 3)).unwrap();
    assert!(writer.reader().contains(4));
}

/// Whole numbers and halves: the same in every kernel.
const V1_HITS: [Hit; 3] =
    [Hit { id: 5, score: 22.5 }, Hit { id: 10, score: 0.5 }, Hit { id: 1, score: -3.5 }];

#[test]
#[ignore = "writes tests/data/v1; run by hand only when a new format is born"]
fn write_data() {
    write_v1(&data("v1"));
}

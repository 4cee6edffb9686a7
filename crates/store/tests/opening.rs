//! What opening refuses, and how it says so.

use std::fs;
use std::path::Path;

use clipfind_store::{Options, ReadOptions, Reader, StoreError, Writer};

use crate::support::{options, read, rows, scratch, write};

fn reader_error(dir: &Path) -> StoreError {
    Reader::open(dir, &ReadOptions::default()).unwrap_err()
}

fn writer_error(dir: &Path, options: &Options) -> StoreError {
    Writer::open(dir, options).unwrap_err()
}

#[test]
fn readers_need_a_store_and_writers_make_one() {
    let dir = scratch();
    let missing = dir.path().join("deep/er");
    assert_eq!(reader_error(&missing).code(), "STORE_NOT_FOUND");
    assert_eq!(reader_error(dir.path()).code(), "STORE_NOT_A_STORE");
    write(&missing, &Options::new(3)).append(&[1], &[0.0; 3]).unwrap();
    assert_eq!(read(&missing).ids(), [1]);
}

#[test]
fn foreign_places_are_left_alone() {
    let dir = scratch();
    let photo = dir.path().join("photo.jpg");
    fs::write(&photo, "x").unwrap();
    for place in [&photo, &photo.join("below"), &dir.path().to_owned()] {
        assert_eq!(writer_error(place, &Options::new(3)).code(), "STORE_NOT_A_STORE", "{place:?}");
    }
    assert_eq!(reader_error(&photo).code(), "STORE_NOT_A_STORE");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "not even a lock file");
}

#[test]
fn a_second_writer_is_refused_and_readers_are_not() {
    let dir = scratch();
    let writer = write(dir.path(), &Options::new(3));
    let error = writer_error(dir.path(), &Options::new(3));
    assert_eq!(error.code(), "STORE_LOCKED");
    assert!(error.to_string().contains("Wait for it to finish"), "{error}");
    read(dir.path());
    drop(writer);
    write(dir.path(), &Options::new(3));
}

#[test]
fn another_dimension_or_number_of_shards_is_refused_with_both_numbers() {
    let dir = scratch();
    drop(write(dir.path(), &options(3, 2, 10)));
    let error = writer_error(dir.path(), &Options::new(4));
    assert!(
        matches!(error, StoreError::DimensionMismatch { expected: 3, found: 4, .. }),
        "{error}"
    );
    let error = Reader::open(dir.path(), &ReadOptions { dim: Some(4), threads: None }).unwrap_err();
    assert_eq!(error.code(), "STORE_DIMENSION_MISMATCH");
    let error = writer_error(dir.path(), &options(3, 5, 10));
    assert!(matches!(error, StoreError::ShardMismatch { expected: 2, found: 5, .. }), "{error}");
    assert!(error.to_string().contains("or reshard it first"), "{error}");
    assert_eq!(write(dir.path(), &Options::new(3)).reader().stats().shards, 2);
}

#[test]
fn options_out_of_range_are_refused_before_anything_is_touched() {
    let dir = scratch();
    let at = dir.path().join("new");
    let bad = [
        Options::new(0),
        Options::new(4097),
        options(3, 0, 10),
        options(3, 1000, 10),
        options(3, 1, 0),
    ];
    for options in bad {
        assert_eq!(writer_error(&at, &options).code(), "STORE_INVALID_OPTIONS", "{options:?}");
    }
    assert!(!at.exists());
    drop(write(&at, &Options::new(3)));
    let no_threads = ReadOptions { dim: None, threads: Some(0) };
    assert_eq!(Reader::open(&at, &no_threads).unwrap_err().code(), "STORE_INVALID_OPTIONS");
}

#[test]
fn a_newer_format_is_refused_and_never_passed_over() {
    let dir = scratch();
    write(dir.path(), &Options::new(3)).append(&[1], &[0.0; 3]).unwrap();
    let body = r#"{"format":3}"#;
    let newer =
        format!("{{\"crc32c\":\"{:08x}\",\"manifest\":{body}}}\n", crc32c::crc32c(body.as_bytes()));
    fs::write(dir.path().join("manifest-00000000000000000003.json"), newer).unwrap();
    let error = reader_error(dir.path());
    assert_eq!(error.code(), "STORE_UNSUPPORTED_FORMAT");
    assert!(error.to_string().contains("in format 3; this version reads 2 to 2"), "{error}");
    assert_eq!(writer_error(dir.path(), &Options::new(3)).code(), "STORE_UNSUPPORTED_FORMAT");
}

#[test]
fn damage_names_the_file_what_was_expected_and_what_to_do() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(3));
    writer.append(&[1, 2], &rows(&[1, 2], 1, 3)).unwrap();
    writer.seal().unwrap();
    drop(writer);
    // Without the older commit there is nothing to fall back to.
    fs::remove_file(dir.path().join("manifest-00000000000000000001.json")).unwrap();
    let segment = dir.path().join("shard-000/segment-0000000002.vec");
    let bytes = fs::read(&segment).unwrap();

    fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();
    let error = reader_error(dir.path());
    assert_eq!(
        error.to_string(),
        format!(
            "{} is damaged: 2 rows need 4544 bytes, but it has 4543. Repairing the store \
             keeps every vector that checks out; photos are not affected.",
            segment.display()
        )
    );
    fs::remove_file(&segment).unwrap();
    assert!(reader_error(dir.path()).to_string().contains("is damaged: it is missing."));
}

#[cfg(unix)]
#[test]
fn missing_permissions_are_named() {
    use std::os::unix::fs::PermissionsExt;

    let dir = scratch();
    drop(write(dir.path(), &Options::new(3)));
    let set = |mode| fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
    set(0o000);
    let readable = fs::read_dir(dir.path()).is_ok();
    let outcome = Reader::open(dir.path(), &ReadOptions::default());
    set(0o700);
    if readable {
        println!("skipped: this user may read everything");
    } else {
        assert_eq!(outcome.unwrap_err().code(), "STORE_PERMISSION_DENIED");
    }
}

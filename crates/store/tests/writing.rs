//! Append, replace, delete: what a commit does, and what it leaves on disk.

use std::fs;

use clipfind_store::{MAX_ID, Options};

use crate::support::{assert_holds, files, options, read, rows, scratch, write};

#[test]
fn what_was_appended_is_there_after_reopening() {
    let dir = scratch();
    let ids = [4, 1, MAX_ID, 0];
    let mut writer = write(dir.path(), &options(5, 2, 3));
    let report = writer.append(&ids, &rows(&ids, 1, 5)).unwrap();
    assert_eq!((report.appended, report.replaced), (4, 0));
    drop(writer);
    assert_holds(&read(dir.path()), &[(0, 1), (1, 1), (4, 1), (MAX_ID, 1)]);
}

#[test]
fn an_id_that_is_appended_again_is_replaced_in_one_commit() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(5, 2, 3));
    writer.append(&[1, 2, 3, 4, 5, 6, 7], &rows(&[1, 2, 3, 4, 5, 6, 7], 1, 5)).unwrap();
    let report = writer.append(&[9, 2, 5], &rows(&[9, 2, 5], 2, 5)).unwrap();
    assert_eq!((report.appended, report.replaced), (3, 2));
    let expected = [(1, 1), (2, 2), (3, 1), (4, 1), (5, 2), (6, 1), (7, 1), (9, 2)];
    assert_holds(&writer.reader(), &expected);
    drop(writer);

    let reader = read(dir.path());
    assert_holds(&reader, &expected);
    let stats = reader.stats();
    assert_eq!((stats.rows, stats.live, stats.deleted), (10, 8, 2));
}

#[test]
fn deleting_counts_what_was_there_and_can_be_undone_by_appending() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(5, 3, 4));
    let ids: Vec<u64> = (0..20).collect();
    writer.append(&ids, &rows(&ids, 1, 5)).unwrap();
    assert_eq!(writer.delete(&[3, 5, 3, 100, u64::MAX]).unwrap(), 2);
    assert_eq!(writer.delete(&[3, 5]).unwrap(), 0);
    assert_eq!(writer.reader().stats().log_records, 1, "deleting nothing is no commit");
    writer.append(&[3], &rows(&[3], 2, 5)).unwrap();
    assert!(writer.reader().contains(3) && !writer.reader().contains(5));
    assert_eq!(writer.delete(&ids).unwrap(), 19);
    assert_holds(&writer.reader(), &[]);
    assert_eq!(writer.append(&[], &[]).unwrap().appended, 0);
}

#[test]
fn nothing_of_a_refused_batch_is_stored() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(2));
    writer.append(&[1], &[1.0, 2.0]).unwrap();
    let before = files(dir.path());
    let mut code = |ids: &[u64], rows: &[f32]| writer.append(ids, rows).unwrap_err().code();
    assert_eq!(code(&[2], &[1.0]), "VECTOR_LENGTH_MISMATCH");
    assert_eq!(code(&[2, 2], &[1.0; 4]), "ID_DUPLICATE");
    assert_eq!(code(&[MAX_ID + 1], &[1.0; 2]), "ID_TOO_LARGE");
    assert_eq!(code(&[2, 3], &[1.0, 1.0, 1.0, f32::INFINITY]), "VECTOR_BAD_COMPONENT");
    assert_eq!(files(dir.path()), before);
    assert_eq!(writer.reader().ids(), [1]);
}

#[test]
fn a_full_log_becomes_a_segment_that_never_changes() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(2, 1, 4));
    writer.append(&[1, 2, 3], &rows(&[1, 2, 3], 1, 2)).unwrap();
    writer.append(&[2], &rows(&[2], 2, 2)).unwrap();
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.log_rows, stats.live), (0, 4, 3));
    writer.append(&[4], &rows(&[4], 1, 2)).unwrap();
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.log_rows, stats.deleted, stats.log_records), (1, 0, 0, 0));

    let sealed = files(dir.path()).into_iter().find(|file| file.ends_with(".vec")).unwrap();
    let bytes = fs::read(dir.path().join(&sealed)).unwrap();
    writer.append(&[6, 7, 8, 9, 2], &rows(&[6, 7, 8, 9, 2], 3, 2)).unwrap();
    writer.delete(&[1, 6]).unwrap();
    writer.seal().unwrap();
    assert_eq!(fs::read(dir.path().join(&sealed)).unwrap(), bytes);
    let stats = writer.reader().stats();
    // More rows than one segment takes at once fill several.
    assert_eq!((stats.segments, stats.rows, stats.live), (3, 9, 6));
    drop(writer);
    assert_holds(&read(dir.path()), &[(2, 3), (3, 1), (4, 1), (7, 3), (8, 3), (9, 3)]);
}

#[test]
fn two_manifests_and_their_files_are_kept_and_older_ones_go() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(2, 1, 100));
    writer.append(&[1, 2, 3, 4], &rows(&[1, 2, 3, 4], 1, 2)).unwrap();
    writer.seal().unwrap();
    for id in 1..4 {
        writer.delete(&[id]).unwrap();
        writer.seal().unwrap();
    }
    assert_eq!(
        files(dir.path()),
        [
            "LOCK",
            "log-0000000007.wal",
            "log-0000000009.wal",
            "manifest-00000000000000000004.json",
            "manifest-00000000000000000005.json",
            "shard-000/segment-0000000002.del-0000000006",
            "shard-000/segment-0000000002.del-0000000008",
            "shard-000/segment-0000000002.vec",
        ]
    );
    assert_holds(&writer.reader(), &[(4, 1)]);
}

#[test]
fn an_idle_open_and_close_changes_no_file() {
    let dir = scratch();
    write(dir.path(), &options(2, 2, 3)).append(&[1, 2], &rows(&[1, 2], 1, 2)).unwrap();
    let before = files(dir.path());
    drop(write(dir.path(), &Options::new(2)));
    assert_eq!(files(dir.path()), before);
}

#[test]
fn a_writer_whose_commit_went_wrong_at_the_rename_goes_no_further() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(2, 1, 4));
    writer.append(&[1, 2], &rows(&[1, 2], 1, 2)).unwrap();
    // A directory in the place of the next manifest makes the rename fail.
    let obstacle = dir.path().join("manifest-00000000000000000002.json");
    fs::create_dir(&obstacle).unwrap();
    assert_eq!(writer.seal().unwrap_err().code(), "STORE_IO");
    fs::remove_dir(&obstacle).unwrap();
    let error = writer.append(&[3], &rows(&[3], 1, 2)).unwrap_err();
    assert_eq!(error.code(), "STORE_WRITER_FAILED");
    assert_eq!(writer.delete(&[1]).unwrap_err().code(), "STORE_WRITER_FAILED");
    assert_holds(&writer.reader(), &[(1, 1), (2, 1)]);
    drop(writer);

    let mut writer = write(dir.path(), &options(2, 1, 4));
    assert_holds(&writer.reader(), &[(1, 1), (2, 1)]);
    writer.append(&[3], &rows(&[3], 1, 2)).unwrap();
    assert_holds(&writer.reader(), &[(1, 1), (2, 1), (3, 1)]);
}

#[test]
fn many_rows_at_once_go_into_a_segment_with_what_the_log_has() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(5));
    writer.append(&[3, 9000], &rows(&[3, 9000], 1, 5)).unwrap();
    let ids: Vec<u64> = (0..8192).collect();
    writer.append(&ids, &rows(&ids, 2, 5)).unwrap();
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.rows, stats.log_rows), (1, 8193, 0));
    let expected: Vec<_> = ids.iter().map(|id| (*id, 2)).chain([(9000, 1)]).collect();
    assert_holds(&writer.reader(), &expected);
    drop(writer);
    assert_holds(&read(dir.path()), &expected);
}

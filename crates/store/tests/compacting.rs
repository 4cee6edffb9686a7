//! Compaction changes which files hold the rows, and nothing that anybody could ask for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clipfind_store::{
    Cancel, CompactOptions, CompactReport, Filter, Hit, Reader, SearchOptions, StoreError, Writer,
};

use crate::document::contents;
use crate::support::{assert_holds, files, options, read, rows, scratch, vector, write};

const DIM: usize = 6;

pub(crate) fn full(target_rows: u32) -> CompactOptions {
    CompactOptions { target_rows, full: true }
}

fn gentle(target_rows: u32) -> CompactOptions {
    CompactOptions { target_rows, full: false }
}

/// What a reader answers to some questions.
pub(crate) fn answers(reader: &Reader) -> Vec<Vec<Hit>> {
    let dim = reader.stats().dim;
    let some = Filter::ranges(&[10..=20, 40..=50]);
    let ask = |seed, k, filter| {
        let options = SearchOptions { filter, ..Default::default() };
        reader.search(&vector(seed, 3, dim), k, options).expect("an answer").hits
    };
    vec![ask(1, 3, None), ask(2, 1000, None), ask(3, 7, Some(&some))]
}

/// Every stored vector, to the bit.
pub(crate) fn bits(reader: &Reader) -> BTreeMap<u64, Vec<u32>> {
    let stored = |id| reader.vector(id).expect("a live id has a vector");
    let bits = |id| stored(id).iter().map(|value| value.to_bits()).collect();
    reader.ids().into_iter().map(|id| (id, bits(id))).collect()
}

/// Files in the store's directory that neither of the two newest manifests names.
pub(crate) fn unnamed(dir: &Path) -> Vec<String> {
    let all = files(dir);
    let mut named = vec!["LOCK".to_owned()];
    for file in all.iter().filter(|file| file.ends_with(".json")) {
        let text = fs::read_to_string(dir.join(file)).expect("a manifest can be read");
        let whole: serde_json::Value = serde_json::from_str(&text).expect("a manifest is JSON");
        let manifest = &whole["manifest"];
        named.extend([file.clone(), format!("log-{:010}.wal", manifest["log"].as_u64().unwrap())]);
        for entry in manifest["segments"].as_array().unwrap() {
            let [shard, number] = ["shard", "number"].map(|it| entry[it].as_u64().unwrap());
            let stem = format!("shard-{shard:03}/segment-{number:010}");
            named.push(format!("{stem}.vec"));
            named
                .extend(entry["deleted"]["file"].as_u64().map(|it| format!("{stem}.del-{it:010}")));
        }
    }
    all.into_iter().filter(|file| !named.contains(file)).collect()
}

fn files_ending(dir: &Path, end: &str) -> Vec<String> {
    files(dir).into_iter().filter(|file| file.ends_with(end)).collect()
}

fn segment_files(dir: &Path) -> Vec<String> {
    files_ending(dir, ".vec")
}

/// A store whose only shard has these numbers of rows in its segments, with rising ids.
fn with_segments(dir: &Path, sizes: &[u64]) -> Writer {
    let mut writer = write(dir, &options(DIM, 1, 1000));
    let mut next = 0;
    for size in sizes {
        let ids: Vec<u64> = (next..next + size).collect();
        writer.append(&ids, &rows(&ids, 1, DIM)).unwrap();
        writer.seal().unwrap();
        next += size;
    }
    writer
}

#[test]
fn small_segments_become_one_and_many_dead_rows_go() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[10, 10, 10]);
    let nothing = CompactReport::default();
    assert_eq!(writer.compact(&gentle(100), None).unwrap(), nothing, "three are not many");
    writer.append(&[30, 31], &rows(&[30, 31], 1, DIM)).unwrap();
    writer.seal().unwrap();
    writer.delete(&[4, 5]).unwrap();
    let before = bits(&writer.reader());
    let report = writer.compact(&gentle(100), None).unwrap();
    assert_eq!(report, CompactReport { merged: 4, written: 1, copied: 30, dropped: 2 });
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.rows, stats.deleted, stats.log_records), (1, 30, 0, 1));
    assert_eq!(segment_files(dir.path()).len(), 1, "the old files are gone");

    writer.delete(&(0..4).chain(6..8).collect::<Vec<_>>()).unwrap();
    assert_eq!(writer.compact(&gentle(100), None).unwrap(), nothing, "a fifth is not too much");
    writer.delete(&[8]).unwrap();
    let report = writer.compact(&gentle(100), None).unwrap();
    assert_eq!(report, CompactReport { merged: 1, written: 1, copied: 23, dropped: 7 });
    let left = before.into_iter().filter(|(id, _)| *id > 8).collect();
    assert_eq!(bits(&writer.reader()), left);
    drop(writer);
    assert_eq!(bits(&read(dir.path())), left);

    let mut writer = write(dir.path(), &options(DIM, 1, 1000));
    writer.delete(&(0..100).collect::<Vec<_>>()).unwrap();
    let report = writer.compact(&gentle(100), None).unwrap();
    assert_eq!(report, CompactReport { merged: 1, written: 0, copied: 0, dropped: 23 });
    assert_eq!((segment_files(dir.path()).len(), writer.reader().stats().segments), (0, 0));
}

#[test]
fn full_leaves_segments_of_the_size_asked_for_and_no_dead_row() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[30, 7, 40, 1, 90]);
    writer.append(&[200, 3], &rows(&[200, 3], 2, DIM)).unwrap();
    writer.delete(&[160, 41]).unwrap();
    let before = (bits(&writer.reader()), answers(&writer.reader()));
    writer.compact(&full(50), None).unwrap();
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.rows, stats.live), (4, 167, 167));
    assert_eq!((stats.deleted, stats.log_rows, stats.log_records), (0, 0, 0));
    assert_eq!((bits(&writer.reader()), answers(&writer.reader())), before);
    assert_eq!(writer.compact(&full(50), None).unwrap(), CompactReport::default());
    writer.compact(&full(1000), None).unwrap();
    assert_eq!(writer.reader().stats().segments, 1);
    assert_eq!((bits(&writer.reader()), answers(&writer.reader())), before);
    assert_eq!(unnamed(dir.path()), [""; 0]);
    contents(dir.path()); // Compares every checksum.
}

#[test]
fn full_leaves_no_file_that_only_the_commit_before_names_though_nothing_is_merged() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(DIM, 1, 1000));
    let ids: Vec<u64> = (0..100).collect();
    writer.append(&ids, &rows(&ids, 1, DIM)).unwrap();
    let earlier = read(dir.path());
    let before = bits(&earlier);
    let log = files_ending(dir.path(), ".wal");
    assert_eq!((log.len(), segment_files(dir.path()).len()), (1, 0));
    // The log becomes a segment; the commit before names the log.
    assert_eq!(writer.compact(&full(1000), None).unwrap(), CompactReport::default());
    assert_eq!((files_ending(dir.path(), ".wal").len(), segment_files(dir.path()).len()), (1, 1));
    assert_ne!(files_ending(dir.path(), ".wal"), log);
    assert_eq!(unnamed(dir.path()), [""; 0]);
    // Two commits are there, and a reader from before goes on with what it has mapped.
    assert_eq!(files_ending(dir.path(), ".json").len(), 2);
    assert_eq!((bits(&earlier), bits(&read(dir.path()))), (before.clone(), before.clone()));

    let files_now = files(dir.path());
    assert_eq!(writer.compact(&full(1000), None).unwrap(), CompactReport::default());
    assert_eq!(files(dir.path()), files_now, "nothing to do is no commit");
    drop(writer);
    let mut writer = write(dir.path(), &options(DIM, 1, 1000));
    assert_eq!(writer.compact(&full(1000), None).unwrap(), CompactReport::default());
    assert_eq!((files(dir.path()), bits(&writer.reader())), (files_now, before));
    contents(dir.path());
}

#[test]
fn a_writer_goes_on_while_segments_are_merged() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[50, 50, 50]);
    let plan = writer.plan_compaction(&full(1000)).unwrap().unwrap();
    let built = thread::scope(|scope| {
        let building = scope.spawn(|| plan.build(None).unwrap());
        writer.delete(&[0, 1, 60]).unwrap();
        writer.seal().unwrap();
        let ids: Vec<u64> = (140..160).collect();
        writer.append(&ids, &rows(&ids, 2, DIM)).unwrap();
        writer.seal().unwrap();
        writer.append(&[60, 70, 300], &rows(&[60, 70, 300], 3, DIM)).unwrap();
        writer.delete(&[71, 150]).unwrap();
        building.join().unwrap()
    });
    let before = (bits(&writer.reader()), answers(&writer.reader()));
    let report = writer.install(built).unwrap();
    assert_eq!(report, CompactReport { merged: 3, written: 1, copied: 150, dropped: 0 });
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.log_records), (2, 2), "the log is as it was");
    // 0, 1, 60, 70, 71 and the ten from 140 on are dead in the merged segment, 150 in the next.
    assert_eq!((stats.rows, stats.deleted), (150 + 20 + 3, 15 + 1));
    assert_eq!((bits(&writer.reader()), answers(&writer.reader())), before);
    assert_eq!((bits(&read(dir.path())), answers(&read(dir.path()))), before);
    contents(dir.path());
    drop(writer);
    let mut writer = write(dir.path(), &options(DIM, 1, 1000));
    assert_eq!((bits(&writer.reader()), answers(&writer.reader())), before);
    writer.append(&[301], &rows(&[301], 1, DIM)).unwrap();
    writer.compact(&full(1000), None).unwrap();
    assert_eq!(writer.reader().stats().deleted, 0);
    assert_eq!(unnamed(dir.path()), [""; 0]);
}

#[test]
fn of_two_compactions_of_the_same_segments_the_second_is_refused() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[5, 5]);
    let mut plan = || writer.plan_compaction(&full(100)).unwrap().unwrap();
    let (first, second, third) = (plan(), plan(), plan());
    let (first, second) = (first.build(None).unwrap(), second.build(None).unwrap());
    writer.install(first).unwrap();
    let before = (files(dir.path()), bits(&writer.reader()));
    for late in [second, third.build(None).unwrap()] {
        let error = writer.install(late).unwrap_err();
        assert_eq!(error.code(), "STORE_COMPACTION_OUTDATED");
        assert!(error.to_string().contains("Plan it again"), "{error}");
    }
    assert_eq!(unnamed(dir.path()), [""; 0]);
    assert_eq!(bits(&writer.reader()), before.1);
}

#[test]
fn what_resharding_or_another_writer_overtakes_is_refused() {
    let (dir, other) = (scratch(), scratch());
    let mut writer = with_segments(dir.path(), &[5, 5]);
    let built = writer.plan_compaction(&full(100)).unwrap().unwrap().build(None).unwrap();
    writer.reshard(2, None).unwrap();
    assert_eq!(writer.install(built).unwrap_err().code(), "STORE_COMPACTION_OUTDATED");

    let mut second = with_segments(other.path(), &[5, 5]);
    let built = second.plan_compaction(&full(100)).unwrap().unwrap().build(None).unwrap();
    assert_eq!(writer.install(built).unwrap_err().code(), "STORE_COMPACTION_OUTDATED");

    let built = second.plan_compaction(&full(100)).unwrap().unwrap().build(None).unwrap();
    let elsewhere = other.path().with_extension("elsewhere");
    second.move_shard(0, &elsewhere, None).unwrap();
    assert_eq!(second.install(built).unwrap_err().code(), "STORE_COMPACTION_OUTDATED");
    for dir in [dir.path(), other.path()] {
        assert!(!unnamed(dir).iter().any(|file| file.ends_with(".vec")), "{:?}", unnamed(dir));
    }
    fs::remove_dir_all(elsewhere).unwrap();
}

#[test]
fn what_is_not_installed_leaves_nothing_and_keeps_other_writers_out_meanwhile() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[5, 5]);
    let before = files(dir.path());
    drop(writer.plan_compaction(&full(100)).unwrap());
    let built = writer.plan_compaction(&full(100)).unwrap().unwrap().build(None).unwrap();
    assert_eq!(unnamed(dir.path()).len(), 1);
    drop(writer);
    let error = Writer::open(dir.path(), &options(DIM, 1, 10)).unwrap_err();
    assert_eq!(error.code(), "STORE_LOCKED");
    drop(built);
    assert_eq!(files(dir.path()), before);
    write(dir.path(), &options(DIM, 1, 10));
}

#[test]
fn no_rows_per_segment_are_refused() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[5]);
    assert_eq!(writer.compact(&full(0), None).unwrap_err().code(), "STORE_INVALID_OPTIONS");
}

#[test]
fn stopped_half_way_it_leaves_no_file() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[400; 10]);
    let cancel = Cancel::new();
    cancel.cancel();
    let before = (files(dir.path()), bits(&writer.reader()));
    let error = writer.compact(&full(10_000), Some(&cancel)).unwrap_err();
    assert_eq!(error.code(), "CANCELLED");
    assert_eq!((files(dir.path()), bits(&writer.reader())), before);

    // As soon as a file of the new segments is there; whoever is too slow, on a busy machine mostly, tries again.
    let stopped = (0..2000).any(|_| {
        let plan = writer.plan_compaction(&full(4001)).unwrap().unwrap();
        let (cancel, done) = (Cancel::new(), AtomicBool::new(false));
        let result = thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) && unnamed(dir.path()).is_empty() {
                    thread::yield_now();
                }
                cancel.cancel();
            });
            let result = plan.build(Some(&cancel));
            done.store(true, Ordering::Relaxed);
            result
        });
        let stopped = result.is_err_and(|error| matches!(error, StoreError::Cancelled));
        assert_eq!(files(dir.path()), before.0);
        stopped
    });
    assert!(stopped);
    assert_eq!(bits(&writer.reader()), before.1);
    writer.compact(&full(10_000), Some(&Cancel::new())).unwrap();
    assert_eq!(bits(&writer.reader()), before.1);
}

#[test]
fn readers_keep_what_they_opened_while_its_files_go() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[50, 50, 50]);
    writer.append(&[7, 999], &rows(&[7, 999], 2, DIM)).unwrap();
    let reader = read(dir.path());
    let before = (bits(&reader), answers(&reader));
    let old = segment_files(dir.path());
    writer.compact(&full(60), None).unwrap();
    assert!(segment_files(dir.path()).iter().all(|file| !old.contains(file)));
    writer.delete(&(0..100).collect::<Vec<_>>()).unwrap();
    writer.compact(&full(60), None).unwrap();
    assert_eq!((bits(&reader), answers(&reader)), before);
    assert!(reader.refresh().unwrap());
    assert_eq!(bits(&reader), bits(&writer.reader()));
    assert_eq!(reader.ids().len(), 51);
}

#[test]
fn readers_open_at_any_moment_of_a_compaction() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[20; 5]);
    let before = (bits(&writer.reader()), answers(&writer.reader()));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut opened = 0;
            let reader = read(dir.path());
            while !done.load(Ordering::Relaxed) {
                let fresh = read(dir.path());
                assert_eq!((fresh.warnings(), fresh.stats().missing_shards), (vec![], vec![]));
                assert_eq!((bits(&fresh), answers(&fresh)), before);
                reader.refresh().unwrap();
                assert_eq!((bits(&reader), answers(&reader)), before);
                opened += 1;
            }
            opened
        });
        for round in 0..60 {
            writer.compact(&full(10 + round), None).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reading.join().unwrap() > 0);
    });
}

#[test]
fn damage_is_copied_as_it_is() {
    let dir = scratch();
    drop(with_segments(dir.path(), &[5, 5]));
    let path = dir.path().join(&segment_files(dir.path())[0]);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1; // In the low plane of the last row.
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut writer = write(dir.path(), &options(DIM, 1, 1000));
    writer.compact(&full(100), None).unwrap();
    let dir = dir.path().to_owned();
    assert!(std::panic::catch_unwind(move || contents(&dir)).is_err(), "a checksum is wrong");
}

#[cfg(unix)]
#[test]
fn a_compacted_store_takes_hardly_more_room_than_its_vectors() {
    use std::os::unix::fs::MetadataExt;

    const WIDE: usize = 512;
    let dir = scratch();
    let mut writer = write(dir.path(), &options(WIDE, 1, 4500));
    for part in 0..5 {
        let ids: Vec<u64> = (part * 4000..part * 4000 + 4500).collect();
        writer.append(&ids, &rows(&ids, part, WIDE)).unwrap();
    }
    writer.delete(&(0..20_500).step_by(4).collect::<Vec<_>>()).unwrap();
    writer.compact(&full(CompactOptions::DEFAULT_TARGET_ROWS), None).unwrap();
    let stats = writer.reader().stats();
    assert_eq!((stats.segments, stats.live, stats.rows, stats.deleted), (1, 15_375, 15_375, 0));
    let size = |file: &String| fs::metadata(dir.path().join(file)).unwrap().blocks() * 512;
    let bytes: u64 = files(dir.path()).iter().map(size).sum();
    let least = stats.live * (2 * WIDE as u64 + 8 + 12);
    println!("{} bytes on disk per row", bytes.div_ceil(stats.live));
    assert!(bytes * 100 <= least * 102, "{bytes} bytes on disk for {least}");
}

/// Lets each system call of a compaction fail in turn.
#[cfg(feature = "faults")]
#[test]
fn whatever_call_fails_the_store_stays_whole() {
    use clipfind_store::faults;

    let original = scratch();
    let mut writer = with_segments(original.path(), &[20, 20, 20]);
    writer.append(&[7, 999], &rows(&[7, 999], 2, DIM)).unwrap();
    writer.delete(&[8, 30]).unwrap();
    drop(writer);
    let before = bits(&read(original.path()));
    let mut calls = 0;
    loop {
        let dir = scratch();
        crate::support::copy(original.path(), dir.path(), |_| true);
        let mut writer = write(dir.path(), &options(DIM, 1, 1000));
        faults::arm(calls, std::io::ErrorKind::StorageFull, false);
        let result = writer.compact(&full(25), None);
        let failed = faults::disarm();
        assert_eq!(bits(&writer.reader()), before, "{failed:?}");
        if let Err(error) = &result {
            assert_eq!(error.code(), "STORE_DISK_FULL");
        }
        assert_eq!(failed.is_some(), result.is_err(), "{failed:?}");
        // Again, if it can; if not, opening it again helps.
        if let Err(error) = writer.compact(&full(25), None) {
            assert_eq!(error.code(), "STORE_WRITER_FAILED");
            drop(writer);
            writer = write(dir.path(), &options(DIM, 1, 1000));
            writer.compact(&full(25), None).unwrap();
        }
        assert_eq!(bits(&writer.reader()), before, "{failed:?}");
        drop(writer);
        drop(write(dir.path(), &options(DIM, 1, 1000)));
        assert_eq!(unnamed(dir.path()), [""; 0]);
        assert_eq!(bits(&read(dir.path())), before, "{failed:?}");
        if failed.is_none() {
            break;
        }
        calls += 1;
    }
    assert!(calls > 20, "only {calls} calls");
}

#[test]
fn a_compacted_store_takes_appends_and_holds_them() {
    let dir = scratch();
    let mut writer = with_segments(dir.path(), &[3, 3]);
    writer.compact(&full(100), None).unwrap();
    writer.append(&[1, 9], &rows(&[1, 9], 2, DIM)).unwrap();
    drop(writer);
    let expected = [(0, 1), (1, 2), (2, 1), (3, 1), (4, 1), (5, 1), (9, 2)];
    assert_holds(&read(dir.path()), &expected);
}

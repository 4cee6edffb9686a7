//! Readers and a writer at the same time: nobody sees half a commit.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clipfind_store::{Reader, SearchOptions};

use crate::support::{assert_close, options, read, rows, scratch, write};

const DIM: usize = 3;
const BATCH: u64 = 7;
const COMMITS: u64 = 150;

/// Each commit appends one batch, and every third replaces the whole first batch; whatever a
/// reader sees must be whole batches, no fewer than it saw before.
fn watch(reader: &Reader, mut seen: usize) -> usize {
    let ids = reader.ids();
    assert_eq!(ids, (0..ids.len() as u64).collect::<Vec<_>>());
    assert_eq!(ids.len() % usize::try_from(BATCH).unwrap(), 0, "half a commit");
    assert!(ids.len() >= seen, "a commit was lost");
    seen = ids.len();
    assert_eq!(reader.warnings(), [""; 0]);
    // All of batch 0 has one version, which is the first component's offset.
    if seen > 0 {
        let versions = (0..BATCH).map(|id| reader.vector(id).map(|vector| vector[0]));
        let plain = rows(&(0..BATCH).collect::<Vec<_>>(), 0, DIM);
        let offsets: Vec<Option<f32>> = versions
            .zip(plain.chunks_exact(DIM))
            .map(|(found, plain)| found.map(|found| (found - plain[0]).round()))
            .collect();
        assert!(offsets[0].is_some() && offsets.iter().all(|it| *it == offsets[0]), "{offsets:?}");
    }
    seen
}

/// The rows of batch 0 with this offset in the first component.
fn first_batch(offset: f32) -> Vec<f32> {
    let mut rows = rows(&(0..BATCH).collect::<Vec<_>>(), 0, DIM);
    rows.iter_mut().step_by(DIM).for_each(|component| *component += offset);
    rows
}

fn open_again_and_again(dir: &Path, stop: &AtomicBool) -> usize {
    let mut seen = 0;
    while !stop.load(Ordering::Relaxed) {
        // A snapshot of its own for each look: two calls on a moving reader may differ.
        seen = watch(&read(dir), seen);
    }
    seen
}

fn refresh_again_and_again(dir: &Path, stop: &AtomicBool) -> usize {
    let reader = read(dir);
    let mut seen = 0;
    while !stop.load(Ordering::Relaxed) {
        seen = watch(&reader, seen);
        reader.refresh().unwrap();
        reader.search(&[1.0; DIM], 5, SearchOptions::default()).unwrap();
    }
    seen
}

#[test]
fn readers_never_see_half_a_commit() {
    let dir = scratch();
    let path = dir.path();
    let mut writer = write(path, &options(DIM, 3, 16));
    let live = writer.reader();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let openers: Vec<_> =
            (0..2).map(|_| scope.spawn(|| open_again_and_again(path, &stop))).collect();
        let refresher = scope.spawn(|| refresh_again_and_again(path, &stop));
        let searcher = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                live.search(&[1.0; DIM], 1000, SearchOptions::default()).unwrap();
            }
        });
        let mut offset = 0.0;
        for commit in 0..COMMITS {
            let ids: Vec<u64> = (commit * BATCH..(commit + 1) * BATCH).collect();
            writer.append(&ids, &rows(&ids, 0, DIM)).unwrap();
            if commit % 3 == 0 {
                offset += 1.0;
                let ids: Vec<u64> = (0..BATCH).collect();
                assert_eq!(writer.append(&ids, &first_batch(offset)).unwrap().replaced, 7);
            }
        }
        stop.store(true, Ordering::Relaxed);
        for watcher in openers.into_iter().chain([refresher]) {
            watcher.join().unwrap();
        }
        searcher.join().unwrap();
    });
    assert_eq!(live.ids().len() as u64, COMMITS * BATCH);
    assert_eq!(watch(&read(path), 0) as u64, COMMITS * BATCH);
}

#[test]
fn a_reader_shows_its_commit_until_it_is_refreshed() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(DIM, 2, 4));
    writer.append(&[1, 2, 3], &rows(&[1, 2, 3], 1, DIM)).unwrap();
    let (old, copy) = (read(dir.path()), writer.reader());
    let before = old.search(&[1.0; DIM], 9, SearchOptions::default()).unwrap().hits;
    for id in 4..30 {
        writer.append(&[id], &rows(&[id], 1, DIM)).unwrap();
        writer.delete(&[id - 2]).unwrap();
    }
    assert_eq!(old.search(&[1.0; DIM], 9, SearchOptions::default()).unwrap().hits, before);
    assert_eq!(old.ids(), [1, 2, 3]);
    assert_eq!(copy.ids(), [1, 28, 29], "the writer's own reader moves by itself");
    assert!(old.refresh().unwrap());
    assert!(!old.refresh().unwrap());
    assert_eq!(old.ids(), [1, 28, 29]);
}

#[test]
fn a_store_made_anew_at_the_same_place_is_noticed() {
    let dir = scratch();
    let path = dir.path().join("store");
    let make = |version| {
        let mut writer = write(&path, &options(DIM, 1, 4));
        writer.append(&[1, 2], &rows(&[1, 2], version, DIM)).unwrap();
    };
    make(1);
    let reader = read(&path);
    std::fs::remove_dir_all(&path).unwrap();
    assert_eq!(reader.refresh().unwrap_err().code(), "STORE_NOT_FOUND");
    make(2);
    assert!(reader.refresh().unwrap());
    assert_close(&reader.vector(1).unwrap(), &rows(&[1], 2, DIM));
}

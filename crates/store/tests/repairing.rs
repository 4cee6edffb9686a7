//! What repair saves of a damaged store.

use std::fs;
use std::path::{Path, PathBuf};

use clipfind_store::{CompactOptions, Damage, Repair};
use proptest::prelude::*;

use crate::damage::{
    DIM, HELD, MANIFEST_BEFORE, NEWEST_MANIFEST, assert_clean, assert_flips_are_caught, choice,
    contents, go_on_with, live_with, named, newest_log, repaired, scrambled, spoilt, store,
    verified,
};
use crate::garbage::for_all;
use crate::support::{assert_holds, copy, files, read, rows, scratch, write};

/// Flips one bit in a file of a copy of a store and asserts that repair loses at most `rows` rows.
fn assert_survives_flip(original: &Path, file: &str, at: usize, rows: usize) {
    let dir = spoilt(original, file, |bytes| bytes[at] ^= 1 << (at % 8));
    let before = contents(&read(original));
    let (repair, after) = live_with(dir.path()).expect("one flip can be repaired");
    let lost = before.iter().filter(|(id, it)| after.get(id) != Some(it)).count();
    assert!(lost <= rows, "{file}, byte {at}: {:?}", repair.lost);
    assert!(lost == 0 || !repair.lost.is_empty(), "{file}, byte {at}: lost without a word");
}

/// Where the rows of a segment or record lie behind a header: how many bytes each section has per
/// row, and at which offset it begins.
fn sections(rows: usize, start: usize) -> Vec<(usize, usize)> {
    let mut at = start;
    let mut sections = Vec::new();
    for width in [8, 8, 4, DIM, DIM] {
        sections.push((at, width));
        at = (at + rows * width).next_multiple_of(64);
    }
    sections
}

/// How many rows a byte is part of: one or none.
fn rows_hit(sections: &[(usize, usize)], rows: usize, at: usize) -> usize {
    usize::from(sections.iter().any(|(start, width)| (*start..start + rows * width).contains(&at)))
}

#[test]
fn a_thousand_random_flips_in_segments_are_caught_and_cost_at_most_the_row_they_hit() {
    let dir = store();
    let segments = named(dir.path(), ".vec");
    for flip in 0..1000 {
        let file = &segments[scrambled(flip) % segments.len()];
        let bytes = fs::read(dir.path().join(file)).unwrap();
        // The header, which is mostly empty, is hit less often than it is large.
        let from = if flip % 10 == 0 { 0 } else { 4096 };
        let at = from + scrambled(flip + 1000) % (bytes.len() - from);
        assert_flips_are_caught(dir.path(), file, std::iter::once(at));
        let count = u32::from_le_bytes(bytes[32..36].try_into().unwrap()) as usize;
        assert_survives_flip(dir.path(), file, at, rows_hit(&sections(count, 4096), count, at));
    }
}

#[test]
fn a_flip_in_a_log_costs_at_most_the_row_it_hits() {
    let dir = store();
    let log = newest_log(dir.path());
    let bytes = fs::read(dir.path().join(&log)).unwrap();
    for at in (0..4096).step_by(101) {
        assert_survives_flip(dir.path(), &log, at, 0);
    }
    let mut record = 4096;
    while record < bytes.len() {
        let number = |at: usize| u32::from_le_bytes(bytes[record + at..][..4].try_into().unwrap());
        let (len, kind, count) = (number(24) as usize, number(32), number(36) as usize);
        for at in (record..record + len).filter(|at| at - record < 64 || at % 3 == 0) {
            let sections = if kind == 1 { sections(count, record + 64) } else { vec![] };
            assert_survives_flip(dir.path(), &log, at, rows_hit(&sections, count, at));
        }
        record += len;
    }
    assert_eq!(record, bytes.len());
}

#[test]
fn a_flip_in_a_manifest_costs_nothing() {
    let dir = store();
    for file in [NEWEST_MANIFEST, MANIFEST_BEFORE] {
        let len = fs::metadata(dir.path().join(file)).unwrap().len();
        for at in (0..usize::try_from(len).unwrap()).step_by(7) {
            assert_survives_flip(dir.path(), file, at, 0);
        }
    }
}

#[test]
fn without_tombstones_what_was_replaced_stays_dead_and_what_was_deleted_is_back() {
    let original = store();
    for file in named(original.path(), ".del-") {
        let len = fs::metadata(original.path().join(&file)).unwrap().len();
        let bytes = usize::try_from(len).unwrap();
        for at in [0, 8, 20, 40, bytes - 1] {
            assert_survives_flip(original.path(), &file, at, 0);
        }
        let dir = spoilt(original.path(), &file, Vec::clear);
        let damage = verified(dir.path()).damage;
        assert_eq!(damage.len(), 1, "{damage:?}");
        assert_eq!(damage[0].path, dir.path().join(&file));
        fs::remove_file(dir.path().join(&file)).unwrap();
        assert!(verified(dir.path()).damage[0].to_string().ends_with(": it is missing"));
        let repair = repaired(dir.path());
        assert!(repair.lost[0].what.contains("may be back"), "{:?}", repair.lost);
        assert!(repair.renamed.is_empty());
        // Ids 2 and 5 were replaced, 3 was deleted.
        let mut held = HELD.to_vec();
        if file.starts_with("shard-001") {
            held.insert(2, (3, 1));
        }
        assert_holds(&read(dir.path()), &held);
        assert_clean(dir.path());
    }
}

#[test]
fn a_damaged_row_is_named_with_its_file_and_number_and_the_others_stay() {
    let original = store();
    let file = &named(original.path(), ".vec")[2]; // The first of shard 1.
    let dir = spoilt(original.path(), file, |bytes| bytes[4096 + 3 * 64 + 64 + 5] ^= 1);
    let path = dir.path().join(file);
    let what = "its checksum is wrong".to_owned();
    let damage = Damage { path: path.clone(), row: Some(1), what };
    assert_eq!(verified(dir.path()).damage, std::slice::from_ref(&damage));
    let named = format!("{}, row 1: its checksum is wrong", path.display());
    assert_eq!(damage.to_string(), named);

    // Row 1 is id 3, which is deleted anyway.
    let repair = repaired(dir.path());
    let aside = PathBuf::from(format!("{}.damaged", path.display()));
    assert_eq!(repair, Repair { kept: 13, lost: vec![], renamed: vec![aside.clone()] });
    assert_holds(&read(dir.path()), &HELD);
    assert!(!path.exists() && aside.exists());
    assert_clean(dir.path());
    assert_eq!(repaired(dir.path()), Repair { kept: 13, lost: vec![], renamed: vec![] });

    // Row 0 is id 1.
    let dir = spoilt(original.path(), file, |bytes| bytes[4096 + 3 * 64 + 5] ^= 1);
    let repair = repaired(dir.path());
    assert_eq!(repair.lost, [Damage { path: dir.path().join(file), row: Some(0), ..damage }]);
    assert_holds(&read(dir.path()), &HELD[1..]);
}

#[test]
fn a_missing_segment_costs_its_rows_alone() {
    let original = store();
    for file in named(original.path(), ".vec") {
        let dir = scratch();
        copy(original.path(), dir.path(), |it| it != file);
        let damage = verified(dir.path()).damage;
        assert_eq!(damage.len(), 1, "{damage:?}");
        assert_eq!(
            damage[0],
            Damage { path: dir.path().join(&file), row: None, what: "it is missing".to_owned() }
        );
        let rows = fs::read(original.path().join(&file)).unwrap()[32];
        let (repair, held) = live_with(dir.path()).unwrap();
        assert!(repair.renamed.is_empty());
        assert_eq!(repair.lost.len(), 1, "{repair:?}");
        let before = contents(&read(original.path()));
        assert!(held.iter().all(|(id, it)| before.get(id) == Some(it)));
        assert!(held.len() + usize::from(rows) >= before.len());
    }
}

#[test]
fn a_missing_log_costs_what_was_in_it_alone() {
    let original = store();
    let log = newest_log(original.path());
    let dir = scratch();
    copy(original.path(), dir.path(), |it| it != log);
    assert!(verified(dir.path()).damage[0].to_string().ends_with(": it is missing"));
    let repair = repaired(dir.path());
    assert!(repair.lost[0].what.contains("appended and deleted since is lost"), "{repair:?}");
    let sealed = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let version = |id| if id == 2 || id == 5 { 2 } else { 1 };
    assert_holds(&read(dir.path()), &sealed.map(|id| (id, version(id))));
    assert_clean(dir.path());
}

#[test]
fn a_damaged_header_costs_nothing() {
    let original = store();
    let log = newest_log(original.path());
    for file in named(original.path(), ".vec").iter().chain([&log]) {
        let dir = spoilt(original.path(), file, |bytes| bytes[..4096].fill(0xEE));
        assert!(!verified(dir.path()).damage.is_empty());
        let repair = repaired(dir.path());
        assert_eq!((repair.kept, repair.lost), (13, vec![]), "{file}");
        assert_holds(&read(dir.path()), &HELD);
        assert_clean(dir.path());
    }
}

#[test]
fn without_any_manifest_a_store_is_put_together_from_its_files() {
    let original = store();
    for garbled in [false, true] {
        let dir = scratch();
        copy(original.path(), dir.path(), |it| garbled || !it.starts_with("manifest"));
        if garbled {
            for file in named(dir.path(), "manifest") {
                fs::write(dir.path().join(file), "garbled").unwrap();
            }
        }
        let damage = verified(dir.path()).damage;
        assert_eq!(damage.len(), if garbled { 2 } else { 1 }, "{damage:?}");
        let repair = repaired(dir.path());
        assert_eq!(repair.kept, 13);
        assert!(repair.lost[0].what.contains("put together from 4 segment(s)"), "{repair:?}");
        assert_eq!(repair.renamed.len(), if garbled { 2 } else { 0 });
        assert_holds(&read(dir.path()), &HELD);
        assert_eq!(read(dir.path()).stats().shards, 2);
        assert_clean(dir.path());
        assert_eq!(repaired(dir.path()), Repair { kept: 13, lost: vec![], renamed: vec![] });
    }
    // Even if the header of a segment is damaged too.
    let file = &named(original.path(), ".vec")[1];
    let dir = spoilt(original.path(), file, |bytes| bytes[..4096].fill(0));
    for file in named(dir.path(), "manifest") {
        fs::remove_file(dir.path().join(file)).unwrap();
    }
    assert_eq!(repaired(dir.path()).kept, 13);
    assert_holds(&read(dir.path()), &HELD);
}

#[test]
fn rows_that_only_a_damaged_manifest_names_are_found() {
    let dir = store();
    let mut writer = write(dir.path(), &choice());
    // Does not fit into the log: goes into segments at once, and then something into the new log.
    let ids = [1, 7, 30, 31, 32, 33, 34];
    writer.append(&ids, &rows(&ids, 3, DIM)).unwrap();
    writer.append(&[31, 40], &rows(&[31, 40], 4, DIM)).unwrap();
    writer.delete(&[32, 9]).unwrap();
    drop(writer);
    let before = contents(&read(dir.path()));
    let newest = named(dir.path(), "manifest").pop().unwrap();
    fs::write(dir.path().join(&newest), "garbled").unwrap();
    let repair = repaired(dir.path());
    assert!(repair.lost[0].what.contains("was put together"), "{repair:?}");
    assert_eq!(contents(&read(dir.path())), before);
    assert_clean(dir.path());
}

#[test]
fn what_compaction_and_resharding_wrote_is_found_without_a_manifest_as_well() {
    let original = store();
    let mut writer = write(original.path(), &choice());
    writer.compact(&CompactOptions::default(), None).unwrap();
    writer.append(&[1, 50], &rows(&[1, 50], 5, DIM)).unwrap();
    writer.reshard(3, None).unwrap();
    writer.delete(&[10, 50]).unwrap();
    drop(writer);
    let before = contents(&read(original.path()));
    for all in [false, true] {
        let dir = scratch();
        copy(original.path(), dir.path(), |_| true);
        let manifests = named(dir.path(), "manifest");
        for file in &manifests[if all { 0 } else { manifests.len() - 1 }..] {
            fs::write(dir.path().join(file), "garbled").unwrap();
        }
        let repair = repaired(dir.path());
        let after = contents(&read(dir.path()));
        assert!(after.keys().eq(before.keys()), "{:?}: {repair:?}", after.keys());
        assert_eq!(after, before);
        assert_clean(dir.path());
    }
}

#[test]
fn damaged_files_never_take_the_place_of_others_set_aside_before() {
    let dir = store();
    let log = newest_log(dir.path());
    fs::write(dir.path().join(format!("{log}.damaged")), "from an earlier repair").unwrap();
    fs::write(dir.path().join(&log), "garbled").unwrap();
    let aside = dir.path().join(format!("{log}.damaged-2"));
    assert_eq!(repaired(dir.path()).renamed, [aside]);
    let earlier = fs::read_to_string(dir.path().join(format!("{log}.damaged"))).unwrap();
    assert_eq!(earlier, "from an earlier repair");
}

#[test]
fn whatever_is_cut_off_a_file_is_noticed_and_the_rest_is_saved() {
    let original = store();
    for file in files(original.path()).into_iter().filter(|file| file != "LOCK") {
        let len =
            usize::try_from(fs::metadata(original.path().join(&file)).unwrap().len()).unwrap();
        let mut lengths = vec![0, 1, 7, 43, 63, 64, 4095, 4096, 4097, 4160, 4160 + 63, len / 2];
        lengths.extend([len.saturating_sub(DIM), len - 1]);
        lengths.retain(|at| *at < len);
        for at in lengths {
            let dir = spoilt(original.path(), &file, |bytes| bytes.truncate(at));
            let before = verified(dir.path());
            let is_log = file.ends_with(".wal");
            let is_old = is_log && file != newest_log(original.path());
            // A log that ends early is what an interrupted append leaves.
            assert!(
                is_old || !before.damage.is_empty() || is_log && at >= 4096,
                "{file} cut to {at}: {before:?}"
            );
            let saved = live_with(dir.path()).expect("the rest is saved");
            go_on_with(dir.path(), &saved);
            let (repair, held) = saved;
            if file.starts_with("manifest") {
                assert_eq!(held, contents(&read(original.path())), "{file} cut to {at}");
            }
            if file.ends_with(".vec") && at + DIM >= len {
                assert!(held.len() >= HELD.len() - 1, "{file} cut to {at}: {repair:?}");
            }
        }
    }
}

#[test]
fn after_any_history_lost_manifests_and_tombstones_cost_no_row() {
    let step = (prop::collection::btree_set(0_u64..40, 1..12), 0_usize..11);
    let steps = prop::collection::vec(step, 1..25);
    let cases = (steps, any::<u64>(), any::<bool>());
    for_all(60, &cases, |(steps, lost, reshards)| {
        let dir = scratch();
        let mut writer = write(dir.path(), &choice());
        let mut merged = None;
        for (version, (ids, what)) in (0_u64..).zip(steps) {
            let ids: Vec<u64> = ids.into_iter().collect();
            match what {
                0 => drop(writer.delete(&ids).unwrap()),
                1 => writer.seal().unwrap(),
                2 => drop(writer.compact(&CompactOptions::default(), None).unwrap()),
                3 => match merged.take() {
                    None => {
                        let plan = writer.plan_compaction(&CompactOptions::default()).unwrap();
                        merged = plan.map(|plan| plan.build(None).unwrap());
                    }
                    // Fails if its segments are gone.
                    Some(built) => drop(writer.install(built)),
                },
                4 if reshards => writer.reshard([1, 2, 3][ids.len() % 3], None).unwrap(),
                _ => drop(writer.append(&ids, &rows(&ids, version, DIM)).unwrap()),
            }
        }
        drop((writer, merged));
        let before = contents(&read(dir.path()));
        let manifests = named(dir.path(), "manifest");
        let first = if lost % 2 == 0 { 0 } else { manifests.len() - 1 };
        for file in &manifests[first..] {
            fs::write(dir.path().join(file), "garbled").unwrap();
        }
        repaired(dir.path());
        let after = contents(&read(dir.path()));
        let added: Vec<_> = after.keys().filter(|id| !before.contains_key(id)).collect();
        let lost = before.iter().filter(|(id, it)| after.get(id) != Some(it)).map(|it| it.0);
        let lost: Vec<_> = lost.collect();
        assert!(lost.is_empty() && added.is_empty(), "lost {lost:?}, added {added:?}");
        assert_clean(dir.path());

        let tombstones = files(dir.path()).into_iter().filter(|file| file.contains(".del-"));
        for file in tombstones {
            fs::remove_file(dir.path().join(file)).unwrap();
        }
        repaired(dir.path());
        let after = contents(&read(dir.path()));
        assert!(before.iter().all(|(id, it)| after.get(id) == Some(it)));
        assert_clean(dir.path());
    });
}

/// Every call that changes the disk fails once, in turn.
#[cfg(feature = "faults")]
#[test]
fn a_repair_that_fails_half_way_leaves_the_store_as_it_was_or_repaired() {
    use std::io::ErrorKind;

    use clipfind_store::{faults, repair};

    let original = store();
    let spoils: [(String, usize); 3] = [
        (named(original.path(), ".vec")[2].clone(), 4096 + 3 * 64 + 5),
        (newest_log(original.path()), 4096 + 300),
        (NEWEST_MANIFEST.to_owned(), 100),
    ];
    for (file, at) in spoils {
        let spoil = || spoilt(original.path(), &file, |bytes| bytes[at] ^= 1);
        let whole = spoil();
        let damaged = fs::read(whole.path().join(&file)).unwrap();
        let kept = repaired(whole.path()).kept;
        let expected = contents(&read(whole.path()));
        for call in 0.. {
            let dir = spoil();
            let before = verified(dir.path());
            faults::arm(call, ErrorKind::Other, false);
            let result = repair(dir.path(), None);
            if faults::disarm().is_none() {
                assert!(call > 10, "only {call} calls");
                break;
            }
            assert!(result.is_err());
            let after = verified(dir.path());
            assert!(
                after.damage == before.damage || after.damage.is_empty(),
                "{file}, call {call}: {after:?}"
            );
            assert_eq!(repaired(dir.path()).kept, kept);
            assert_eq!(contents(&read(dir.path())), expected);
            assert_clean(dir.path());
            let still_there = files(dir.path()).into_iter().any(|name| {
                name.starts_with(&file) && fs::read(dir.path().join(name)).unwrap() == damaged
            });
            assert!(still_there, "{file}, call {call}");
        }
    }
}

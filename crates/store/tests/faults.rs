//! Every system call that changes the disk fails once, in turn: what was acknowledged stays, what was
//! not is there wholly or not at all, and the store goes on.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use clipfind_store::{CompactOptions, StoreError, Writer, faults};

use crate::document::contents;
use crate::support::{assert_close, options, read, rows, scratch, vector, write};

const DIM: usize = 3;

/// One thing to do to a store, and what it does to the versions of its rows.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u64>, u64),
    Delete(Vec<u64>),
    Seal,
    Compact,
    Reshard(u32),
}

impl Step {
    fn run(&self, writer: &mut Writer) -> Result<(), StoreError> {
        match self {
            Self::Append(ids, version) => writer.append(ids, &rows(ids, *version, DIM)).map(|_| ()),
            Self::Delete(ids) => writer.delete(ids).map(|_| ()),
            Self::Seal => writer.seal(),
            Self::Compact => {
                let all = CompactOptions { full: true, ..CompactOptions::default() };
                writer.compact(&all, None).map(|_| ())
            }
            Self::Reshard(shards) => writer.reshard(*shards, None),
        }
    }

    fn apply(&self, model: &mut BTreeMap<u64, u64>) {
        match self {
            Self::Append(ids, version) => model.extend(ids.iter().map(|id| (*id, *version))),
            Self::Delete(ids) => model.retain(|id, _| !ids.contains(id)),
            Self::Seal | Self::Compact | Self::Reshard(_) => {}
        }
    }
}

/// A life with everything in it: records, a full log, a batch too large for it, tombstones.
fn story() -> Vec<Step> {
    vec![
        Step::Append((1..=5).collect(), 1),
        Step::Append(vec![2, 6], 2),
        Step::Delete(vec![1]),
        Step::Append((7..=12).collect(), 3),
        Step::Delete(vec![3, 8]),
        Step::Seal,
        Step::Append(vec![2, 9, 13], 4),
        Step::Append((20..=40).collect(), 5),
        Step::Delete((20..=30).collect()),
        Step::Compact,
        Step::Append(vec![50], 6),
        Step::Reshard(3),
        Step::Delete(vec![50]),
        Step::Append(vec![51], 7),
    ]
}

fn holds(dir: &Path, model: &BTreeMap<u64, u64>) -> bool {
    let reader = read(dir);
    if reader.ids() != model.keys().copied().collect::<Vec<_>>() {
        return false;
    }
    let version_of = |id: u64, stored: &[f32]| {
        (0..9).find(|version| {
            let meant = vector(id, *version, DIM);
            stored.iter().zip(meant).all(|(a, b)| (a - b).abs() < 0.01)
        })
    };
    model
        .iter()
        .all(|(id, version)| version_of(*id, &reader.vector(*id).unwrap()) == Some(*version))
}

/// Lives through the story with call number `at` failing. Returns which call that was.
fn live(at: usize, kind: ErrorKind, lasting: bool) -> Option<&'static str> {
    let dir = scratch();
    let choice = options(DIM, 2, 10);
    let mut writer = write(dir.path(), &choice);
    let mut model = BTreeMap::new();
    let mut failed = None;
    faults::arm(at, kind, lasting);
    for step in story() {
        let Err(error) = step.run(&mut writer) else {
            step.apply(&mut model);
            continue;
        };
        let call = faults::disarm();
        assert!(call.is_some(), "{step:?} failed by itself: {error}");
        failed = failed.or(call);
        let expected = if kind == ErrorKind::StorageFull { "STORE_DISK_FULL" } else { "STORE_IO" };
        assert_eq!(error.code(), expected, "{step:?}");
        // Others see all of the step, or nothing.
        let mut after = model.clone();
        step.apply(&mut after);
        assert!(holds(dir.path(), &model) || holds(dir.path(), &after), "{step:?} at {call:?}");
        contents(dir.path()); // Compares every checksum.
        // The same writer tries again, unless it says that it must not; then another one does.
        if let Err(error) = step.run(&mut writer) {
            assert_eq!(error.code(), "STORE_WRITER_FAILED", "{step:?} after {call:?}: {error}");
            drop(writer);
            writer = Writer::open(
                dir.path(),
                &clipfind_store::Options { shards: None, ..choice.clone() },
            )
            .expect("the store opens again");
            step.run(&mut writer).expect("the step succeeds at last");
        }
        step.apply(&mut model);
    }
    let failed = failed.or(faults::disarm());
    drop(writer);
    assert!(holds(dir.path(), &model), "{failed:?}");
    contents(dir.path());
    let mut writer =
        Writer::open(dir.path(), &clipfind_store::Options { shards: None, ..choice }).unwrap();
    writer.append(&[99], &rows(&[99], 1, DIM)).unwrap();
    assert_close(&read(dir.path()).vector(99).unwrap(), &vector(99, 1, DIM));
    failed
}

#[test]
fn a_call_that_fails_once_costs_nothing_that_was_acknowledged() {
    let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
    for at in 0.. {
        let Some(call) = live(at, ErrorKind::Other, false) else { break };
        *calls.entry(call).or_default() += 1;
    }
    println!("{calls:?}");
    let names: Vec<&str> = calls.keys().copied().collect();
    assert_eq!(
        names,
        ["create", "create directory", "map", "rename", "sync", "sync directory", "write"]
    );
}

#[test]
fn a_disk_that_fills_up_at_any_moment_costs_nothing_that_was_acknowledged() {
    let mut rounds = 0;
    while live(rounds, ErrorKind::StorageFull, true).is_some() {
        rounds += 1;
    }
    assert!(rounds > 50, "only {rounds} calls");
}

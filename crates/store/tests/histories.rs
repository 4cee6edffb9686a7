//! Random histories of everything that can be done to a store, against a map.

use std::collections::BTreeMap;
use std::path::Path;

use clipfind_store::{CompactOptions, CompactReport, Options, Writer};
use proptest::prelude::*;

use crate::compacting::{answers, bits};
use crate::document::contents;
use crate::support::{options, read, rows, scratch, write};

const DIM: usize = 6;

/// One thing that may happen to a store.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u64>),
    Delete(Vec<u64>),
    Seal,
    Compact(CompactOptions),
    /// Steps while segments are merged; what is merged meanwhile may get in the way.
    Meanwhile(CompactOptions, Vec<Self>),
    Reshard(u32),
    /// A shard (modulo their number), and where to; 0 is the store's own directory.
    Move(u32, usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let ids = || prop::collection::btree_set(0_u64..60, 1..12);
    let choice = || {
        (1_u32..40, any::<bool>())
            .prop_map(|(target_rows, full)| CompactOptions { target_rows, full })
    };
    let simple = prop_oneof![
        4 => ids().prop_map(|ids| Step::Append(ids.into_iter().collect())),
        2 => ids().prop_map(|ids| Step::Delete(ids.into_iter().collect())),
        2 => Just(Step::Seal),
        2 => choice().prop_map(Step::Compact),
        1 => (1_u32..6).prop_map(Step::Reshard),
        1 => (0_u32..5, 0_usize..4).prop_map(|(shard, to)| Step::Move(shard, to)),
    ];
    let meanwhile = (choice(), prop::collection::vec(simple.clone(), 0..5))
        .prop_map(|(options, steps)| Step::Meanwhile(options, steps));
    prop_oneof![6 => simple, 1 => Just(Step::Reopen), 2 => meanwhile]
}

/// A store and what it should hold.
struct Run<'a> {
    dir: &'a Path,
    writer: Option<Writer>,
    model: BTreeMap<u64, Vec<u32>>,
    version: u64,
}

impl Run<'_> {
    fn take(&mut self, step: &Step) {
        let before = answers(&self.writer.as_ref().unwrap().reader());
        let writer = self.writer.as_mut().unwrap();
        match step {
            Step::Append(ids) => {
                self.version += 1;
                writer.append(ids, &rows(ids, self.version, DIM)).unwrap();
                let stored = bits(&writer.reader());
                self.model.extend(ids.iter().map(|id| (*id, stored[id].clone())));
            }
            Step::Delete(ids) => {
                let there = ids.iter().filter(|id| self.model.remove(id).is_some()).count();
                assert_eq!(writer.delete(ids).unwrap(), there);
            }
            Step::Seal => writer.seal().unwrap(),
            Step::Compact(options) => {
                writer.compact(options, None).unwrap();
                assert_eq!(writer.compact(options, None).unwrap(), CompactReport::default());
            }
            Step::Meanwhile(options, steps) => {
                let plan = writer.plan_compaction(options).unwrap();
                let (early, late) = steps.split_at(steps.len() / 2);
                for step in early {
                    self.take(step);
                }
                // Where a shard was before it was moved, nothing can be written.
                let built = plan.and_then(|plan| plan.build(None).ok());
                for step in late {
                    self.take(step);
                }
                let outcome = built.map(|built| self.writer.as_mut().unwrap().install(built));
                if let Some(Err(error)) = outcome {
                    assert_eq!(error.code(), "STORE_COMPACTION_OUTDATED", "{error}");
                }
            }
            Step::Reshard(shards) => writer.reshard(*shards, None).unwrap(),
            Step::Move(shard, to) => {
                let shard = shard % writer.reader().stats().shards;
                let to = match to {
                    0 => self.dir.join(format!("store/shard-{shard:03}")),
                    _ => self.dir.join(format!("{to}-{shard}")),
                };
                if let Err(error) = writer.move_shard(shard, to, None) {
                    // What is being merged may be there.
                    assert!(error.to_string().contains("it is not empty"), "{error}");
                }
            }
            Step::Reopen => {
                self.writer = None;
                let choice = Options { segment_rows: 20, ..Options::new(DIM) };
                self.writer = Some(write(&self.dir.join("store"), &choice));
            }
        }
        let reader = self.writer.as_ref().unwrap().reader();
        assert_eq!(bits(&reader), self.model, "after {step:?}");
        if !matches!(step, Step::Append(_) | Step::Delete(_) | Step::Meanwhile(..)) {
            assert_eq!(answers(&reader), before, "after {step:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn histories_end_as_they_should_whatever_is_merged_divided_and_moved(
        steps in prop::collection::vec(step(), 1..25),
        shards in 1_u32..4,
    ) {
        let scratch = scratch();
        let dir = scratch.path().join("store");
        let writer = write(&dir, &options(DIM, shards, 20));
        let mut run = Run {
            dir: scratch.path(),
            writer: Some(writer),
            model: BTreeMap::new(),
            version: 0,
        };
        let middle = steps.len() / 2;
        steps[..middle].iter().for_each(|step| run.take(step));
        let older = read(&dir);
        let (then, told) = (run.model.clone(), answers(&older));
        steps[middle..].iter().for_each(|step| run.take(step));
        prop_assert_eq!((bits(&older), answers(&older)), (then, told));

        let fresh = read(&dir);
        prop_assert_eq!(bits(&fresh), run.model.clone());
        prop_assert_eq!(answers(&fresh), answers(&run.writer.as_ref().unwrap().reader()));
        let stored: Vec<u64> = contents(&dir).into_keys().collect();
        prop_assert_eq!(stored, run.model.keys().copied().collect::<Vec<_>>());
        prop_assert!(older.refresh().is_ok());
        prop_assert_eq!(bits(&older), run.model);
    }
}

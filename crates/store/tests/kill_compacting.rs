//! kill -9 in the middle of compacting, resharding and moving.

use clipfind_store::CompactOptions;

use crate::killing::{By, Plan, Random, Step, Survivor, on_disk};
use crate::support::scratch;

pub(crate) static COMPACT: Plan = Plan {
    name: "compact",
    segment_rows: 140,
    step: |number, random| {
        changed_or(number, random, |random| {
            let target_rows = 60 + 60 * u32::try_from(random.below(8)).unwrap();
            Step::Compact(CompactOptions { target_rows, full: random.below(4) > 0 })
        })
    },
    aim: |step| matches!(step, Step::Compact(_)),
};

pub(crate) static RESHARD: Plan = Plan {
    name: "reshard",
    segment_rows: 140,
    step: |number, random| {
        changed_or(number, random, |random| {
            Step::Reshard(1 + u32::try_from(random.below(5)).unwrap())
        })
    },
    aim: |step| matches!(step, Step::Reshard(_)),
};

pub(crate) static MOVE: Plan = Plan {
    name: "move",
    segment_rows: 140,
    step: |number, random| {
        changed_or(number, random, |random| {
            Step::Move(u32::try_from(random.below(3)).unwrap(), random.below(4) == 0)
        })
    },
    aim: |step| matches!(step, Step::Move(..)),
};

/// Changes something, or with every odd number does something else.
fn changed_or(number: u64, random: &mut Random, other: impl Fn(&mut Random) -> Step) -> Step {
    match (number % 2, random.below(3)) {
        (1, _) => other(random),
        (_, 0) => Step::Delete(random.ids(1, 60)),
        (_, _) => Step::Append(random.ids(1, 60)),
    }
}

#[test]
fn compacting_survives_kill_9() {
    println!("{}", Survivor::new(&COMPACT, on_disk(), 2).survive(By::Kill, 32));
}

#[test]
fn resharding_survives_kill_9() {
    println!("{}", Survivor::new(&RESHARD, on_disk(), 3).survive(By::Kill, 32));
}

#[test]
fn moving_survives_kill_9() {
    println!("{}", Survivor::new(&MOVE, scratch(), 3).survive(By::Kill, 32));
}

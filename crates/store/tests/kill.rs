//! kill -9 in the middle of appending, deleting, sealing and committing.

use crate::killing::{By, Plan, Random, Step, Survivor, on_disk};
use crate::support::scratch;

pub(crate) static PLAN: Plan = Plan { name: "write", segment_rows: 400, step, aim: |_| true };

fn step(_: u64, random: &mut Random) -> Step {
    match random.below(100) {
        0..40 => Step::Append(random.ids(1, 40)),
        40..60 => Step::Append(random.ids(150, 500)), // Often fills the log.
        60..75 => Step::Delete(random.ids(1, 60)),
        75..88 => Step::Seal,
        88..96 => Step::Publish,
        _ => Step::Compact(crate::compacting::full(1000)),
    }
}

#[test]
fn writing_survives_kill_9() {
    println!("{}", Survivor::new(&PLAN, scratch(), 3).survive(By::Kill, 60));
}

#[test]
fn writing_to_a_disk_survives_kill_9() {
    let states = Survivor::new(&PLAN, on_disk(), 2).survive(By::Kill, 60);
    println!("{states}");
    // Usually eight; but nobody knows the disk.
    assert!(states.seen().len() > 2, "{states}");
}

#[cfg(unix)]
#[test]
fn writing_survives_a_kill_at_any_byte_of_a_file() {
    let states = Survivor::new(&PLAN, scratch(), 3).survive(By::Size, 40);
    println!("{states}");
    assert!(states.seen().contains(&"torn record"), "{states}");
}

#[test]
fn creating_a_store_survives_kill_9() {
    println!("{}", Survivor::survive_creation(&PLAN, 24));
}

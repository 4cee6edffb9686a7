//! kill -9 in the middle of compacting, resharding and moving: every acknowledged change is there,
//! no other is half there, and the next writer leaves no file behind.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clipfind_store::{CompactOptions, Options, Reader, Writer, verify};

use crate::compacting::unnamed;
use crate::support::{assert_holds, read, rows, scratch, vector, write};

/// Set in the child process: the directory to work in, the first change to make, and what to do
/// with the store in between.
const DIRECTORY: &str = "CLIPFIND_TEST_KILL_DIRECTORY";
const FIRST: &str = "CLIPFIND_TEST_KILL_FIRST";
const MODE: &str = "CLIPFIND_TEST_KILL_MODE";
const DIM: usize = 8;
/// Ids go from 0 to here.
const IDS: u64 = 3000;

fn choice() -> Options {
    Options { segment_rows: 700, ..Options::new(DIM) }
}

/// The ids that change `number` appends or, if it is odd, deletes.
fn ids(number: u64) -> Vec<u64> {
    let count = if number == 0 { IDS } else { 1 + number * 7 % 60 };
    let mut ids: Vec<u64> = (0..count).map(|at| (number * 997 + at * 13) % IDS).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn change(writer: &mut Writer, number: u64) {
    let ids = ids(number);
    if number.is_multiple_of(2) {
        writer.append(&ids, &rows(&ids, number, DIM)).unwrap();
    } else {
        writer.delete(&ids).unwrap();
    }
}

/// What is there after some changes: ids and versions.
fn state(changes: u64) -> Vec<(u64, u64)> {
    let mut state = BTreeMap::new();
    for number in 0..changes {
        for id in ids(number) {
            if number.is_multiple_of(2) {
                state.insert(id, number);
            } else {
                state.remove(&id);
            }
        }
    }
    state.into_iter().collect()
}

/// Whether a store holds these ids, each with the vector of its version.
fn holds(reader: &Reader, expected: &[(u64, u64)]) -> bool {
    let is_close = |&(id, version): &(u64, u64)| {
        let stored = reader.vector(id).unwrap_or_default();
        let same = |(a, b): (&f32, f32)| (a - b).abs() < 0.01;
        stored.len() == DIM && stored.iter().zip(vector(id, version, DIM)).all(same)
    };
    reader.ids().iter().eq(expected.iter().map(|(id, _)| id)) && expected.iter().all(is_close)
}

/// Not a test by itself: what the tests below run as another process, until it is killed.
#[test]
fn child_rearranges_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let mode = std::env::var(MODE).unwrap();
    let directory = Path::new(&directory);
    let mut writer = write(&directory.join("store"), &choice());
    for number in first.. {
        change(&mut writer, number);
        // Straight to the pipe: a line means that the change had returned.
        writeln!(std::io::stdout(), "\nacknowledged {number}").unwrap();
        match &*mode {
            "compact" => {
                let full = !number.is_multiple_of(4);
                let target_rows = 300 + 300 * u32::try_from(number % 8).unwrap();
                writer.compact(&CompactOptions { target_rows, full }, None).unwrap();
            }
            "reshard" => writer.reshard(1 + u32::try_from(number % 5).unwrap(), None).unwrap(),
            _ => {
                let shard = u32::try_from(number % 3).unwrap();
                // A move that was interrupted leaves something; so each goes to a new place.
                let to = match number % 4 {
                    0 => directory.join(format!("store/shard-{shard:03}")),
                    _ => directory.join(format!("{number}-{shard}")),
                };
                writer.move_shard(shard, to, None).unwrap();
            }
        }
    }
}

fn survives(mode: &str, shards: u32, rounds: u64) {
    let directory = scratch();
    let dir = directory.path().join("store");
    change(&mut write(&dir, &Options { shards: Some(shards), ..choice() }), 0);
    let mut changes = 1;
    for round in 0..rounds {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kill_compacting::child_rearranges_until_it_is_killed",
                "--nocapture",
            ])
            .env(DIRECTORY, directory.path())
            .env(FIRST, changes.to_string())
            .env(MODE, mode)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok).filter_map(|line| {
            line.strip_prefix("acknowledged ").map(|number| number.parse::<u64>().unwrap())
        });
        let mut acknowledged = lines.next().expect("the child changes something");
        for _ in 0..round % 3 {
            acknowledged = lines.next().expect("the child goes on");
        }
        // Between nothing and what a rearrangement takes.
        std::thread::sleep(Duration::from_micros(round * 7919 % 9000));
        child.kill().unwrap(); // SIGKILL on Unix.
        child.wait().unwrap();
        acknowledged = lines.last().unwrap_or(acknowledged);

        let reader = read(&dir);
        assert_eq!(reader.warnings(), [""; 0]);
        let mut possible = [acknowledged + 2, acknowledged + 1].into_iter();
        let found = possible.find(|changes| holds(&reader, &state(*changes)));
        changes = found.unwrap_or_else(|| panic!("round {round}: {acknowledged} is acknowledged"));
        assert_eq!(verify(&dir, None).unwrap().damage, [], "round {round}");
        drop(write(&dir, &choice()));
        assert_eq!(unnamed(&dir), [""; 0], "round {round}");
    }
    assert_holds(&read(&dir), &state(changes));
}

#[test]
fn compacting_survives_kill_9() {
    survives("compact", 2, 24);
}

#[test]
fn resharding_survives_kill_9() {
    survives("reshard", 3, 24);
}

#[test]
fn moving_survives_kill_9() {
    survives("move", 3, 20);
}

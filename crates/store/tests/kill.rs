//! kill -9 in the middle of appending: every acknowledged commit is there, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clipfind_store::verify;

use crate::support::{assert_close, options, read, scratch, vector, write};

/// Set in the child process: the store to write to.
const STORE: &str = "CLIPFIND_TEST_KILL_STORE";
const DIM: usize = 8;
const BATCH: u64 = 50;
/// Batch n replaces the last rows of batch n − 1, so that each commit writes tombstones too.
const OVERLAP: u64 = 5;

fn batch_ids(batch: u64) -> Vec<u64> {
    let first = batch * (BATCH - OVERLAP);
    (first..first + BATCH).collect()
}

fn batch_rows(batch: u64) -> Vec<f32> {
    batch_ids(batch).iter().flat_map(|id| vector(*id, batch, DIM)).collect()
}

/// Not a test by itself: what the test below runs as another process, until it is killed.
#[test]
fn child_appends_until_it_is_killed() {
    let Ok(store) = std::env::var(STORE) else { return };
    let mut writer = write(Path::new(&store), &options(DIM, 3, 400));
    let first =
        writer.reader().ids().last().map_or(0, |last| (last + 1 - OVERLAP) / (BATCH - OVERLAP));
    for batch in first.. {
        writer.append(&batch_ids(batch), &batch_rows(batch)).unwrap();
        // Straight to the pipe: a line means that append had returned.
        writeln!(std::io::stdout(), "\nacknowledged {batch}").unwrap();
    }
}

#[test]
fn every_acknowledged_batch_survives_kill_9() {
    let dir = scratch();
    let mut last_batch = None;
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child_appends_until_it_is_killed", "--nocapture"])
            .env(STORE, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok).filter_map(|line| {
            line.strip_prefix("acknowledged ").map(|batch| batch.parse::<u64>().unwrap())
        });
        let mut acknowledged = lines.next().expect("the child commits something");
        for _ in 0..round * 3 {
            acknowledged = lines.next().expect("the child goes on");
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap(); // SIGKILL on Unix.
        child.wait().unwrap();
        acknowledged = lines.last().unwrap_or(acknowledged);

        // Whole batches only, in order, at least those acknowledged, with intact rows.
        let reader = read(dir.path());
        assert_eq!(reader.warnings(), [""; 0]);
        assert_eq!(verify(dir.path(), None).unwrap().damage, []);
        let ids = reader.ids();
        let batches = (ids.len() as u64 - OVERLAP) / (BATCH - OVERLAP);
        assert_eq!(ids, (0..batches * (BATCH - OVERLAP) + OVERLAP).collect::<Vec<_>>());
        assert!(batches > acknowledged, "{batches} batches, but {acknowledged} was acknowledged");
        for id in ids {
            let batch = (id / (BATCH - OVERLAP)).min(batches - 1);
            assert_close(&reader.vector(id).unwrap(), &vector(id, batch, DIM));
        }
        assert!(last_batch < Some(batches), "round {round} added nothing");
        last_batch = Some(batches);
    }
    // The lock died with the process.
    write(dir.path(), &options(DIM, 3, 400));
}

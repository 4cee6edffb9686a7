//! How fast each kernel scores rows of 512 codes, against plain memory copying and scalar code.
//!
//! `cargo bench -p clipfind-kernels` scores 256 MiB, far beyond any cache, with one query: so the
//! figure to look at is "of copy". A copy reads and writes, so a kernel at twice its rate has little
//! left to gain. Then it scores rows in the second-level cache, and rows from memory with 32
//! queries, where the arithmetic is what takes time. Every score must be that of the scalar kernel.
//! `-- --check` scores 8 MiB once, for CI.

#![expect(clippy::print_stdout, reason = "a benchmark's results are its output")]

use std::hint::black_box;
use std::time::Instant;

use clipfind_kernels::{Backend, Kernel, MAX_QUERY_COMPONENT, Query};

const LEN: usize = 512;
const QUERIES: usize = 32;

/// How many rows one call scores, as a search does: their scores stay in a cache.
const ROWS_AT_ONCE: usize = 2048;

/// How many bytes of rows stay in the second-level cache, and how often they are scored.
const CACHED: usize = 128 * 1024;
const CACHE_REPEATS: usize = 500;

/// One of so many rows is scored with all queries.
const MANY_PART: usize = 8;

/// Nanoseconds for one row and one query.
#[derive(Clone, Copy)]
struct Times {
    memory: f64,
    cache: f64,
    many: f64,
}

fn main() {
    let check = std::env::args().any(|argument| argument == "--check");
    let (mebibytes, rounds) = if check { (8, 1) } else { (256, 7) };
    let mut next = numbers();
    let codes: Vec<i8> =
        (0..mebibytes << 20).map(|_| next().to_le_bytes()[3].cast_signed()).collect();
    let queries: Vec<Query> = (0..QUERIES).map(|_| Query::new(&components(&mut next))).collect();
    let (cached, part) = (&codes[..CACHED], &codes[..codes.len() / MANY_PART]);

    let oracle = Kernel::new(Backend::Scalar).expect("scalar always runs");
    let (mut expected, mut expected_many) = (Vec::new(), Vec::new());
    one(oracle, &codes, &queries[0], |scores| expected.extend_from_slice(scores));
    many(oracle, part, &queries, |scores| expected_many.extend_from_slice(scores));
    for kernel in Backend::all().into_iter().filter_map(Kernel::new) {
        let (mut rest, mut rest_many) = (&expected[..], &expected_many[..]);
        one(kernel, &codes, &queries[0], |scores| take(kernel, &mut rest, scores));
        many(kernel, part, &queries, |scores| take(kernel, &mut rest_many, scores));
    }

    // Rounds are interleaved, so that a busy minute on the machine hits every kernel alike.
    let mut copy = vec![0; codes.len()];
    let mut copy_time = f64::INFINITY;
    let mut best = [Times { memory: f64::INFINITY, cache: f64::INFINITY, many: f64::INFINITY };
        Backend::all().len()];
    for _ in 0..rounds {
        // What a copy moves is counted once, as for the kernels, although it reads and writes.
        copy_time = copy_time.min(time(codes.len() / LEN, || {
            copy.copy_from_slice(black_box(&codes));
            black_box(&mut copy);
        }));
        for (backend, best) in Backend::all().into_iter().zip(&mut best) {
            let Some(kernel) = Kernel::new(backend) else { continue };
            let memory = time(codes.len() / LEN, || one(kernel, &codes, &queries[0], ignore));
            let cache = time(CACHE_REPEATS * cached.len() / LEN, || {
                for _ in 0..CACHE_REPEATS {
                    one(kernel, black_box(cached), &queries[0], ignore);
                }
            });
            let many = time(part.len() / LEN * QUERIES, || many(kernel, part, &queries, ignore));
            best.memory = best.memory.min(memory);
            best.cache = best.cache.min(cache);
            best.many = best.many.min(many);
        }
    }

    println!(
        "{mebibytes} MiB of rows of {LEN} codes, best of {rounds}, GB/s; then ns per row and query"
    );
    println!("{:10} {:6.1}", "copy", rate(copy_time));
    for (backend, times) in Backend::all().into_iter().zip(best) {
        if backend.is_available() {
            let Times { memory, cache, many } = times;
            print!("{:10} {:6.1}", backend.name(), rate(memory));
            print!(
                "  {:4.2} of copy  {:5.2} x scalar",
                copy_time / memory,
                best[0].memory / memory
            );
            print!("  from memory {memory:5.1}, from cache {cache:5.1}");
            println!(", {QUERIES} queries {many:5.1} ({:.1} x one)", memory / many);
        } else {
            println!("{:10} skipped: not available on this machine", backend.name());
        }
    }
}

/// Scores all rows for one query, and shows the scores of each group of rows to `see`.
fn one(kernel: Kernel, codes: &[i8], query: &Query, mut see: impl FnMut(&[f32])) {
    let mut scores = [0.0; ROWS_AT_ONCE];
    for codes in codes.chunks(ROWS_AT_ONCE * LEN) {
        let scores = &mut scores[..codes.len() / LEN];
        kernel.dots(codes, query, scores);
        see(scores);
    }
}

/// The same for all queries.
fn many(kernel: Kernel, codes: &[i8], queries: &[Query], mut see: impl FnMut(&[f32])) {
    let mut scores = vec![0.0; ROWS_AT_ONCE * QUERIES];
    for codes in codes.chunks(ROWS_AT_ONCE * LEN) {
        let scores = &mut scores[..codes.len() / LEN * QUERIES];
        kernel.dots_many(codes, queries, scores);
        see(scores);
    }
}

/// What to do with scores while time is taken.
fn ignore(scores: &[f32]) {
    black_box(scores);
}

/// Asserts that `expected` goes on with these scores, and takes them off.
fn take(kernel: Kernel, expected: &mut &[f32], scores: &[f32]) {
    let (these, rest) = expected.split_at(scores.len());
    assert!(these == scores, "{} differs from scalar code", kernel.backend());
    *expected = rest;
}

/// A query's components, of every size.
fn components(next: &mut impl FnMut() -> u64) -> Vec<i16> {
    let limit = MAX_QUERY_COMPONENT;
    let mut component = || i16::from_le_bytes([next().to_le_bytes()[2], next().to_le_bytes()[4]]);
    (0..LEN).map(|_| component().clamp(-limit, limit)).collect()
}

/// Pseudo-random numbers, the same every time.
fn numbers() -> impl FnMut() -> u64 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// How many nanoseconds `run` takes for each of `count` things it does.
fn time(count: usize, run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    let count = f64::from(u32::try_from(count).expect("not that many"));
    start.elapsed().as_secs_f64() * 1e9 / count
}

/// 10⁹ bytes of rows per second, from nanoseconds per row.
fn rate(time: f64) -> f64 {
    f64::from(u16::try_from(LEN).expect("512")) / time
}

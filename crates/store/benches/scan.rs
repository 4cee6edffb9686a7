//! Two measurements that the benchmarks in `bench/` ask for, and nobody else.
//!
//! `cargo bench -p clipfind-store --bench scan -- read THREADS FILE:BYTES…` maps the files, and for
//! every line on standard input sums up the first so many bytes of each: the time that memory asks
//! for, whatever is done with the bytes. Answers `{"ms":…}`, after a first line with a version.
//!
//! `… -- dense STORE ROUNDS` finds out how many of 64 rows a filter must allow before scoring all 64
//! costs less than jumping from one allowed row to the next, `DENSE` in `src/search.rs`. It searches
//! the store, whose ids must count up from 0, with filters that allow at random as many of each 64;
//! and it scores rows of its own both ways, since the store's search shows only the way that it
//! took. One line of JSON for each number of allowed rows.

#![expect(clippy::print_stdout, reason = "a benchmark's results are its output")]

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, stdin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use clipfind_kernels::{Kernel, Query};
use clipfind_store::{Filter, ReadOptions, Reader, SearchOptions};
use memmap2::Mmap;

/// Bytes that a thread takes at a time: as many as a search does.
const CHUNK: usize = 1 << 20;
/// Codes of a row that is scored both ways.
const CODES: usize = 512;
/// Bytes of rows that are scored both ways: beyond any cache.
const OWN_BYTES: usize = 128 << 20;
/// Rows that a search scores together.
const BLOCK: usize = 256;
/// How many rows a search must find.
const K: usize = 10;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["read", threads, ref files @ ..] => read(threads.parse()?, files),
        ["dense", store, rounds] => dense(store, rounds.parse()?),
        _ => {
            // `cargo bench` of the whole workspace.
            println!("nothing to do: see the comment at the top of benches/scan.rs");
            Ok(())
        }
    }
}

fn read(threads: usize, files: &[&str]) -> Result<(), Failure> {
    let mut maps = Vec::new();
    for argument in files {
        let (path, bytes) = argument.rsplit_once(':').ok_or("expected FILE:BYTES")?;
        // SAFETY: the benchmark that asks for it changes no file meanwhile.
        maps.push((unsafe { Mmap::map(&File::open(path)?) }?, bytes.parse::<usize>()?));
    }
    let chunks: Vec<&[u8]> =
        maps.iter().flat_map(|(map, bytes)| map[..*bytes].chunks(CHUNK)).collect();
    println!("{{\"version\":\"{threads} threads\"}}");
    let mut expected = None;
    for line in stdin().lock().lines() {
        line?;
        let start = Instant::now();
        let sum = sum_all(&chunks, threads);
        let time = start.elapsed();
        assert_eq!(*expected.get_or_insert(sum), sum, "the same bytes every time");
        println!("{{\"ms\":{}}}", time.as_secs_f64() * 1e3);
    }
    Ok(())
}

fn sum_all(chunks: &[&[u8]], threads: usize) -> u64 {
    let (next, total) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || {
        while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            total.fetch_add(sum(chunk), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    total.into_inner()
}

/// Adds up words in as many sums as hide the latency of adding and loading.
fn sum(bytes: &[u8]) -> u64 {
    let mut sums = [0_u64; 16];
    for part in bytes.as_chunks::<128>().0 {
        for (sum, word) in sums.iter_mut().zip(part.as_chunks::<8>().0) {
            *sum = sum.wrapping_add(u64::from_le_bytes(*word));
        }
    }
    sums.into_iter().fold(0, u64::wrapping_add)
}

fn dense(store: &str, rounds: usize) -> Result<(), Failure> {
    let reader = Reader::open(store, &ReadOptions { threads: Some(1), ..Default::default() })?;
    let rows = reader.stats().rows;
    let mut next = numbers();
    // A vector of the store: its neighbours are found as a photo's are.
    let query = reader.vector(rows / 2).ok_or("the store's ids do not count up from 0")?;
    let unfiltered = reader.search(&query, K * 100, SearchOptions::default())?.hits;

    let bytes = OWN_BYTES.min(usize::try_from(reader.stats().high_bytes)?);
    let codes: Vec<i8> = (0..bytes).map(|_| next().to_le_bytes()[3].cast_signed()).collect();
    let components: Vec<i16> =
        (0..CODES).map(|_| i16::from(next().to_le_bytes()[2]) * 100).collect();
    let own = Own { kernel: Kernel::active()?, query: Query::new(&components), codes: &codes };

    for allowed in (1..=24).chain((28..=64).step_by(4)) {
        let ids: Vec<u64> = (0..rows.div_ceil(64))
            .flat_map(|word| bits(word_of(allowed, &mut next)).map(move |bit| word * 64 + bit))
            .filter(|id| *id < rows)
            .collect();
        let filter = Filter::new(&ids);
        let options = SearchOptions { filter: Some(&filter), ..Default::default() };
        let answer = reader.search(&query, K, options)?;
        let expected = unfiltered.iter().filter(|hit| filter.contains(hit.id)).take(K);
        let same = answer.hits.iter().zip(expected).all(|(found, expected)| found == expected);
        assert!(same, "filtered hits are the allowed ones of the unfiltered");

        let words: Vec<u64> =
            (0..codes.len() / CODES / 64).map(|_| word_of(allowed, &mut next)).collect();
        let (mut search, mut jump, mut all) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        for _ in 0..rounds {
            search = search.min(milliseconds(|| reader.search(&query, K, options)));
            jump = jump.min(milliseconds(|| own.jump(&words)));
            all = all.min(milliseconds(|| own.all()));
        }
        let scanned = answer.scanned;
        println!(
            "{{\"allowed\":{allowed},\"search\":{search},\"scanned\":{scanned},\"rows\":{rows},\
             \"jump\":{jump},\"all\":{all}}}"
        );
    }
    Ok(())
}

/// Rows that are scored by jumping, or all.
struct Own<'a> {
    kernel: Kernel,
    query: Query,
    codes: &'a [i8],
}

impl Own<'_> {
    /// Scores the rows whose bits are set, runs of them together, as `Job::scan` does.
    fn jump(&self, words: &[u64]) {
        let mut sums = [0.0; 64];
        for (codes, word) in self.codes.chunks(64 * CODES).zip(words) {
            let mut left = *word;
            while left != 0 {
                let first = left.trailing_zeros();
                let run = (left >> first).trailing_ones();
                let sums = &mut sums[..run as usize];
                let from = first as usize * CODES;
                self.kernel.dots(&codes[from..from + sums.len() * CODES], &self.query, sums);
                black_box(sums);
                left &= u64::MAX.checked_shl(first + run).unwrap_or(0);
            }
        }
    }

    /// Scores all rows.
    fn all(&self) {
        let mut sums = [0.0; BLOCK];
        for codes in self.codes.chunks(BLOCK * CODES) {
            let sums = &mut sums[..codes.len() / CODES];
            self.kernel.dots(codes, &self.query, sums);
            black_box(sums);
        }
    }
}

/// A word with so many bits set, anywhere.
fn word_of(bits: u32, next: &mut impl FnMut() -> u64) -> u64 {
    let mut word = 0_u64;
    while word.count_ones() < bits {
        word |= 1 << (next() >> 58);
    }
    word
}

/// The numbers of the bits that are set.
fn bits(word: u64) -> impl Iterator<Item = u64> {
    (0..64).filter(move |bit| word >> bit & 1 == 1)
}

fn milliseconds<T>(run: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(run());
    start.elapsed().as_secs_f64() * 1e3
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

//! How fast each kernel scans rows, against plain memory copying and against scalar code.
//!
//! `cargo bench -p clipfind-kernels` scans 256 MiB, far beyond any cache, so the figure to look at
//! is "of copy": a scan that reads as fast as memory can be copied has nothing left to gain. `--
//! --check` scans 8 MiB and only asserts the answers, for CI.

#![expect(clippy::print_stdout, reason = "a benchmark's results are its output")]

use std::hint::black_box;
use std::time::Instant;

use clipfind_kernels::{Backend, Kernel};

const DIM: usize = 512;

/// Rows that stay in the second-level cache, where the arithmetic and not the memory is measured.
const CACHED_ROWS: usize = 128;

fn main() {
    let check = std::env::args().any(|argument| argument == "--check");
    let (mebibytes, rounds) = if check { (8, 1) } else { (256, 7) };
    let rows = whole_numbers(mebibytes * (1 << 20) / size_of::<f32>());
    let cached = &rows[..CACHED_ROWS * DIM];
    let query = whole_numbers(DIM);
    let oracle = Kernel::new(Backend::Scalar).expect("scalar always runs");
    let expected = [scan(oracle, &rows, &query), scan(oracle, cached, &query)];

    // Rounds are interleaved, so that a busy minute on the machine hits every kernel alike.
    let mut copy = vec![0.0; rows.len()];
    let mut copy_rate = 0.0_f64;
    let mut rates = [[0.0_f64; 2]; Backend::all().len()];
    for _ in 0..rounds {
        // What a copy moves is counted once, as for the scans, although it reads and writes.
        copy_rate = copy_rate.max(rate(&rows, 1, || {
            copy.copy_from_slice(black_box(&rows));
            black_box(&mut copy);
        }));
        for (backend, rates) in Backend::all().into_iter().zip(&mut rates) {
            let Some(kernel) = Kernel::new(backend) else { continue };
            for ((rows, repeats), (rate_seen, expected)) in
                [(&rows[..], 1), (cached, 400)].into_iter().zip(rates.iter_mut().zip(expected))
            {
                let found = rate(rows, repeats, || {
                    let best = scan(kernel, black_box(rows), black_box(&query));
                    assert_eq!(best, expected, "{backend} found another best row");
                });
                *rate_seen = rate_seen.max(found);
            }
        }
    }

    println!("{mebibytes} MiB of {DIM}-d f32 rows, best of {rounds}, GB/s");
    println!("{:8} {copy_rate:7.1}", "copy");
    let [scalar, _] = rates[0];
    for (backend, [memory, cache]) in Backend::all().into_iter().zip(rates) {
        if backend.is_available() {
            let (of_copy, of_scalar, name) = (memory / copy_rate, memory / scalar, backend.name());
            print!("{name:8} {memory:7.1}  {of_copy:4.2} of copy  {of_scalar:4.2} x scalar");
            println!("  in cache {cache:7.1}");
        } else {
            println!("{:8} skipped: not available on this machine", backend.name());
        }
    }
}

/// The best row's number and score; the first of equals.
fn scan(kernel: Kernel, rows: &[f32], query: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (number, row) in rows.chunks_exact(DIM).enumerate() {
        let score = kernel.dot_f32(row, query);
        if score > best.1 {
            best = (number, score);
        }
    }
    best
}

/// Whole numbers from −8 to 8, so that every kernel gives the same scores to the bit.
fn whole_numbers(count: usize) -> Vec<f32> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f32::from(i8::try_from(state % 17).expect("below 17") - 8)
    };
    (0..count).map(|_| next()).collect()
}

/// How many 10⁹ bytes of `rows` per second `run` handles when it is run `repeats` times.
fn rate(rows: &[f32], repeats: u32, mut run: impl FnMut()) -> f64 {
    let bytes = f64::from(u32::try_from(size_of_val(rows)).expect("at most 4 GiB"));
    let start = Instant::now();
    for _ in 0..repeats {
        run();
    }
    bytes * f64::from(repeats) / start.elapsed().as_secs_f64() / 1e9
}

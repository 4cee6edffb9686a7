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

fn main() {
    let check = std::env::args().any(|argument| argument == "--check");
    let (mebibytes, rounds) = if check { (8, 1) } else { (256, 7) };
    let rows = whole_numbers(mebibytes * (1 << 20) / size_of::<f32>());
    let query = whole_numbers(DIM);
    let expected = scan(Kernel::new(Backend::Scalar).expect("scalar always runs"), &rows, &query);

    // A copy reads and writes every byte; what moves is counted once, as for the scans, which only
    // read.
    let mut copy = vec![0.0; rows.len()];
    let copy_rate = best_rate(rounds, &rows, || copy.copy_from_slice(black_box(&rows)));
    println!("{mebibytes} MiB of {DIM}-d f32 rows, best of {rounds}");
    println!("{:8} {copy_rate:6.1} GB/s", "copy");

    let mut scalar_rate = None;
    for backend in Backend::all() {
        let Some(kernel) = Kernel::new(backend) else {
            println!("{:8} skipped: not available on this machine", backend.name());
            continue;
        };
        let rate = best_rate(rounds, &rows, || {
            assert_eq!(scan(kernel, &rows, &query), expected, "{backend} found another best row");
        });
        let scalar = *scalar_rate.get_or_insert(rate);
        println!(
            "{:8} {rate:6.1} GB/s   {:4.2} of copy   {:4.2} x scalar",
            backend.name(),
            rate / copy_rate,
            rate / scalar
        );
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

/// The highest rate of `rounds` runs, in 10⁹ bytes of `rows` per second.
fn best_rate(rounds: u32, rows: &[f32], mut run: impl FnMut()) -> f64 {
    let bytes = f64::from(u32::try_from(size_of_val(rows)).expect("at most 4 GiB"));
    let seconds = |start: Instant| start.elapsed().as_secs_f64();
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            run();
            bytes / seconds(start) / 1e9
        })
        .fold(0.0, f64::max)
}

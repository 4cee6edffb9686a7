//! The meaning of every kernel, in plain Rust.

/// Partial sums kept side by side: they let the compiler use whatever baseline vectors the target
/// has (floats may not be reordered for it), and break the chain of dependent additions.
const LANES: usize = 16;

/// Σ aᵢ·bᵢ for slices of one length (the caller checks); products rounded before they are added, as
/// Rust writes it.
pub(crate) fn dot_f32(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (x, y) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

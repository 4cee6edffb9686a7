//! How a vector becomes two planes of bytes, and what they are worth.
//!
//! A rotated vector y is stored as whole numbers v with one step size: y ≈ step · v, |v| ≤ 32385.
//! Each number is split in two signed bytes, v = 254·high + low: the high bytes alone are y rounded
//! to 8 bits, both together are y rounded to 16 bits. The vector that is *stored* is step · v; all
//! answers of the store are exact for it.

use clipfind_kernels::Query;

/// The largest whole number: 254·127 + 127.
const LARGEST: f64 = 32385.0;
/// What a high byte counts in units of the step.
const HIGH: i32 = 254;
/// Sums that are kept side by side while a score is computed.
const LANES: usize = 8;

/// What a row needs besides its two planes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
pub(crate) struct Scale {
    /// What 1 in the whole numbers is worth.
    pub(crate) step: f32,
    /// The length of what the low plane adds, step·‖low‖, rounded up.
    pub(crate) error: f32,
}

/// Writes the planes of a rotated vector.
#[expect(clippy::inline_always, reason = "takes on the instruction set of the caller")]
#[inline(always)]
pub(crate) fn encode(vector: &[f32], high: &mut [i8], low: &mut [i8]) -> Scale {
    // Positive numbers compare like their bits, and those many at a time.
    let bits = vector.iter().fold(0, |most: u32, value| most.max(value.abs().to_bits()));
    let largest = f32::from_bits(bits);
    #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
    let step = (f64::from(largest) / LARGEST) as f32;
    if step < f32::MIN_POSITIVE {
        // Zero, or so close to it that whole numbers of steps cannot be told apart.
        high.fill(0);
        low.fill(0);
        return Scale { step: 0.0, error: 0.0 };
    }
    let per_step = 1.0 / f64::from(step);
    let mut squares = 0;
    for ((value, high), low) in vector.iter().zip(high).zip(low) {
        let steps = f64::from(*value) * per_step;
        let rounded = (steps + 0.5_f64.copysign(steps)).clamp(-LARGEST, LARGEST);
        // SAFETY: it is finite, and between −LARGEST and LARGEST.
        let whole = unsafe { rounded.to_int_unchecked::<i32>() };
        let sign = (whole >> 31) | 1;
        let upper = (whole + sign * (HIGH / 2 - 1)) / HIGH;
        let lower = whole - upper * HIGH;
        squares += lower * lower;
        *high = byte(upper);
        *low = byte(lower);
    }
    Scale { step, error: round_up(f64::from(step) * f64::from(squares).sqrt()) }
}

/// The stored vector, still rotated.
pub(crate) fn decode(step: f32, high: &[i8], low: &[i8], vector: &mut [f32]) {
    for ((value, high), low) in vector.iter_mut().zip(high).zip(low) {
        #[expect(clippy::cast_precision_loss, reason = "16 bits fit")]
        let whole = whole(*high, *low) as f32;
        *value = step * whole;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "for numbers from −127 to 127")]
const fn byte(value: i32) -> i8 {
    value as i8
}

const fn whole(high: i8, low: i8) -> i32 {
    high as i32 * HIGH + low as i32
}

/// The smallest `f32` that is not below `value`.
#[expect(clippy::cast_possible_truncation, reason = "corrected right after")]
fn round_up(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) < value { rounded.next_up() } else { rounded }
}

/// A rotated query, and how its scores from high planes compare with those from both.
#[derive(Debug)]
pub(crate) struct RotatedQuery {
    exact: Vec<f32>,
    /// A score from high planes is step · `scale` · (the kernel's sum) …
    pub(crate) scale: f32,
    /// … and the score from both planes differs from it by at most step · `per_step` + error · `norm`
    /// (+ the smallest positive number, for results that underflow).
    pub(crate) per_step: f32,
    /// The same for the kernel's sum with the [rounded](Query::rounded) query.
    pub(crate) rounded_per_step: f32,
    /// The query's length, rounded up.
    pub(crate) norm: f32,
}

impl RotatedQuery {
    /// Prepares a query that was rotated like the rows. With it comes the query rounded to 16 bits,
    /// for the kernel.
    ///
    /// With Q the rounded query in units of s, and h the high and l the low numbers of a row:
    /// score = step·(254·h + l)·q = step·254·s·(h·Q) + step·254·h·(q − s·Q) + step·l·q. The first
    /// term is what the kernel sees; by Cauchy and Schwarz the second is at most step·254·‖h‖·‖q − s·Q‖
    /// with ‖h‖ ≤ 127·√len, the third step·‖l‖·‖q‖. The same holds for any other Q.
    pub(crate) fn new(exact: Vec<f32>) -> (Self, Query) {
        let largest = exact.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let unit = f64::from(largest) / f64::from(clipfind_kernels::MAX_QUERY_COMPONENT);
        let round = |value: &f32| {
            let value = f64::from(*value);
            let rounded = if unit > 0.0 { (value / unit).round() } else { 0.0 };
            #[expect(clippy::cast_possible_truncation, reason = "at most MAX_QUERY_COMPONENT")]
            return rounded as i16;
        };
        let query = Query::new(&exact.iter().map(round).collect::<Vec<_>>());
        #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
        let high_norm = 127.0 * (exact.len() as f64).sqrt();
        let norm = exact.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        let scale = f64::from(HIGH) * unit;
        let per_step = |query: &Query| {
            let difference = |(value, rounded): (&f32, i16)| {
                (f64::from(*value) - f64::from(rounded) * unit).powi(2)
            };
            let error = exact.iter().zip(query.iter()).map(difference).sum::<f64>().sqrt();
            // What f32 arithmetic adds: the kernel's sum, `scale`, two products, a sum, and the
            // rounding of the final score are off by at most 2⁻²⁴ of a score, which is at most
            // step·255·‖h‖·‖q‖; 16 of them is more than all together.
            let arithmetic = 16.0 * 2.0_f64.powi(-24) * 255.0 * high_norm * (norm + error);
            round_up(f64::from(HIGH) * high_norm * error + arithmetic)
        };
        #[expect(clippy::cast_possible_truncation, reason = "covered by `arithmetic`")]
        let rotated = Self {
            scale: scale as f32,
            per_step: per_step(&query),
            rounded_per_step: per_step(&query.rounded()),
            // Products with it are rounded too, by less than this factor.
            norm: round_up(norm * (1.0 + 1e-6)),
            exact,
        };
        (rotated, query)
    }

    /// The score of a row: step · Σ (254·high + low)·q in `f64`, as eight sums of every eighth
    /// product, added pairwise, then rounded once to `f32`; never −0. The same on every machine.
    pub(crate) fn score(&self, step: f32, high: &[i8], low: &[i8]) -> f32 {
        let mut sums = [0.0_f64; LANES];
        let (high, _) = high.as_chunks::<LANES>();
        let (low, _) = low.as_chunks::<LANES>();
        let (exact, _) = self.exact.as_chunks::<LANES>();
        for ((high, low), query) in high.iter().zip(low).zip(exact) {
            for lane in 0..LANES {
                let whole = whole(high[lane], low[lane]);
                sums[lane] += f64::from(whole) * f64::from(query[lane]);
            }
        }
        let pair = |at: usize| sums[at] + sums[at + 1];
        let sum = (pair(0) + pair(2)) + (pair(4) + pair(6));
        #[expect(clippy::cast_possible_truncation, reason = "the one rounding")]
        let score = (f64::from(step) * sum) as f32;
        // Adding 0 leaves one zero, so that equal scores tie.
        score + 0.0
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "exactness is the point here")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rotation::Rotation;

    fn encoded(vector: &[f32]) -> (Scale, Vec<i8>, Vec<i8>) {
        let (mut high, mut low) = (vec![0; vector.len()], vec![0; vector.len()]);
        let scale = encode(vector, &mut high, &mut low);
        (scale, high, low)
    }

    fn norm(vector: impl Iterator<Item = f64>) -> f64 {
        vector.map(|x| x * x).sum::<f64>().sqrt()
    }

    #[test]
    fn every_whole_number_survives_the_split() {
        let vector: Vec<f32> = (-32385..=32385).map(|v| v as f32).collect();
        for part in vector.chunks(64) {
            let mut part = part.to_vec();
            part.push(32385.0); // The largest decides the step: 1.
            let (scale, high, low) = encoded(&part);
            assert_eq!(scale.step, 1.0);
            let mut back = vec![0.0; part.len()];
            decode(1.0, &high, &low, &mut back);
            assert_eq!(back, part);
        }
    }

    #[test]
    fn nothing_and_almost_nothing_become_zero() {
        for value in [0.0, -0.0, f32::MIN_POSITIVE, 1e-42] {
            assert_eq!(
                encoded(&[value; 64]),
                (Scale { step: 0.0, error: 0.0 }, vec![0; 64], vec![0; 64])
            );
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
    fn rounded(value: f64) -> f32 {
        value as f32
    }

    /// Unit vectors like those of CLIP: normal components, one of them dominant.
    #[test]
    fn two_planes_are_closer_than_float16() {
        let rotation = Rotation::new(512, 3);
        let (mut ours, mut half) = (0.0_f64, 0.0_f64);
        for seed in 0..50_usize {
            let mut vector: Vec<f32> =
                (0..512).map(|i| ((i * 7919 + seed * 104_729) as f32 * 0.618).sin()).collect();
            vector[92] += 20.0;
            let length = norm(vector.iter().map(|x| f64::from(*x)));
            for x in &mut vector {
                *x = rounded(f64::from(*x) / length);
            }
            let mut turned = vec![0.0; 512];
            rotation.apply(&vector, &mut turned);
            let (scale, high, low) = encoded(&turned);
            let mut back = vec![0.0; 512];
            decode(scale.step, &high, &low, &mut back);
            rotation.invert(&mut back);
            let pairs = || vector.iter().zip(&back);
            ours = ours.max(norm(pairs().map(|(a, b)| f64::from(*a) - f64::from(*b))));
            // float16 has 11 significant bits: a spacing of 2⁻¹⁰ relative to the power of two below.
            half = half.max(norm(vector.iter().map(|x| {
                let x = f64::from(*x);
                let spacing = (x.abs().log2().floor() - 10.0).exp2().max(2.0_f64.powi(-24));
                (x / spacing).round() * spacing - x
            })));
        }
        println!("largest error of 50 unit vectors: two planes {ours:.1e}, float16 {half:.1e}");
        assert!(ours < half / 4.0, "{ours} against {half}");
    }

    proptest! {
        #[test]
        fn the_two_stages_never_contradict_each_other(
            row in prop::collection::vec(-1.0_f32..1.0, 128),
            query in prop::collection::vec(-1.0_f32..1.0, 128),
            (row_power, query_power) in (-30_i32..12, -30_i32..12),
            dominant in 0.0_f32..100.0,
        ) {
            let scaled = |vector: &[f32], power| {
                vector.iter().map(|x| x * 10.0_f32.powi(power)).collect::<Vec<_>>()
            };
            let (mut row, query) = (scaled(&row, row_power), scaled(&query, query_power));
            row[5] *= dominant;
            let (scale, high, low) = encoded(&row);
            let (query, whole) = RotatedQuery::new(query);
            let kernel = clipfind_kernels::Kernel::active().unwrap();
            let exact = f64::from(query.score(scale.step, &high, &low));
            let lengths = f64::from(query.norm) * norm(row.iter().map(|x| f64::from(*x)));
            for (whole, per_step, of_use) in
                [(whole.rounded(), query.rounded_per_step, 0.3), (whole, query.per_step, 0.1)]
            {
                let mut sums = [0.0];
                kernel.dots(&high, &whole, &mut sums);
                let first = f64::from(scale.step * (query.scale * sums[0]));
                let bound = f64::from(scale.step) * f64::from(per_step)
                    + f64::from(scale.error) * f64::from(query.norm);
                prop_assert!(
                    (exact - first).abs() <= bound + f64::from(f32::MIN_POSITIVE),
                    "{} {} {}", exact, first, bound
                );
                // And the bound is of use: of the order of 8 bits, not of the score.
                prop_assert!(bound <= of_use * lengths + 1e-30, "{} for {}", bound, lengths);
            }
        }
    }
}

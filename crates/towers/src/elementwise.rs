//! What is computed for each number or each row by itself. Plain code in a fixed order: the compiler makes
//! vectors of it, and every CPU gives the same bits.

use crate::header::Activation;
use crate::instructions::InstructionSet;

/// How many numbers are added up side by side.
const LANES: usize = 16;

/// The sum of `of(value)`, in sixteen lanes: a fixed order that vectors can follow.
#[inline(always)]
fn sum_of(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += of(*value);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|value| of(*value)).sum::<f32>()
}

/// Layer normalisation of a row (Ba et al. 2016).
#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
pub(crate) fn normalize<Set: InstructionSet>(
    set: Set,
    row: &[f32],
    [gain, shift]: [&[f32]; 2],
    epsilon: f32,
    out: &mut [f32],
) {
    let count = row.len() as f32;
    let mean = sum_of(row, |value| value) / count;
    let variance = sum_of(row, |value| (value - mean) * (value - mean)) / count;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for (((out, value), gain), shift) in out.iter_mut().zip(row).zip(gain).zip(shift) {
        *out = set.multiply_add((value - mean) * scale, *gain, *shift);
    }
}

/// Numbers times `scale` as positive ones that add up to 1.
#[inline(always)]
pub(crate) fn softmax<Set: InstructionSet>(set: Set, scores: &mut [f32], scale: f32) {
    for score in &mut *scores {
        *score *= scale;
    }
    let largest = scores.iter().fold(f32::NEG_INFINITY, |largest, score| largest.max(*score));
    for score in &mut *scores {
        *score = exp(set, *score - largest);
    }
    let whole = 1.0 / sum_of(scores, |value| value);
    for score in scores {
        *score *= whole;
    }
}

impl Activation {
    /// Applies the function to each of some numbers.
    #[inline(always)]
    pub(crate) fn apply<Set: InstructionSet>(self, set: Set, values: &mut [f32]) {
        match self {
            Self::Gelu => each(values, |x| gelu(set, x)),
            Self::QuickGelu => each(values, |x| x / (1.0 + exp(set, -1.702 * x))),
            // 1 + tanh(u) is 2 σ(2u).
            Self::GeluTanh => {
                each(values, |x| x / (1.0 + exp(set, -1.595_769 * (x + 0.044_715 * x * x * x))));
            }
        }
    }
}

#[inline(always)]
fn each(values: &mut [f32], of: impl Fn(f32) -> f32) {
    for value in values {
        *value = of(*value);
    }
}

/// x · Φ(x), with the error function by Abramowitz and Stegun's formula 7.1.26: off by 1.5e-7 · x at most.
#[inline(always)]
fn gelu<Set: InstructionSet>(set: Set, x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / set.multiply_add(0.327_591_1, z, 1.0);
    let coefficients = [1.061_405_4, -1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6];
    let half_tail = 0.5 * t * polynomial(set, t, coefficients) * exp(set, -z * z);
    if x < 0.0 { x * half_tail } else { x - x * half_tail }
}

/// e to the power of x, to seven digits (Cephes' polynomial), without a branch. What would not be a
/// normal number is the nearest that is.
#[inline(always)]
fn exp<Set: InstructionSet>(set: Set, x: f32) -> f32 {
    /// Added to a small number, it leaves a whole one in the lowest bits.
    const ROUNDER: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = set.multiply_add(x, std::f32::consts::LOG2_E, ROUNDER);
    let whole = shifted - ROUNDER;
    // ln 2 in two parts, so that the first product is exact.
    let rest = set.multiply_add(whole, 2.121_944_4e-4, set.multiply_add(whole, -0.693_359_4, x));
    let coefficients =
        [1.987_569_2e-4, 0.001_398_2, 0.008_333_452, 0.041_665_796, 0.166_666_65, 0.5];
    let power = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127) << 23;
    let sum = set.multiply_add(rest * rest, polynomial(set, rest, coefficients), 1.0 + rest);
    sum * f32::from_bits(power)
}

/// Horner's scheme, the highest power's coefficient first.
#[inline(always)]
fn polynomial<Set: InstructionSet, const COUNT: usize>(
    set: Set,
    x: f32,
    coefficients: [f32; COUNT],
) -> f32 {
    coefficients.into_iter().fold(0.0, |sum, next| set.multiply_add(sum, x, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::Scalar;

    #[test]
    fn exp_is_right_to_seven_digits_and_never_infinite() {
        for step in -8_700_i16..=8_800 {
            let x = f32::from(step) / 100.0;
            let wanted = f64::from(x).exp();
            assert!(
                (f64::from(exp(Scalar, x)) / wanted - 1.0).abs() < 4e-7,
                "{x}: {} {wanted}",
                exp(Scalar, x)
            );
        }
        assert!(exp(Scalar, f32::INFINITY).is_finite() && exp(Scalar, f32::NEG_INFINITY) >= 0.0);
        assert!(exp(Scalar, f32::NAN).is_nan());
    }
}

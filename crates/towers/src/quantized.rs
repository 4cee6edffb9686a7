//! Rows as unsigned bytes, each with a scale of its own.

use crate::OUTPUTS;
use crate::instructions::{Four, InstructionSet};

/// Rows whose value number i is about `low + step · code[i]`: every token has the scale that suits it, as
/// those at the beginning of a text are often a hundred times as large as the others.
#[derive(Debug, Default)]
pub(crate) struct QuantizedRows {
    /// Of all rows, one after the other, filled up with zeros to a multiple of four.
    codes: Vec<Four>,
    scales: Vec<Scale>,
}

/// How a row's codes become its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f32,
    pub(crate) step: f32,
}

impl QuantizedRows {
    /// Rounds rows of `width` values.
    #[inline(always)]
    pub(crate) fn round(&mut self, values: &[f32], width: usize) {
        self.codes.clear();
        self.codes.resize(values.len() / width * width.div_ceil(4), [0; 4]);
        self.scales.clear();
        let rows = self.codes.chunks_exact_mut(width.div_ceil(4));
        for (row, codes) in values.chunks_exact(width).zip(rows) {
            let low = best_of(row, f32::INFINITY, |a, b| a < b);
            let high = best_of(row, f32::NEG_INFINITY, |a, b| a > b);
            let step = (high - low) / 255.0;
            let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
            self.scales.push(Scale { low, step });
            for (code_of, value) in codes.as_flattened_mut().iter_mut().zip(row) {
                *code_of = code((value - low) * inverse);
            }
        }
    }

    /// Takes rows that are bytes already, whose codes `put` writes.
    pub(crate) fn take(&mut self, rows: usize, width: usize, put: impl FnOnce(&mut [Four])) {
        self.codes.clear();
        self.codes.resize(rows * width.div_ceil(4), [0; 4]);
        self.scales.clear();
        self.scales.resize(rows, Scale { low: 0.0, step: 1.0 });
        put(&mut self.codes);
    }

    /// The codes of each row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[Four]> {
        self.codes.chunks_exact((self.codes.len() / self.scales.len().max(1)).max(1))
    }

    /// The scale of each row.
    pub(crate) fn scales(&self) -> &[Scale] {
        &self.scales
    }
}

/// The one of some numbers that `better` prefers to all others, in sixteen lanes as vectors have them.
#[inline(always)]
fn best_of(row: &[f32], worst: f32, better: impl Fn(f32, f32) -> bool) -> f32 {
    let (chunks, rest) = row.as_chunks::<OUTPUTS>();
    let mut lanes = [worst; OUTPUTS];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if better(*value, *lane) { *value } else { *lane };
        }
    }
    let pick = |best, value| if better(value, best) { value } else { best };
    lanes.into_iter().chain(rest.iter().copied()).fold(worst, pick)
}

impl Scale {
    /// The output for a sum of codes times weights, where `weights` adds up the weights alone.
    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "rounded once, to 24 bits")]
    pub(crate) fn output<Set: InstructionSet>(
        self,
        set: Set,
        sum: i32,
        weights: f32,
        scale: f32,
        bias: f32,
    ) -> f32 {
        set.multiply_add(set.multiply_add(self.step, sum as f32, self.low * weights), scale, bias)
    }
}

/// The nearest whole number of 0 to 255, of two equally near ones the even one. What is no number, as
/// damaged weights may bring about, is any code.
#[inline(always)]
fn code(value: f32) -> u8 {
    /// Added to a small number, it leaves a whole one in the lowest bits.
    const ROUNDER: f32 = 8_388_608.0;
    let bits = (value + ROUNDER).to_bits();
    bits.to_le_bytes()[0]
}

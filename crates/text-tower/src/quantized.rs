//! Rows as unsigned bytes, each with a scale of its own.

use crate::OUTPUTS;
use crate::kernel::Four;

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
    pub(crate) fn of(&mut self, values: &[f32], width: usize) {
        self.codes.clear();
        self.scales.clear();
        for row in values.chunks_exact(width) {
            let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
            for value in row {
                low = if *value < low { *value } else { low };
                high = if *value > high { *value } else { high };
            }
            let step = (high - low) / 255.0;
            let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
            self.scales.push(Scale { low, step });
            let (fours, rest) = row.as_chunks::<4>();
            self.codes
                .extend(fours.iter().map(|four| four.map(|value| code((value - low) * inverse))));
            if !rest.is_empty() {
                let mut last = [0; 4];
                for (code_of, value) in last.iter_mut().zip(rest) {
                    *code_of = code((value - low) * inverse);
                }
                self.codes.push(last);
            }
        }
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

impl Scale {
    /// The outputs for sums of codes times weights, where `weights` adds up the weights alone.
    #[expect(clippy::cast_precision_loss, reason = "rounded once, to 24 bits")]
    pub(crate) fn outputs(
        self,
        sums: &[i32; OUTPUTS],
        weights: &[f32; OUTPUTS],
        scales: &[f32; OUTPUTS],
        biases: &[f32; OUTPUTS],
    ) -> [f32; OUTPUTS] {
        std::array::from_fn(|at| {
            (self.step * sums[at] as f32 + self.low * weights[at]) * scales[at] + biases[at]
        })
    }
}

/// The nearest whole number of 0 to 255, of two equally near ones the even one. What is no number, as
/// damaged weights may bring about, is any code.
fn code(value: f32) -> u8 {
    /// Added to a small number, it leaves a whole one in the lowest bits.
    const ROUNDER: f32 = 8_388_608.0;
    let bits = (value + ROUNDER).to_bits();
    bits.to_le_bytes()[0]
}

//! Which source pixels make up a pixel, and with what weights?

use crate::Unsuitable;

/// Fraction bits of a weight, as in Pillow: 32 less 8 of the pixel, one for the sign, one for
/// overshooting.
pub(crate) const FRACTION_BITS: u32 = 22;

/// No weight of a filter is larger, not even beside an edge that cuts the filter off.
const MAX_WEIGHT: f64 = 16_777_216.0; // four times one

/// The longest side that is made.
const MAX_SIZE: u32 = 16_384;

/// How far a source pixel reaches, and with what weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Keys' kernel with a = −0.5; Pillow's `BICUBIC`.
    #[default]
    Bicubic,
    /// A triangle; Pillow's `BILINEAR`.
    Bilinear,
}

impl Filter {
    /// How far it reaches to each side, in source pixels where nothing is made smaller.
    fn reach(self) -> f64 {
        match self {
            Self::Bicubic => 2.0,
            Self::Bilinear => 1.0,
        }
    }

    fn weight(self, distance: f64) -> f64 {
        match self {
            Self::Bicubic => keys(distance),
            Self::Bilinear => (1.0 - distance.abs()).max(0.0),
        }
    }
}

/// One axis of the way from a stored picture to the model's input: `source` pixels become `target`
/// pixels, of which `size` are kept from `offset` on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// May be a fraction, where the pixels at hand are themselves scaled.
    pub source: f64,
    /// Pixels that the whole axis becomes.
    pub target: u32,
    /// The first of these that is kept.
    pub offset: u32,
    /// How many are kept.
    pub size: u32,
    /// The same for both axes of a picture, as a rule.
    pub filter: Filter,
}

/// What one pixel is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap {
    /// The first source pixel, counted from the first one at hand.
    pub(crate) first: usize,
    /// Where its weights begin.
    start: usize,
    /// How many source pixels, and weights.
    count: usize,
}

/// What the kept pixels of an axis are made of.
pub(crate) struct Taps {
    taps: Vec<Tap>,
    weights: Vec<i32>,
}

impl Taps {
    /// The taps of `axis`, of which `length` source pixels from `origin` on are at hand.
    pub(crate) fn of(axis: &Axis, origin: u32, length: u32) -> Result<Self, Unsuitable> {
        let unsuitable = Unsuitable::Axis { axis: *axis, origin, length };
        if axis.size == 0 || axis.size > MAX_SIZE {
            return Err(unsuitable);
        }
        let mut this = Self { taps: Vec::with_capacity(axis.size as usize), weights: Vec::new() };
        for at in 0..axis.size {
            this.push(axis, at, f64::from(origin), f64::from(length))
                .ok_or_else(|| unsuitable.clone())?;
        }
        Ok(this)
    }

    /// The numbers are those of Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc`
    /// (`src/libImaging/Resample.c`), in the same order: floating point is not associative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "whole numbers within `length`; a weight is checked"
    )]
    fn push(&mut self, axis: &Axis, at: u32, origin: f64, length: f64) -> Option<()> {
        let scale = axis.source / f64::from(axis.target);
        let stretch = scale.max(1.0);
        let reach = axis.filter.reach() * stretch;
        let center = (f64::from(axis.offset) + f64::from(at) + 0.5) * scale - origin;
        let first = (center - reach + 0.5).trunc().max(0.0);
        let end = (center + reach + 0.5).trunc().min(length);
        if first >= end {
            return None;
        }
        let count = (end - first) as usize;
        let start = self.weights.len();
        let exact = |tap: usize| axis.filter.weight((first + tap as f64 + 0.5 - center) / stretch);
        let sum = (0..count).fold(0.0, |sum, tap| sum + exact(tap));
        for tap in 0..count {
            let weight = exact(tap) / sum * f64::from(1 << FRACTION_BITS);
            if weight.is_nan() || weight.abs() > MAX_WEIGHT {
                return None;
            }
            self.weights.push(round_half_up(weight) as i32);
        }
        self.taps.push(Tap { first: first as usize, start, count });
        Some(())
    }

    /// How many pixels are kept.
    pub(crate) fn len(&self) -> usize {
        self.taps.len()
    }

    /// For each pixel the first source pixel, and the weights from there on.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (usize, &[i32])> {
        self.taps
            .iter()
            .map(|Tap { first, start, count }| (*first, &self.weights[*start..start + count]))
    }
}

/// Cubic convolution with a = −0.5 (Keys 1981).
fn keys(distance: f64) -> f64 {
    let t = distance.abs();
    if t < 1.0 {
        (1.5 * t - 2.5) * t * t + 1.0
    } else if t < 2.0 {
        ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    } else {
        0.0
    }
}

/// The nearest whole number, the greater of two: what JavaScript's `Math.round` gives, with which
/// the first vectors were made.
fn round_half_up(value: f64) -> f64 {
    let floor = value.floor();
    if value - floor >= 0.5 { floor + 1.0 } else { floor }
}

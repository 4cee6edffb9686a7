//! A quantised query, laid out once for every backend.

use crate::{CODE_LANES, MAX_CODES, MAX_QUERY_COMPONENT};

/// Numbers that go with one block of codes, aligned so that no load of them straddles a cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Aligned<T>(pub(crate) [T; CODE_LANES]);

/// A quantised query: up to [`MAX_CODES`] components of 16 bits.
///
/// Some instruction sets multiply 16-bit numbers, others only bytes, and more of them at once. So a
/// query holds both its components and their bytes; it is made once and used for millions of rows.
#[derive(Debug, Clone)]
pub struct Query {
    components: Box<[Aligned<i16>]>,
    high: Box<[Aligned<i8>]>,
    low: Box<[Aligned<i8>]>,
    /// Whether all low bytes are zero.
    coarse: bool,
    sum: i32,
}

impl Query {
    /// A query of these components.
    ///
    /// # Panics
    ///
    /// When there are no components, more than [`MAX_CODES`], a number of them that is no multiple
    /// of [`CODE_LANES`], or one beyond ±[`MAX_QUERY_COMPONENT`].
    #[must_use]
    pub fn new(components: &[i16]) -> Self {
        let (blocks, rest) = components.as_chunks::<CODE_LANES>();
        assert!(
            rest.is_empty() && !blocks.is_empty() && components.len() <= MAX_CODES,
            "a query of {} components: expected a multiple of {CODE_LANES}, at most {MAX_CODES}",
            components.len(),
        );
        let range = -MAX_QUERY_COMPONENT..=MAX_QUERY_COMPONENT;
        assert!(
            components.iter().all(|component| range.contains(component)),
            "a query component is beyond ±{MAX_QUERY_COMPONENT}"
        );
        Self {
            components: blocks.iter().copied().map(Aligned).collect(),
            high: blocks
                .iter()
                .map(|block| Aligned(block.map(|component| split(component).0)))
                .collect(),
            low: blocks
                .iter()
                .map(|block| Aligned(block.map(|component| split(component).1)))
                .collect(),
            coarse: components.iter().all(|component| split(*component).1 == 0),
            sum: components.iter().copied().map(i32::from).sum(),
        }
    }

    /// This query rounded to multiples of 256. Where bytes are multiplied
    /// ([`Backend::multiplies_bytes`](crate::Backend::multiplies_bytes)), a score takes half the work.
    #[must_use]
    pub fn rounded(&self) -> Self {
        let high = self.high.iter().flat_map(|block| block.0);
        Self::new(&high.map(|byte| 256 * i16::from(byte)).collect::<Vec<_>>())
    }

    /// All components, in their order.
    pub fn iter(&self) -> impl Iterator<Item = i16> {
        self.components.iter().flat_map(|block| block.0)
    }

    /// Whether all components are multiples of 256.
    pub(crate) fn is_coarse(&self) -> bool {
        self.coarse
    }

    /// How many components there are, and so how many codes a row has.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no query is empty")]
    pub fn len(&self) -> usize {
        self.components.len() * CODE_LANES
    }

    /// How many blocks of [`CODE_LANES`] a row has.
    pub(crate) fn blocks(&self) -> usize {
        self.components.len()
    }

    /// The components.
    pub(crate) fn components(&self) -> &[Aligned<i16>] {
        &self.components
    }

    /// The high bytes: a component is 256 · high + low.
    pub(crate) fn high(&self) -> &[Aligned<i8>] {
        &self.high
    }

    /// The low bytes, signed as well.
    pub(crate) fn low(&self) -> &[Aligned<i8>] {
        &self.low
    }

    /// The sum of all components, at most 4096 · 32639 and so within `i32`.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code, reason = "only AVX-512 needs it"))]
    pub(crate) fn sum(&self) -> i32 {
        self.sum
    }
}

/// The signed bytes (high, low) with `component` = 256 · high + low. [`MAX_QUERY_COMPONENT`] is the
/// largest number that has such a pair, and the reason for that limit.
fn split(component: i16) -> (i8, i8) {
    let [low, _] = component.to_le_bytes().map(u8::cast_signed);
    let [_, high] = (component - i16::from(low)).to_le_bytes().map(u8::cast_signed);
    (high, low)
}

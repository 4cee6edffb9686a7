//! Rows in the form in which they are stored, wherever they lie: in a segment, a log, or memory.

use std::ops::Range;

use crate::codes::{self, Scale};
use crate::format::{Layout, row_crc};
use crate::rotation::Rotation;

/// One of the two planes of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plane {
    High,
    Low,
}

/// Some rows: five sections of one length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// Codes per row in each plane.
    pub(crate) codes: usize,
    pub(crate) scales: &'a [Scale],
    pub(crate) ids: &'a [u64],
    pub(crate) checksums: &'a [u32],
    pub(crate) high: &'a [i8],
    pub(crate) low: &'a [i8],
}

impl<'a> Rows<'a> {
    /// The rows that `layout` describes in `bytes`, which begin with the header and must lie on a
    /// multiple of 64.
    pub(crate) fn new(bytes: &'a [u8], layout: &Layout) -> Self {
        let Layout { rows, codes, .. } = *layout;
        Self {
            codes,
            scales: cast(&bytes[layout.scales..][..rows * 8]),
            ids: cast(&bytes[layout.ids..][..rows * 8]),
            checksums: cast(&bytes[layout.checksums..][..rows * 4]),
            high: cast(&bytes[layout.high..][..rows * codes]),
            low: cast(&bytes[layout.low..][..rows * codes]),
        }
    }

    /// How many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// A row's codes in the high and in the low plane.
    pub(crate) fn planes(&self, row: u32) -> (&'a [i8], &'a [i8]) {
        let at = row as usize * self.codes;
        (&self.high[at..at + self.codes], &self.low[at..at + self.codes])
    }

    /// The codes of some rows in one plane.
    pub(crate) fn plane(&self, plane: Plane, rows: Range<usize>) -> &'a [i8] {
        let codes = match plane {
            Plane::High => self.high,
            Plane::Low => self.low,
        };
        &codes[rows.start * self.codes..rows.end * self.codes]
    }

    /// Whether a row's checksum is right.
    pub(crate) fn is_intact(&self, row: u32) -> bool {
        let at = row as usize;
        let (high, low) = self.planes(row);
        let Scale { step, error } = self.scales[at];
        self.checksums[at] == row_crc(self.ids[at], step, error, bytes_of(high), bytes_of(low))
    }

    /// The vector that is stored in a row.
    pub(crate) fn vector(&self, row: u32, dim: usize, rotation: &Rotation) -> Vec<f32> {
        let (high, low) = self.planes(row);
        let mut vector = vec![0.0; self.codes];
        codes::decode(self.scales[row as usize].step, high, low, &mut vector);
        rotation.invert(&mut vector);
        vector.truncate(dim);
        vector
    }
}

/// A row somewhere in a list of [`Rows`], with its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowRef {
    pub(crate) id: u64,
    /// Index in the list.
    pub(crate) source: u32,
    pub(crate) row: u32,
}

/// Numbers that may be reinterpreted as bytes and back: every bit pattern is one.
///
/// # Safety
///
/// No padding, no invalid bit patterns.
unsafe trait Plain: Copy {}
// SAFETY: integers and floats; `Scale` is two floats, `repr(C)`, without padding.
unsafe impl Plain for i8 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for Scale {}

/// Bytes as numbers. (The target is little-endian: lib.rs.)
///
/// # Panics
///
/// When they do not lie on a multiple of the number's size: then the caller is wrong.
fn cast<T: Plain>(bytes: &[u8]) -> &[T] {
    // SAFETY: `T` is plain, so every bit pattern is a value.
    let (before, numbers, after) = unsafe { bytes.align_to::<T>() };
    assert!(before.is_empty() && after.is_empty(), "sections are aligned");
    numbers
}

/// Numbers as the bytes of a file.
#[expect(private_bounds, reason = "for the types of this module's sections")]
pub(crate) fn bytes_of<T: Plain>(numbers: &[T]) -> &[u8] {
    // SAFETY: `T` is plain, without padding, so all its bytes are initialised; bytes need no
    // alignment.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}

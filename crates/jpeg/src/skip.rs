//! Stepping over the codes of coefficients that do not show, several at a time.

use crate::huffman::Huffman;

/// Bits that are looked at. Most codes of fine detail have three to six with their values.
pub(crate) const WINDOW: u32 = 12;

/// What the next bits hold of whole codes with their values, in 16 bits, so that the tables of
/// brightness and colours fit into the nearest cache together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Skip(u16);

impl Skip {
    /// Their bits; 0: not one fits into the window.
    #[inline(always)]
    pub(crate) fn bits(self) -> u32 {
        u32::from(self.0 & 15)
    }

    /// The coefficients that they stand for.
    #[inline(always)]
    pub(crate) fn coefficients(self) -> usize {
        usize::from(self.0 >> 4 & 63)
    }

    /// Whether the last one ends the block.
    #[inline(always)]
    pub(crate) fn ends(self) -> bool {
        self.0 >> 15 != 0
    }
}

/// By the next bits.
pub(crate) struct SkipTable(Box<[Skip; 1 << WINDOW]>);

/// How many coefficients an AC code stands for, and how many bits of value follow it. None: the rest
/// of the block is zero (T.81, F.1.2.2; of codes that mean nothing libjpeg thinks so, too).
#[inline(always)]
pub(crate) fn step(symbol: u8) -> Option<(u8, u8)> {
    let (run, size) = (symbol >> 4, symbol & 15);
    (size > 0 || run == 15).then_some((run + 1, size))
}

impl SkipTable {
    pub(crate) fn new(codes: &Huffman) -> Self {
        let mut table = Box::new([Skip::default(); 1 << WINDOW]);
        for (start, entry) in table.iter_mut().enumerate() {
            *entry = whole_codes(codes, start << (16 - WINDOW));
        }
        Self(table)
    }

    #[inline(always)]
    pub(crate) fn get(&self, bits: usize) -> Skip {
        self.0[bits & ((1 << WINDOW) - 1)]
    }
}

/// The whole codes at the beginning of 16 bits, of which only the window counts.
fn whole_codes(codes: &Huffman, bits: usize) -> Skip {
    let (mut length, mut coefficients) = (0, 0);
    loop {
        let code = codes.find((bits << length) & 0xffff);
        let step = step(code.symbol);
        let (more, value) = step.unwrap_or((0, 0));
        let end = length + u16::from(code.length) + u16::from(value);
        // More than a block cannot be; whether it is too many for this one, the caller sees.
        let is_whole = code.length > 0 && u32::from(end) <= WINDOW;
        if !is_whole || coefficients + u16::from(more) > 63 {
            return Skip(length | coefficients << 4);
        }
        length = end;
        coefficients += u16::from(more);
        if step.is_none() {
            return Skip(length | coefficients << 4 | 1 << 15);
        }
    }
}

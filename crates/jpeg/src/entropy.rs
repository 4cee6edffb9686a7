//! The coefficients of a block that show (T.81, F.2.2).

use crate::Refused;
use crate::bits::Bits;
use crate::huffman::Huffman;
use crate::skip::{SkipTable, WINDOW, step};

/// Where the coefficients of zigzag order lie in a block, row by row (T.81, figure A.6).
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The tables of a component.
pub(crate) struct Tables<'a> {
    pub(crate) dc: &'a Huffman,
    pub(crate) ac: &'a Huffman,
    pub(crate) skip: &'a SkipTable,
    /// Steps of the quantization, in zigzag order.
    pub(crate) steps: &'a [f32; 64],
}

const OVERFULL: Refused = Refused("a block of more than 64 coefficients");

/// Reads a block, which must be all zeros: sets `block[place]` for the coefficients up to the `last` in zigzag order that are
/// not zero, and steps over the others. `previous` is the quantized DC of the component's block
/// before. Returns the last place in zigzag order that was set.
#[inline(always)]
pub(crate) fn read_block(
    bits: &mut Bits<'_>,
    tables: &Tables<'_>,
    last: usize,
    previous: &mut i32,
    block: &mut [f32; 64],
) -> Result<usize, Refused> {
    bits.fill();
    let size = u32::from(tables.dc.read(bits)?);
    if size > 11 {
        return Err(Refused("a difference of more than 11 bits"));
    }
    if size > 0 {
        // Damaged data may add up to anything.
        *previous = previous.wrapping_add(bits.signed(size));
    }
    #[expect(clippy::cast_precision_loss, reason = "16 bits, where the data are good")]
    let value = |quantized: i32, at: usize| quantized as f32 * tables.steps[at];
    block[0] = value(*previous, 0);

    let mut at = 1;
    let mut set = 0;
    while at <= last {
        bits.fill_half();
        let symbol = tables.ac.read(bits)?;
        let Some((coefficients, size)) = step(symbol) else { return Ok(set) };
        at += usize::from(coefficients);
        if at > 64 {
            return Err(OVERFULL);
        }
        if size == 0 {
            continue;
        }
        let quantized = bits.signed(u32::from(size));
        if at - 1 <= last {
            set = at - 1;
            block[usize::from(ZIGZAG[set & 63] & 63)] = value(quantized, set & 63);
        }
    }
    while at < 64 {
        bits.fill_half();
        let skip = tables.skip.get(bits.peek(WINDOW));
        let next = at + skip.coefficients();
        // A block that is full has no end of its own: what looks like one is the next block's.
        if skip.bits() > 0 && next + usize::from(skip.ends()) <= 64 {
            bits.drop(skip.bits());
            if skip.ends() {
                return Ok(set);
            }
            at = next;
            continue;
        }
        let symbol = tables.ac.read(bits)?;
        let Some((coefficients, size)) = step(symbol) else { return Ok(set) };
        at += usize::from(coefficients);
        bits.drop(u32::from(size));
    }
    if at > 64 { Err(OVERFULL) } else { Ok(set) }
}

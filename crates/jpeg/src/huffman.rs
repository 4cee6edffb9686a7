//! Huffman codes (T.81, annex C).

use crate::Refused;
use crate::bits::Bits;

/// Codes of up to so many bits are looked up at once.
const SHORT: u32 = 10;

/// A code: bits of its length, and what it stands for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Code {
    pub(crate) length: u8,
    pub(crate) symbol: u8,
}

/// A Huffman table.
pub(crate) struct Huffman {
    /// By the next bits; length 0: the code is longer, or none.
    short: Box<[Code; 1 << SHORT]>,
    symbols: Vec<u8>,
    /// By length, 0 to 16: the first number of 16 bits that begins no code up to this length.
    limits: [u32; 17],
    /// By length: what to add to a code to find its symbol.
    offsets: [i32; 17],
}

impl Huffman {
    /// From the counts of codes of 1 to 16 bits and the symbols in the order of their codes.
    pub(crate) fn new(counts: [u8; 16], symbols: &[u8]) -> Result<Self, Refused> {
        let mut table = Self {
            short: Box::new([Code::default(); 1 << SHORT]),
            symbols: symbols.to_vec(),
            limits: [0; 17],
            offsets: [0; 17],
        };
        let mut code = 0u32;
        let mut index = 0usize;
        for (length, count) in (1u32..).zip(counts) {
            code <<= 1;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                reason = "< 2^16"
            )]
            let offset = index as i32 - code as i32;
            table.offsets[length as usize] = offset;
            for _ in 0..count {
                let symbol =
                    *symbols.get(index).ok_or(Refused("a Huffman table without symbols"))?;
                // The code of ones only is reserved, so that padding is none.
                if code + 1 >= 1 << length {
                    return Err(Refused("a Huffman table with too many codes"));
                }
                if length <= SHORT {
                    let room = SHORT - length;
                    let first = (code << room) as usize;
                    #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
                    let entry = Code { length: length as u8, symbol };
                    table.short[first..first + (1 << room)].fill(entry);
                }
                code += 1;
                index += 1;
            }
            table.limits[length as usize] = code << (16 - length);
        }
        Ok(table)
    }

    /// The code that `bits`, 16 of them, begin with; length 0 if they begin with none.
    #[inline(always)]
    pub(crate) fn find(&self, bits: usize) -> Code {
        let code = self.short[(bits >> (16 - SHORT)) & ((1 << SHORT) - 1)];
        if code.length > 0 { code } else { self.find_long(bits) }
    }

    #[cold]
    fn find_long(&self, bits: usize) -> Code {
        for length in SHORT + 1..=16 {
            if bits < self.limits[length as usize] as usize {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_possible_wrap,
                    reason = "16 bits"
                )]
                let index = (bits >> (16 - length)) as i32 + self.offsets[length as usize];
                let symbol = usize::try_from(index).ok().and_then(|index| self.symbols.get(index));
                #[expect(clippy::cast_possible_truncation, reason = "at most 16")]
                return symbol
                    .map_or(Code::default(), |&symbol| Code { length: length as u8, symbol });
            }
        }
        Code::default()
    }

    /// Reads a code; at least 16 bits must have been taken in.
    #[inline(always)]
    pub(crate) fn read(&self, bits: &mut Bits<'_>) -> Result<u8, Refused> {
        let Code { length, symbol } = self.find(bits.peek(16));
        if length == 0 {
            return Err(Refused("an unknown code"));
        }
        bits.drop(u32::from(length));
        Ok(symbol)
    }
}

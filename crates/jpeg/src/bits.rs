//! Bits of entropy-coded data, first the highest of each byte.

use memchr::memchr;

use crate::Refused;

/// The data between two restart markers: from and to which byte.
pub(crate) type Segment = std::ops::Range<usize>;

/// Zero bytes behind the data, so that eight bytes can be read wherever data begin.
const PADDING: usize = 8;

/// The entropy-coded data of a scan without its stuffing, and its segments. `data` begins behind the
/// header of the scan and must end it with the end of the picture (T.81, B.1.1.5 and B.2.1).
pub(crate) fn unstuffed(data: &[u8]) -> Result<(Vec<u8>, Vec<Segment>), Refused> {
    let mut plain = Vec::with_capacity(data.len() + PADDING);
    let mut segments = Vec::new();
    let mut start = 0;
    let mut rest = data;
    loop {
        let at = memchr(0xff, rest).ok_or(Refused("the data are cut off"))?;
        plain.extend_from_slice(&rest[..at]);
        let marker = rest.get(at + 1).ok_or(Refused("the data are cut off"))?;
        rest = &rest[at + 2..];
        match marker {
            0 => plain.push(0xff),
            0xd0..=0xd7 if usize::from(marker & 7) == segments.len() % 8 => {
                segments.push(start..plain.len());
                start = plain.len();
            }
            0xd9 => {
                segments.push(start..plain.len());
                plain.extend_from_slice(&[0; PADDING]);
                return Ok((plain, segments));
            }
            _ => return Err(Refused("a marker within the data")),
        }
    }
}

/// Reads bits. Behind the end there are zeros; [`position`](Self::position) tells.
pub(crate) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte to be taken in.
    next: usize,
    /// Bits taken in, from the highest down; zeros below.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(data: &'a [u8], start: usize) -> Self {
        Self { data, next: start, held: 0, count: 0 }
    }

    /// Takes in so many bytes that at least 56 bits are there.
    #[inline(always)]
    pub(crate) fn fill(&mut self) {
        if let Some(Ok(bytes)) = self.data.get(self.next..self.next + 8).map(<[u8; 8]>::try_from) {
            self.held |= u64::from_be_bytes(bytes) >> self.count;
        }
        let bytes = (63 - self.count) >> 3;
        self.next += bytes as usize;
        self.count += 8 * bytes;
    }

    /// As [`fill`](Self::fill), but at least 32 bits; mostly there is nothing to do.
    #[inline(always)]
    pub(crate) fn fill_half(&mut self) {
        if self.count < 32 {
            self.fill();
        }
    }

    /// The next `count` bits, 1 to 16, as a number.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most")]
    pub(crate) fn peek(&self, count: u32) -> usize {
        (self.held >> (64 - count)) as usize
    }

    #[inline(always)]
    pub(crate) fn drop(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count;
    }

    /// A value of so many bits, 1 to 15, with T.81's sign (table F.1): the lower half is negative.
    #[inline(always)]
    pub(crate) fn signed(&mut self, count: u32) -> i32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "15 bits")]
        let value = self.peek(count) as i32;
        self.drop(count);
        if value < 1 << (count - 1) { value - (1 << count) + 1 } else { value }
    }

    /// Bits read since the beginning of the data.
    pub(crate) fn position(&self) -> usize {
        8 * self.next - self.count as usize
    }
}

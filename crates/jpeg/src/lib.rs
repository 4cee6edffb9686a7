//! What does a JPEG look like at a half, a quarter or an eighth of its size?
//!
//! Most of the time that decoding a photo to a small picture takes goes into Huffman codes of fine
//! detail that the small picture cannot show. Here only the coefficients that show are decoded; the
//! codes of the others are stepped over, several at a time, by a table (`skip`). What shows is
//! transformed at the size that is wanted (`transform`).
//!
//! This is a fast way for the JPEGs that cameras write: baseline, 8 bits, grey or YCbCr, one scan,
//! in sRGB. All others, and whatever looks damaged, are refused with a reason, so that a decoder
//! that knows all of JPEG may have its say. Format: ITU-T T.81.
#![expect(
    clippy::inline_always,
    reason = "a block's code must know its tables and sizes: twice as fast"
)]

mod bits;
mod colour;
mod entropy;
mod exif;
mod header;
mod huffman;
mod profile;
mod scan;
mod skip;
mod transform;

use header::Header;

/// Why a JPEG is not decoded here. It may well be a good one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(&'static str);

/// By what the size is divided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Divisor {
    /// Eight pixels become four.
    Two,
    /// Eight pixels become two.
    Four,
    /// Eight pixels become one.
    Eight,
}

impl Divisor {
    /// The number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// A JPEG whose header was read and found good.
pub struct Jpeg<'a> {
    header: Header<'a>,
}

impl<'a> Jpeg<'a> {
    /// Reads the header of a whole file.
    ///
    /// # Errors
    ///
    /// [`Refused`] when it is no JPEG of the kind that is decoded here.
    pub fn read(file: &'a [u8]) -> Result<Self, Refused> {
        Ok(Self { header: Header::read(file)? })
    }

    /// Pixels in a row, as stored.
    #[must_use]
    pub fn width(&self) -> u32 {
        u32::from(self.header.width)
    }

    /// Rows, as stored.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::from(self.header.height)
    }

    /// EXIF's orientation, if it is stated: 1 to 8, or nonsense.
    #[must_use]
    pub fn orientation(&self) -> Option<u16> {
        self.header.orientation
    }

    /// Decodes `width / divisor` by `height / divisor` pixels (what remains of the divisions is
    /// left out), each of which shows `divisor` by `divisor` pixels of the picture.
    ///
    /// Returns red, green and blue of each, row by row.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the data are damaged, cut off, or would have to be enlarged.
    pub fn decode(&self, divisor: Divisor) -> Result<Vec<u8>, Refused> {
        let planes = scan::decode(&self.header, divisor)?;
        Ok(colour::rgb(&planes))
    }
}

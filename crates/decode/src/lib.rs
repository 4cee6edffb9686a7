//! What do the pixels of a BMP, PNM, JPEG 2000, JPEG XL or HEIC picture look like?
//!
//! One decoder in pure Rust per format, all with the same answer: an uncompressed TIFF in memory. A
//! reader of TIFF then does for every format what is left to do (colours by the ICC profile,
//! transparency, scaling), so that formats cannot differ in it.
//!
//! Files are hostile until proven otherwise: the size is checked against the header before any pixel
//! is decoded, and a decoder that panics has found a damaged file.

mod associations;
mod error;
mod heic;
mod jpeg2000;
mod jxl;
mod limits;
mod picture;
mod quiet_panic;
mod raster;

pub use error::DecodeError;
pub use limits::Limits;

/// The formats that are decoded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Windows and OS/2 bitmaps, RLE and bit fields included.
    Bmp,
    /// HEIF with HEVC, the first picture; `irot`, `imir` and `clap` applied.
    Heic,
    /// JPEG 2000, as codestream or in a JP2 file.
    Jpeg2000,
    /// JPEG XL, the first frame; the orientation of its header applied.
    Jxl,
    /// PBM, PGM, PPM and PAM, as text or binary.
    Pnm,
}

/// Decodes a whole file to an uncompressed TIFF: upright, 8 bits, grey, RGB or CMYK, perhaps with
/// alpha (not premultiplied) and an ICC profile.
///
/// # Errors
///
/// `TooLarge` before anything is decoded, `Damaged` and `Unsupported` with the decoder's words.
pub fn decode(format: Format, bytes: &[u8], limits: Limits) -> Result<Vec<u8>, DecodeError> {
    let decoder = match format {
        Format::Bmp => raster::decode_bmp,
        Format::Heic => heic::decode,
        Format::Jpeg2000 => jpeg2000::decode,
        Format::Jxl => jxl::decode,
        Format::Pnm => raster::decode_pnm,
    };
    quiet_panic::catch(|| decoder(bytes, limits)?.into_tiff())
        .unwrap_or_else(|| Err(DecodeError::Damaged("the decoder gave up".to_owned())))
}

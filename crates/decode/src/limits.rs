//! How large a picture may be.

use crate::DecodeError;

/// How large a picture may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Pixels.
    pub pixels: u64,
    /// Bytes of memory that a decoder may need, roughly.
    pub memory: u64,
}

impl Limits {
    /// Checks a size from a header.
    ///
    /// `bytes_per_pixel` is what the decoder needs at its peak, TIFF included.
    pub(crate) fn check(
        self,
        width: u64,
        height: u64,
        bytes_per_pixel: u64,
    ) -> Result<(), DecodeError> {
        if width == 0 || height == 0 {
            return Err(DecodeError::Damaged(format!("{width} x {height} pixels")));
        }
        let allowed = self.pixels.min(self.memory / bytes_per_pixel);
        match width.checked_mul(height) {
            Some(pixels) if pixels <= allowed => Ok(()),
            _ => Err(DecodeError::TooLarge { width, height, allowed }),
        }
    }
}

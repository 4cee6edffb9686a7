//! JPEG 2000, by the crate `hayro-jpeg2000`.

use hayro_jpeg2000::{ColorSpace, DecodeError as Error, DecodeSettings, DecoderContext, Image};

use crate::picture::{Colours, Picture};
use crate::{DecodeError, Limits};

/// Coefficients and samples of 4 bytes each, then pixels and TIFF. Measured: 25, of three components.
const BYTES_PER_PIXEL: u64 = 28;

/// Decodes a codestream or a JP2 file.
pub(crate) fn decode(bytes: &[u8], limits: Limits) -> Result<Picture, DecodeError> {
    // As with every format, a file that ends too early is damaged, not a picture with a blurred end.
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(bytes, &settings).map_err(error)?;
    let (width, height) = (image.width(), image.height());
    limits.check(u64::from(width), u64::from(height), BYTES_PER_PIXEL)?;
    let (colours, icc) = match image.color_space() {
        ColorSpace::Gray => (Colours::Grey, None),
        ColorSpace::RGB => (Colours::Rgb, None),
        ColorSpace::CMYK => (Colours::Cmyk, None),
        ColorSpace::Icc { profile, num_channels: 1 } => (Colours::Grey, Some(profile.clone())),
        ColorSpace::Icc { profile, num_channels: 3 } => (Colours::Rgb, Some(profile.clone())),
        ColorSpace::Icc { profile, num_channels: 4 } => (Colours::Cmyk, Some(profile.clone())),
        ColorSpace::Icc { num_channels, .. } | ColorSpace::Unknown { num_channels } => {
            return Err(DecodeError::Unsupported(format!("{num_channels} colours")));
        }
    };
    let has_alpha = image.has_alpha();
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(error)?;
    Ok(Picture { width, height, colours, has_alpha, pixels: decoded.data_u8(), icc })
}

fn error(error: Error) -> DecodeError {
    DecodeError::Damaged(error.to_string())
}

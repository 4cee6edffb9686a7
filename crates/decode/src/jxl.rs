//! JPEG XL, by the crate `jxl-oxide`.

use jxl_oxide::color::ColourEncoding;
use jxl_oxide::{AllocTracker, EnumColourEncoding, JxlImage, RenderingIntent};

use crate::picture::{Colours, Picture};
use crate::{DecodeError, Limits};

/// Samples of 4 bytes and copies of them while they are filtered, then pixels and TIFF. Measured: 27.
const BYTES_PER_PIXEL: u64 = 28;

/// Decodes the first frame.
pub(crate) fn decode(bytes: &[u8], limits: Limits) -> Result<Picture, DecodeError> {
    let memory = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let mut image = JxlImage::builder()
        .pool(jxl_oxide::JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(memory))
        .read(bytes)
        .map_err(error)?;
    let (width, height) = (image.width(), image.height());
    limits.check(u64::from(width), u64::from(height), BYTES_PER_PIXEL)?;

    let icc = match &image.image_header().metadata.colour_encoding {
        ColourEncoding::Enum(_) => {
            let is_grey = image.pixel_format().is_grayscale();
            let intent = RenderingIntent::Relative;
            image.request_color_encoding(if is_grey {
                EnumColourEncoding::gray_srgb(intent)
            } else {
                EnumColourEncoding::srgb(intent)
            });
            None
        }
        // jxl-oxide leaves the pixels in the profile's colours; the reader of the TIFF converts them.
        ColourEncoding::IccProfile(_) => Some(image.rendered_icc()),
    };
    let format = image.pixel_format();
    if format.has_black() {
        return Err(DecodeError::Unsupported("CMYK in JPEG XL".to_owned()));
    }
    if image.num_loaded_keyframes() == 0 {
        return Err(DecodeError::Damaged("the file ends before the first frame does".to_owned()));
    }

    let render = image.render_frame(0).map_err(error)?;
    let mut stream = render.stream();
    let colours = if format.is_grayscale() { Colours::Grey } else { Colours::Rgb };
    let has_alpha = format.has_alpha();
    let (width, height) = (stream.width(), stream.height());
    let mut pixels = vec![0_u8; width as usize * height as usize * format.channels()];
    let written = stream.write_to_buffer(&mut pixels);
    pixels.truncate(written);
    Ok(Picture { width, height, colours, has_alpha, pixels, icc })
}

fn error(error: impl std::fmt::Display) -> DecodeError {
    DecodeError::Damaged(error.to_string())
}

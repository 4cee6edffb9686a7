//! HEIC, by the crate `heic-decoder`.

use std::borrow::Cow;

use heic_decoder::{ChromaUpsampling, ColorInfo, HeifError, RgbOptions};

use crate::associations::without_empty;
use crate::picture::{Colours, Picture};
use crate::{DecodeError, Limits};

/// Planes of 4 bytes a sample, twice (tiles and the whole, or that and it turned), then pixels and TIFF.
/// Measured: 19, in 4:2:0. A phone's 50 megapixels fit into 1 GiB.
const BYTES_PER_PIXEL: u64 = 20;

/// Decodes the primary picture, or the first frame of a sequence.
pub(crate) fn decode(bytes: &[u8], limits: Limits) -> Result<Picture, DecodeError> {
    let (bytes, info) = match heic_decoder::probe(bytes) {
        // Allowed and meaningless (some phones' HDR files have it), but heic-decoder refuses it.
        Err(HeifError::MalformedBox("ipma: zero property index")) => {
            let bytes = without_empty(bytes);
            let info = heic_decoder::probe(&bytes).map_err(error)?;
            (Cow::Owned(bytes), info)
        }
        info => (Cow::Borrowed(bytes), info.map_err(error)?),
    };
    limits.check(info.width as u64, info.height as u64, BYTES_PER_PIXEL)?;
    limits.check(info.coded_width as u64, info.coded_height as u64, BYTES_PER_PIXEL)?;
    // heic-decoder spreads over all cores; here, as everywhere, one decoder has one.
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let one_thread = one_thread.map_err(|cause| DecodeError::Unsupported(cause.to_string()))?;
    one_thread.install(|| pixels(&bytes))
}

/// What a file means that does not say: BT.601 in limited range, as libheif and with it every viewer takes it.
const UNLABELLED: ColorInfo = ColorInfo {
    color_primaries: 2,
    transfer_characteristics: 2,
    matrix_coefficients: 6,
    full_range: false,
};

fn pixels(bytes: &[u8]) -> Result<Picture, DecodeError> {
    let image = heic_decoder::decode(bytes).map_err(error)?;
    let (width, height) = (size(image.width)?, size(image.height)?);
    let has_alpha = image.alpha.is_some();
    let color = image.color_info.or(Some(UNLABELLED));
    let options = RgbOptions { color, upsampling: ChromaUpsampling::Bilinear };
    let pixels = if has_alpha {
        let mut rgba = image.to_rgba8_with_options(&options).map_err(error)?;
        if rgba.premultiplied {
            rgba.data.chunks_exact_mut(4).for_each(unpremultiply);
        }
        rgba.data
    } else {
        image.to_rgb8_with_options(&options).map_err(error)?.data
    };
    let icc = image.metadata.icc_profile;
    Ok(Picture { width, height, colours: Colours::Rgb, has_alpha, pixels, icc })
}

fn unpremultiply(pixel: &mut [u8]) {
    let alpha = u32::from(pixel[3]);
    for colour in &mut pixel[..3] {
        let full = (u32::from(*colour) * 255 + alpha / 2).checked_div(alpha).unwrap_or(255);
        *colour = u8::try_from(full).unwrap_or(u8::MAX);
    }
}

fn size(side: usize) -> Result<u32, DecodeError> {
    u32::try_from(side).map_err(|_| DecodeError::Damaged(format!("a side of {side} pixels")))
}

fn error(error: HeifError) -> DecodeError {
    match error {
        HeifError::Unsupported(what) => DecodeError::Unsupported(what.to_owned()),
        other => DecodeError::Damaged(other.to_string()),
    }
}

//! From luminance and colour differences to red, green and blue.

use crate::scan::Planes;

/// The pixels of `planes`: JFIF's conversion (ITU-R BT.601, full range) in fixed point, as libjpeg
/// does it; grey stays grey.
pub(crate) fn rgb(planes: &Planes) -> Vec<u8> {
    let Planes { width, height, stride, .. } = *planes;
    let mut out = vec![0; 3 * width * height];
    let lines = out.chunks_exact_mut(3 * width).enumerate();
    match &planes.samples[..] {
        [y, cb, cr] => {
            for (row, line) in lines {
                let from = row * stride;
                let [y, cb, cr] = [y, cb, cr].map(|plane| &plane[from..from + width]);
                for (((pixel, &y), &cb), &cr) in
                    line.as_chunks_mut::<3>().0.iter_mut().zip(y).zip(cb).zip(cr)
                {
                    *pixel = converted(y, cb, cr);
                }
            }
        }
        [y, ..] => {
            for (row, line) in lines {
                for (pixel, &y) in line.as_chunks_mut::<3>().0.iter_mut().zip(&y[row * stride..]) {
                    *pixel = [y; 3];
                }
            }
        }
        [] => {}
    }
    out
}

/// Factors times 2^16.
const RED: i32 = 91_881;
const GREEN: (i32, i32) = (22_554, 46_802);
const BLUE: i32 = 116_130;
const HALF: i32 = 1 << 15;

#[inline(always)]
fn converted(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + ((RED * cr + HALF) >> 16);
    let green = y + ((-GREEN.0 * cb - GREEN.1 * cr + HALF) >> 16);
    let blue = y + ((BLUE * cb + HALF) >> 16);
    #[expect(clippy::cast_sign_loss, reason = "clamped")]
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}

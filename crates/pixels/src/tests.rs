//! What resampling promises, and that every path keeps it to the bit.

use proptest::prelude::*;

use crate::{Axis, Filter, Region, Turn, Unsuitable, resample, scalar, with};

/// The meaning.
fn plainly(region: &Region<'_>, x: &Axis, y: &Axis, turn: Turn) -> Result<Vec<u8>, Unsuitable> {
    with(scalar::rows, scalar::columns, region, (x, y), turn)
}

fn whole(source: u32, target: u32) -> Axis {
    Axis { source: f64::from(source), target, offset: 0, size: target, filter: Filter::Bicubic }
}

fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[5]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

proptest! {
    #[test]
    fn every_path_gives_the_bits_of_the_scalar_one(
        (width, height) in (1..90_u32, 1..90_u32),
        (target_x, target_y) in (1..120_u32, 1..120_u32),
        percent in 0..=100_u32,
        fraction in 0.0..0.4_f64,
        black_and_white: bool,
        bilinear: bool,
        seed: u64,
    ) {
        let mut pixels = noise(3 * (width * height) as usize, seed);
        if black_and_white {
            // What overshoots most.
            for value in &mut pixels {
                *value = if *value < 128 { 0 } else { 255 };
            }
        }
        let axis = |length: u32, target: u32| {
            let size = (target * percent / 100).max(1);
            let filter = if bilinear { Filter::Bilinear } else { Filter::Bicubic };
            let offset = (target - size) / 2;
            Axis { source: f64::from(length) + fraction, target, offset, size, filter }
        };
        let (x, y) = (axis(width, target_x), axis(height, target_y));
        let region = Region { pixels: &pixels, width, height, left: 0, top: 0 };
        for bits in 0..8 {
            let turn = Turn { flip_x: bits & 1 != 0, flip_y: bits & 2 != 0, swap: bits & 4 != 0 };
            prop_assert_eq!(resample(&region, &x, &y, turn), plainly(&region, &x, &y, turn));
        }
    }

    #[test]
    fn a_part_that_is_seen_is_as_good_as_the_whole(left in 0..40_u32, seed: u64) {
        let pixels = noise(3 * 100 * 5, seed);
        // Reduced by two, a pixel reaches four pixels to each side.
        let x = Axis { offset: left / 2 + 2, size: 20, ..whole(100, 50) };
        let y = whole(5, 5);
        let all = Region { pixels: &pixels, width: 100, height: 5, left: 0, top: 0 };
        let width = 60;
        let part: Vec<u8> = pixels
            .chunks_exact(300)
            .flat_map(|row| &row[3 * left as usize..3 * (left + width) as usize])
            .copied()
            .collect();
        let seen = Region { pixels: &part, width, height: 5, left, top: 0 };
        let turn = Turn::default();
        prop_assert_eq!(resample(&seen, &x, &y, turn), resample(&all, &x, &y, turn));
    }

    #[test]
    fn one_colour_stays_one_colour(colour: [u8; 3], width in 1..300_u32, height in 1..20_u32) {
        let pixels = colour.repeat((width * height) as usize);
        let region = Region { pixels: &pixels, width, height, left: 0, top: 0 };
        let made = resample(&region, &whole(width, 33), &whole(height, 7), Turn::default());
        prop_assert_eq!(made, Ok(colour.repeat(33 * 7)));
    }
}

/// Of Pillow 13.0: `Image.fromarray(ramp).resize((3, 1), Image.BICUBIC)` and `(8, 1)`.
#[test]
fn the_numbers_are_those_of_pillow() {
    let ramp = [0, 10, 200, 255, 30].map(|value| [value; 3]).concat();
    let region = Region { pixels: &ramp, width: 5, height: 1, left: 0, top: 0 };
    let made = |target| {
        let out = resample(&region, &whole(5, target), &whole(1, 1), Turn::default()).unwrap();
        out.chunks_exact(3).map(|pixel| pixel[0]).collect::<Vec<u8>>()
    };
    assert_eq!(made(5), [0, 10, 200, 255, 30]);
    assert_eq!(made(3), [0, 180, 131]);
    assert_eq!(made(8), [0, 0, 17, 145, 237, 255, 122, 14]);
}

/// Of Pillow 13.0, with `Image.BILINEAR`.
#[test]
fn the_bilinear_numbers_are_those_of_pillow() {
    let ramp = [0, 10, 200, 255, 30].map(|value| [value; 3]).concat();
    let region = Region { pixels: &ramp, width: 5, height: 1, left: 0, top: 0 };
    let made = |target| {
        let across = Axis { filter: Filter::Bilinear, ..whole(5, target) };
        let out = resample(&region, &across, &whole(1, 1), Turn::default()).unwrap();
        out.chunks_exact(3).map(|pixel| pixel[0]).collect::<Vec<u8>>()
    };
    assert_eq!(made(5), [0, 10, 200, 255, 30]);
    assert_eq!(made(3), [4, 170, 126]);
    assert_eq!(made(8), [0, 4, 22, 141, 217, 252, 128, 30]);
    assert_eq!(made(2), [61, 160]);
}

#[test]
fn a_picture_is_turned_as_exif_says() {
    // 1 2
    // 3 4
    // 5 6
    let stored = [1, 2, 3, 4, 5, 6].map(|value| [value; 3]).concat();
    let region = Region { pixels: &stored, width: 2, height: 3, left: 0, top: 0 };
    let turned = |flip_x, flip_y, swap| {
        let turn = Turn { flip_x, flip_y, swap };
        let out = resample(&region, &whole(2, 2), &whole(3, 3), turn).unwrap();
        out.chunks_exact(3).map(|pixel| pixel[0]).collect::<Vec<u8>>()
    };
    assert_eq!(turned(false, false, false), [1, 2, 3, 4, 5, 6]);
    assert_eq!(turned(true, false, false), [2, 1, 4, 3, 6, 5]);
    assert_eq!(turned(false, true, false), [5, 6, 3, 4, 1, 2]);
    assert_eq!(turned(false, false, true), [1, 3, 5, 2, 4, 6]);
    assert_eq!(turned(false, true, true), [5, 3, 1, 6, 4, 2]);
    assert_eq!(turned(true, false, true), [2, 4, 6, 1, 3, 5]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let pixels = [0; 12];
    let region = |width, height| Region { pixels: &pixels, width, height, left: 0, top: 0 };
    let refused = |region: Region<'_>, x: Axis| {
        resample(&region, &x, &whole(2, 2), Turn::default()).unwrap_err().to_string()
    };
    assert!(refused(region(3, 2), whole(2, 2)).starts_with("expected 3 bytes for each of 3 x 2"));
    assert!(refused(region(u32::MAX, u32::MAX), whole(2, 2)).contains("found 12 bytes"));
    let good = whole(2, 2);
    for axis in [
        Axis { size: 0, ..good },
        Axis { size: u32::MAX, ..good },
        Axis { target: 0, ..good },
        Axis { source: f64::NAN, ..good },
        Axis { source: f64::INFINITY, ..good },
        Axis { offset: u32::MAX, ..good },
        // Of 100 pixels the first two are there.
        Axis { offset: 50, size: 2, ..whole(100, 100) },
    ] {
        assert!(refused(region(2, 2), axis).starts_with("expected source pixels for all of"));
    }
    let far = Region { left: u32::MAX, ..region(2, 2) };
    assert!(refused(far, good).contains("found 2 from 4294967295 on"));
}

//! Pictures of random coefficients, written by an encoder of our own, whose pixels a plain inverse
//! DCT in float64 tells; and damage.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small numbers"
)]

mod encoder;

use clipfind_jpeg::{Divisor, Jpeg};
use encoder::{Drawing, Plan};
use proptest::prelude::*;

const DIVISORS: [Divisor; 3] = [Divisor::Two, Divisor::Four, Divisor::Eight];

/// Brightness of a component at a pixel of the picture made smaller, before rounding: the inverse
/// DCT of N points of the lowest coefficients, each √(N/8) of what it was.
fn sample(drawing: &Drawing, component: usize, divisor: usize, (x, y): (usize, usize)) -> f64 {
    let part = &drawing.components[component];
    let (across, down) = drawing.finest();
    // Pixels that a block becomes.
    let (width, height) = (8 / divisor * (across / part.across), 8 / divisor * (down / part.down));
    let block = &part.blocks[(y / height) * part.stride + x / width];
    let cosine = |size: usize, u: usize, x: usize| {
        let scale = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
        scale * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / (2 * size) as f64).cos()
    };
    let mut sum = 128.0;
    for v in 0..height {
        for u in 0..width {
            let coefficient = f64::from(block[8 * v + u]) * f64::from(part.steps[8 * v + u]);
            sum += coefficient * cosine(width, u, x % width) * cosine(height, v, y % height);
        }
    }
    sum.clamp(0.0, 255.0)
}

fn expected(drawing: &Drawing, divisor: usize) -> Vec<[f64; 3]> {
    let (width, height) = (drawing.width / divisor, drawing.height / divisor);
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let at = |component| sample(drawing, component, divisor, (x, y));
            if drawing.components.len() == 1 {
                pixels.push([at(0); 3]);
                continue;
            }
            let (y, cb, cr) = (at(0), at(1) - 128.0, at(2) - 128.0);
            let rgb = [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb];
            pixels.push(rgb.map(|value| value.clamp(0.0, 255.0)));
        }
    }
    pixels
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pixels_are_those_of_the_inverse_dct(plan in any::<Plan>()) {
        let drawing = Drawing::random(&plan);
        let file = drawing.encode();
        let jpeg = Jpeg::read(&file).unwrap();
        prop_assert_eq!((jpeg.width() as usize, jpeg.height() as usize), (drawing.width, drawing.height));
        for divisor in DIVISORS {
            let number = divisor.number() as usize;
            if drawing.width < number || drawing.height < number {
                prop_assert!(jpeg.decode(divisor).is_err());
                continue;
            }
            if drawing.is_too_coarse(number) {
                prop_assert_eq!(
                    jpeg.decode(divisor).unwrap_err().to_string(),
                    "a component too coarse to be used as it is"
                );
                continue;
            }
            let found = jpeg.decode(divisor).unwrap();
            let wanted = expected(&drawing, number);
            prop_assert_eq!(found.len(), 3 * wanted.len());
            for (at, (found, wanted)) in found.iter().zip(wanted.as_flattened()).enumerate() {
                // Three samples are rounded before they become a colour: 0.5 · (1 + 1.772), and once more.
                prop_assert!((f64::from(*found) - wanted).abs() <= 2.0, "byte {at}: {found}, wanted {wanted}");
            }
        }
    }

    #[test]
    fn damage_is_refused_or_decoded_and_never_a_panic(
        plan in any::<Plan>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut file = Drawing::random(&plan).encode();
        for (at, value) in edits {
            let at = at.index(file.len());
            file[at] = value;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(jpeg) = Jpeg::read(&file) {
            for divisor in DIVISORS {
                if let Ok(pixels) = jpeg.decode(divisor) {
                    let number = divisor.number();
                    prop_assert_eq!(pixels.len() as u32, 3 * (jpeg.width() / number) * (jpeg.height() / number));
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_cut_off_is_refused(plan in any::<Plan>(), cut in any::<prop::sample::Index>()) {
        let file = Drawing::random(&plan).encode();
        let cut = &file[..cut.index(file.len())];
        let decoded = Jpeg::read(cut).and_then(|jpeg| jpeg.decode(Divisor::Eight));
        prop_assert!(decoded.is_err());
    }
}

fn usual() -> Drawing {
    Drawing::random(&Plan {
        seed: 1,
        width: 64,
        height: 64,
        sampling: encoder::Sampling::S420,
        interval: 0,
        density: 3,
    })
}

fn with_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let file = usual().encode();
    let mut segment = vec![0xff, marker];
    segment.extend(u16::try_from(content.len() + 2).unwrap().to_be_bytes());
    segment.extend(content);
    [&file[..2], &segment, &file[2..]].concat()
}

#[test]
fn the_orientation_is_that_of_exif() {
    let exif = |order: &[u8; 4], rest: &[u8]| [b"Exif\0\0", &order[..], rest].concat();
    let little = exif(b"II*\0", &[8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    let big = exif(b"MM\0*", &[0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0]);
    let far = exif(b"II*\0", &[0xff, 0xff, 0xff, 0xff]);
    let of = |exif: &[u8]| Jpeg::read(&with_segment(0xe1, exif)).unwrap().orientation();
    assert_eq!((of(&little), of(&big), of(&far), of(b"Exif\0\0")), (Some(6), Some(8), None, None));
    assert_eq!(Jpeg::read(&usual().encode()).unwrap().orientation(), None);
}

#[test]
fn a_profile_must_be_srgb_by_its_own_words() {
    let profile = |space: &[u8; 4], text: &[u8]| {
        let mut profile = vec![0; 128];
        profile[16..20].copy_from_slice(space);
        profile.extend(1u32.to_be_bytes());
        profile.extend(b"desc");
        profile.extend(144u32.to_be_bytes());
        profile.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
        profile.extend(text);
        with_segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile[..]].concat())
    };
    let refusal = |file: &[u8]| Jpeg::read(file).err().map(|refused| refused.to_string());
    let other = Some("a colour profile other than sRGB".to_owned());
    let old = b"desc\0\0\0\0\0\0\0\x12sRGB IEC61966-2.1\0";
    let new = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x08\0\0\0\x1c\0s\0R\0G\0B";
    assert_eq!(refusal(&profile(b"RGB ", old)), None);
    assert_eq!(refusal(&profile(b"RGB ", new)), None);
    assert_eq!(refusal(&profile(b"GRAY", old)), other);
    assert_eq!(refusal(&profile(b"RGB ", b"desc\0\0\0\0\0\0\0\x0bDisplay P3\0")), other);
    assert_eq!(refusal(&profile(b"RGB ", b"desc")), other);
    assert_eq!(refusal(&with_segment(0xe2, b"ICC_PROFILE\0\x01\x02")), other);
    assert_eq!(refusal(&with_segment(0xe2, b"MPF\0")), None);
}

#[test]
fn what_is_no_baseline_jpeg_is_refused_in_words() {
    let refusal = |file: &[u8]| {
        let decoded = Jpeg::read(file).and_then(|jpeg| jpeg.decode(Divisor::Two));
        decoded.err().map(|refused| refused.to_string()).unwrap_or_default()
    };
    assert_eq!(refusal(b""), "no JPEG");
    assert_eq!(refusal(b"\xff\xd8"), "no marker where one should be");
    assert_eq!(refusal(&with_segment(0xc2, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0])), "no baseline JPEG");
    assert_eq!(refusal(&with_segment(0xee, b"Adobe\0\x64\0\0\0\0\x02")), "");
    let mut adobe = with_segment(0xee, b"Adobe\0\x64\0\0\0\0\x00");
    // Without JFIF, what Adobe says counts.
    let jfif = adobe.windows(5).position(|it| it == b"JFIF\0").unwrap();
    adobe[jfif] = b'j';
    assert_eq!(refusal(&adobe), "colours other than JFIF's");
    let mut no_end = usual().encode();
    no_end.truncate(no_end.len() - 2);
    assert_eq!(refusal(&no_end), "the data are cut off");
}

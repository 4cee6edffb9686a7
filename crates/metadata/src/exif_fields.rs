//! What do the fields of an EXIF say?

use std::fmt::Write;

use exif::{Context, Exif, Tag, Value};

use crate::exif_block::FIRST;
use crate::{Statement, Statements};

/// Where the fields of the first directory, EXIF's and GPS' are looked for.
#[derive(Clone, Copy)]
pub(crate) struct Contexts {
    first: Option<Context>,
    exif: Option<Context>,
    gps: Option<Context>,
}

impl Contexts {
    /// Each in its own directory.
    pub(crate) const ALL: Contexts =
        Contexts { first: Some(Context::Tiff), exif: Some(Context::Exif), gps: Some(Context::Gps) };
    /// A TIFF whose first directory is EXIF's.
    pub(crate) const ONLY_EXIF: Contexts =
        Contexts { first: None, exif: Some(Context::Tiff), gps: None };
    /// A TIFF whose first directory is GPS'.
    pub(crate) const ONLY_GPS: Contexts =
        Contexts { first: None, exif: None, gps: Some(Context::Tiff) };
}

const FIRST_TEXTS: &[(u16, &str)] =
    &[(0x010e, "exif:ImageDescription"), (0x010f, "exif:Make"), (0x0110, "exif:Model")];
/// Windows' own, in UTF-16.
const FIRST_WIDE: &[(u16, &str)] = &[(0x9c9b, "exif:XPTitle"), (0x9c9e, "exif:XPKeywords")];
const RATING: u16 = 0x4746;
const EXIF_TEXTS: &[(u16, &str)] = &[
    (0x9003, "exif:DateTimeOriginal"),
    (0x9004, "exif:DateTimeDigitized"),
    (0x9011, "exif:OffsetTimeOriginal"),
    (0x9012, "exif:OffsetTimeDigitized"),
    (0x9291, "exif:SubSecTimeOriginal"),
    (0x9292, "exif:SubSecTimeDigitized"),
    (0xa433, "exif:LensMake"),
    (0xa434, "exif:LensModel"),
];

/// A field of the first picture.
pub(crate) fn field(exif: &Exif, context: Context, number: u16) -> Option<&Value> {
    exif.get_field(Tag(context, number), FIRST).map(|field| &field.value)
}

/// Adds what the fields say that are asked for.
pub(crate) fn add(exif: &Exif, contexts: Contexts, found: &mut Statements) {
    let mut state = |name, value: Option<String>| {
        if let Some(value) = value {
            found.push(Statement { name, values: vec![value] });
        }
    };
    if let Some(context) = contexts.first {
        for &(number, name) in FIRST_TEXTS {
            state(name, field(exif, context, number).and_then(text));
        }
        for &(number, name) in FIRST_WIDE {
            state(name, field(exif, context, number).and_then(wide_text));
        }
        let rating = field(exif, context, RATING).and_then(|value| value.get_uint(0));
        state("exif:Rating", rating.map(|rating| rating.to_string()));
    }
    if let Some(context) = contexts.exif {
        for &(number, name) in EXIF_TEXTS {
            state(name, field(exif, context, number).and_then(text));
        }
    }
    if let Some(context) = contexts.gps {
        let place = |letter, degrees, negative| {
            let letter = text(field(exif, context, letter)?)?;
            let degrees = degrees_of(field(exif, context, degrees)?)?;
            // Without the letter nobody knows which half of the globe it is.
            let is_negative = letter.trim().eq_ignore_ascii_case(negative);
            (!letter.trim().is_empty()).then_some(if is_negative { -degrees } else { degrees })
        };
        state("exif:GPSLatitude", place(1, 2, "S").map(number));
        state("exif:GPSLongitude", place(3, 4, "W").map(number));
        let below = field(exif, context, 5).and_then(|value| value.get_uint(0)) == Some(1);
        let altitude = field(exif, context, 6).and_then(|value| rationals(value).next());
        let altitude = altitude.map(|metres| number(if below { -metres } else { metres }));
        state("exif:GPSAltitude", altitude);
    }
}

fn number(value: f64) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(text, "{value}");
    text
}

/// Up to the first zero byte; UTF-8, though EXIF says ASCII, else Latin-1.
fn text(value: &Value) -> Option<String> {
    let bytes = match value {
        Value::Ascii(parts) => parts.first()?,
        // Some write texts so.
        Value::Byte(bytes) | Value::Undefined(bytes, _) => bytes,
        _ => return None,
    };
    let bytes = bytes.split(|&byte| byte == 0).next()?;
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    })
}

fn wide_text(value: &Value) -> Option<String> {
    let (Value::Byte(bytes) | Value::Undefined(bytes, _)) = value else { return None };
    let units = bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let units = units.take_while(|&unit| unit != 0);
    Some(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect())
}

/// Degrees, minutes and seconds.
fn degrees_of(value: &Value) -> Option<f64> {
    let mut parts = rationals(value);
    let degrees = parts.next()?;
    let [minutes, seconds] = [(); 2].map(|()| parts.next().unwrap_or(0.0));
    Some(degrees + minutes / 60.0 + seconds / 3600.0)
}

/// The numbers of a field; those that are none, such as 0/0, are left out at the end.
fn rationals(value: &Value) -> Box<dyn Iterator<Item = f64> + '_> {
    match value {
        Value::Rational(all) => {
            Box::new(all.iter().map(exif::Rational::to_f64).take_while(|it| it.is_finite()))
        }
        Value::SRational(all) => {
            Box::new(all.iter().map(exif::SRational::to_f64).take_while(|it| it.is_finite()))
        }
        Value::Double(all) => Box::new(all.iter().copied().take_while(|it| it.is_finite())),
        _ => Box::new(std::iter::empty()),
    }
}

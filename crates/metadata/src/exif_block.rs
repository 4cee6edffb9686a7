//! Where does a file keep its EXIF?

use std::io::Cursor;

use exif::{Context, Exif, In, Reader, Value};

use crate::Statements;
use crate::compact::compact;
use crate::exif_fields::{self, Contexts, field};

/// Other blocks that a TIFF has in its first directory.
#[derive(Default)]
pub(crate) struct Embedded {
    pub(crate) xmp: Option<Vec<u8>>,
    pub(crate) iptc: Option<Vec<u8>>,
}

/// Where the JPEG in a Fuji RAF begins: it has all that the RAW says of itself.
pub(crate) fn jpeg_in_raf(bytes: &[u8]) -> Option<usize> {
    let place = bytes.starts_with(b"FUJIFILMCCD-RAW").then(|| bytes.get(84..88))??;
    usize::try_from(u32::from_be_bytes(place.try_into().ok()?)).ok()
}

/// Adds what the EXIF of a file says, if there is any. A file that is a TIFF hands out the other
/// blocks in it, too.
pub(crate) fn read(bytes: &[u8], found: &mut Statements) -> Option<Embedded> {
    match bytes {
        // Olympus' ORF and Panasonic's RW2 are TIFFs that say so in their own way.
        [b'I', b'I', b'*' | b'U', 0, ..]
        | [b'M', b'M', 0, b'*', ..]
        | [b'I', b'I', b'R', b'O' | b'S', ..]
        | [b'M', b'M', b'O', b'R', ..] => Some(read_tiff(bytes, found)),
        [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', b' ', ..] => {
            read_cr3(bytes, found);
            None
        }
        [_, _, _, _, b'J', b'X', b'L', b' ', ..] => {
            if let Some(tiff) = exif_box(bytes) {
                read_tiff(tiff, found);
            }
            None
        }
        _ => {
            // PNG, WebP, HEIC and AVIF.
            let exif = lenient(|reader| reader.read_from_container(&mut Cursor::new(bytes)));
            if let Some(exif) = exif {
                read_tiff(exif.buf(), found);
            }
            None
        }
    }
}

/// Adds what a TIFF says, and hands out the other blocks in it.
pub(crate) fn read_tiff(tiff: &[u8], found: &mut Statements) -> Embedded {
    let Some(exif) = parsed(tiff) else { return Embedded::default() };
    exif_fields::add(&exif, Contexts::ALL, found);
    let block = |number| match field(&exif, Context::Tiff, number) {
        Some(Value::Byte(bytes) | Value::Undefined(bytes, _)) => Some(bytes.clone()),
        // Adobe once wrote IPTC as numbers of four bytes.
        Some(Value::Long(numbers)) if exif.little_endian() => {
            Some(numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
        }
        Some(Value::Long(numbers)) => {
            Some(numbers.iter().flat_map(|number| number.to_be_bytes()).collect())
        }
        _ => None,
    };
    Embedded { xmp: block(700), iptc: block(33723) }
}

/// The fields of a TIFF that are asked for.
fn parsed(tiff: &[u8]) -> Option<Exif> {
    let compact = compact(tiff)?;
    lenient(|reader| reader.read_raw(compact))
}

/// What can be read of it.
fn lenient(read: impl FnOnce(&Reader) -> Result<Exif, exif::Error>) -> Option<Exif> {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    read(&reader).or_else(|error| error.distill_partial_result(|_| {})).ok()
}

/// Canon's CR3 has a TIFF each for the first directory, EXIF and GPS, in boxes near its beginning.
fn read_cr3(bytes: &[u8], found: &mut Statements) {
    let head = &bytes[..bytes.len().min(1 << 16)];
    let boxes: [(&[u8], Contexts); 3] =
        [(b"CMT1", Contexts::ALL), (b"CMT2", Contexts::ONLY_EXIF), (b"CMT4", Contexts::ONLY_GPS)];
    for (name, contexts) in boxes {
        let Some(at) = memchr::memmem::find(head, name) else { continue };
        let length = at.checked_sub(4).and_then(|from| bytes.get(from..at)).map(big_endian);
        let end = (at + 4).saturating_add(length.unwrap_or(0).saturating_sub(8)).min(bytes.len());
        if let Some(exif) = parsed(&bytes[at + 4..end]) {
            exif_fields::add(&exif, contexts, found);
        }
    }
}

/// The TIFF in the box `Exif` of a JPEG XL: behind the offset at which it begins.
fn exif_box(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    loop {
        let length = match big_endian(rest.get(..4)?) {
            // To the end.
            0 => rest.len(),
            // A length of eight bytes is no small box's.
            1 => usize::try_from(u64::from_be_bytes(rest.get(8..16)?.try_into().ok()?)).ok()?,
            length => length,
        };
        if length < 8 {
            return None;
        }
        if rest.get(4..8)? == b"Exif" {
            let body = rest.get(8..length.min(rest.len()))?;
            return body.get(4 + big_endian(body.get(..4)?)..);
        }
        rest = rest.get(length..)?;
    }
}

fn big_endian(four: &[u8]) -> usize {
    four.iter().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// The first picture's directories.
pub(crate) const FIRST: In = In::PRIMARY;

//! The few fields of a TIFF that are asked for, as a TIFF of its own.
//!
//! A TIFF may have a gigabyte, and each of its fields may claim all of it. What is handed to the
//! parser is small, whatever the file says.

use crate::MOST_XMP;

const XMP: u16 = 700;
const IPTC: u16 = 33723;
const EXIF: u16 = 0x8769;
const GPS: u16 = 0x8825;

/// Fields that are asked for, in any directory: `exif_fields` names them.
const WANTED: &[u16] = &[
    1, 2, 3, 4, 5, 6, 0x010e, 0x010f, 0x0110, XMP, 0x4746, IPTC, 0x9003, 0x9004, 0x9011, 0x9012,
    0x9291, 0x9292, 0x9c9b, 0x9c9e, 0xa433, 0xa434,
];

/// Bytes that are kept of a text.
const MOST_TEXT: usize = 1 << 16;
/// Bytes that a block of IPTC has at most.
const MOST_IPTC: usize = 1 << 20;
/// Entries of a directory that are looked at.
const MOST_ENTRIES: usize = 4096;

/// Bytes of a value by type: BYTE, ASCII, SHORT, LONG, RATIONAL, and so on; 0: none is known.
const SIZES: [usize; 14] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

#[derive(Clone, Copy)]
struct Tiff<'a> {
    bytes: &'a [u8],
    is_little: bool,
}

struct Entry<'a> {
    tag: u16,
    kind: u16,
    value: &'a [u8],
}

/// A TIFF of the wanted fields in the first directory, and in those of EXIF and GPS below it; `None`
/// for what is no TIFF. Those of ORF and RW2 count, which say so in their own way.
pub(crate) fn compact(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_little = match bytes.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let tiff = Tiff { bytes, is_little };
    let first = tiff.place(4)?;
    let mut directories = vec![(None, tiff.entries(first))];
    for pointer in [EXIF, GPS] {
        let below = tiff.pointer(first, pointer).map(|offset| tiff.entries(offset));
        directories.extend(below.map(|entries| (Some(pointer), entries)));
    }
    Some(tiff.written(&directories))
}

impl<'a> Tiff<'a> {
    fn short(self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    }

    fn place(self, at: usize) -> Option<usize> {
        let four = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let long = if self.is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) };
        usize::try_from(long).ok()
    }

    /// Where the entries of a directory are, as far as they are there.
    fn places(self, directory: usize) -> impl Iterator<Item = usize> {
        let count = self.short(directory).map_or(0, usize::from).min(MOST_ENTRIES);
        (0..count).map(move |index| directory + 2 + 12 * index)
    }

    /// Where a field of a directory says that another one is.
    fn pointer(self, directory: usize, tag: u16) -> Option<usize> {
        let at = self.places(directory).find(|&at| self.short(at) == Some(tag))?;
        self.place(at + 8)
    }

    /// The wanted fields of a directory, each once.
    fn entries(self, directory: usize) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry> = Vec::new();
        for at in self.places(directory) {
            let Some(entry) = self.entry(at) else { continue };
            if !entries.iter().any(|other| other.tag == entry.tag) {
                entries.push(entry);
            }
        }
        entries
    }

    /// A field, cut off where it is too long; `None` where it is not asked for, or lies outside.
    fn entry(self, at: usize) -> Option<Entry<'a>> {
        let tag = self.short(at)?;
        let kind = self.short(at + 2)?;
        let size = *SIZES.get(usize::from(kind))?;
        if size == 0 || !WANTED.contains(&tag) {
            return None;
        }
        let length = self.place(at + 4)?.checked_mul(size)?;
        let from = if length <= 4 { at + 8 } else { self.place(at + 8)? };
        let value = self.bytes.get(from..from.checked_add(length)?)?;
        let most = match tag {
            XMP => MOST_XMP,
            IPTC => MOST_IPTC,
            _ => MOST_TEXT,
        };
        let kept = value.len().min(most) / size * size;
        Some(Entry { tag, kind, value: &value[..kept] })
    }

    fn written(self, directories: &[(Option<u16>, Vec<Entry>)]) -> Vec<u8> {
        let pointers = directories.len() - 1;
        let sizes = directories.iter().enumerate().map(|(index, (_, entries))| {
            let below = if index == 0 { pointers } else { 0 };
            2 + 12 * (entries.len() + below) + 4
        });
        let mut offsets = vec![8];
        for size in sizes {
            offsets.push(offsets[offsets.len() - 1] + size);
        }
        let mut head = Vec::new();
        let mut values = Vec::new();
        let values_at = offsets[directories.len()];
        head.extend(if self.is_little { b"II" } else { b"MM" });
        self.put_short(&mut head, 42);
        self.put_long(&mut head, 8);
        for (index, (_, entries)) in directories.iter().enumerate() {
            let below = if index == 0 { &directories[1..] } else { &[] };
            self.put_short(&mut head, entries.len() + below.len());
            for Entry { tag, kind, value } in entries {
                self.put_short(&mut head, usize::from(*tag));
                self.put_short(&mut head, usize::from(*kind));
                self.put_long(&mut head, value.len() / SIZES[usize::from(*kind)]);
                if value.len() <= 4 {
                    head.extend_from_slice(value);
                    head.resize(head.len() + 4 - value.len(), 0);
                } else {
                    self.put_long(&mut head, values_at + values.len());
                    values.extend_from_slice(value);
                }
            }
            for (place, (pointer, _)) in below.iter().enumerate() {
                self.put_short(&mut head, usize::from(pointer.unwrap_or_default()));
                self.put_short(&mut head, 4);
                self.put_long(&mut head, 1);
                self.put_long(&mut head, offsets[place + 1]);
            }
            self.put_long(&mut head, 0);
        }
        head.append(&mut values);
        head
    }

    fn put_short(self, to: &mut Vec<u8>, value: usize) {
        let value = u16::try_from(value).unwrap_or_default();
        to.extend(if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() });
    }

    fn put_long(self, to: &mut Vec<u8>, value: usize) {
        let value = u32::try_from(value).unwrap_or_default();
        to.extend(if self.is_little { value.to_le_bytes() } else { value.to_be_bytes() });
    }
}

//! Decoded pixels, and the TIFF in which they are handed over.

use crate::DecodeError;

/// What the samples of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colours {
    Grey,
    Rgb,
    Cmyk,
}

impl Colours {
    fn samples(self) -> u16 {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    /// `PhotometricInterpretation` of TIFF 6.0.
    fn photometric(self) -> u16 {
        match self {
            Self::Grey => 1,
            Self::Rgb => 2,
            Self::Cmyk => 5,
        }
    }
}

/// Decoded pixels of 8 bits, row by row, upright.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colours: Colours,
    /// Whether the colours of each pixel are followed by its opacity.
    pub(crate) has_alpha: bool,
    pub(crate) pixels: Vec<u8>,
    pub(crate) icc: Option<Vec<u8>>,
}

/// Rows per strip: a reader needs memory for one strip.
const STRIP_ROWS: u32 = 64;

/// TIFF field types.
const SHORT: u16 = 3;
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;

impl Picture {
    /// The picture as an uncompressed TIFF (TIFF 6.0, little-endian, chunky). The pixels come first,
    /// then the values that do not fit into the directory, then the directory.
    pub(crate) fn into_tiff(self) -> Result<Vec<u8>, DecodeError> {
        let samples = self.colours.samples() + u16::from(self.has_alpha);
        let row_bytes = u64::from(self.width) * u64::from(samples);
        if self.pixels.len() as u64 != row_bytes * u64::from(self.height) {
            let found = format!("{} bytes of pixels", self.pixels.len());
            return Err(DecodeError::Damaged(found));
        }

        let strips = self.height.div_ceil(STRIP_ROWS);
        let icc = self.icc.unwrap_or_default();
        let more = 2 * 4 * strips as usize + icc.len() + 1024;
        let mut file = Vec::with_capacity(self.pixels.len() + more);
        file.extend_from_slice(b"II*\0\0\0\0\0");
        file.extend_from_slice(&self.pixels);
        drop(self.pixels);

        let strip_bytes = row_bytes * u64::from(STRIP_ROWS);
        let last = row_bytes * u64::from(self.height) - strip_bytes * u64::from(strips - 1);
        let offsets = (0..u64::from(strips)).map(|strip| offset(8 + strip * strip_bytes));
        let counts =
            (1..=strips).map(|strip| offset(if strip < strips { strip_bytes } else { last }));
        let offsets = longs(offsets)?;
        let counts = longs(counts)?;

        let mut directory = Directory { file, entries: Vec::new() };
        directory.long(256, self.width); // ImageWidth
        directory.long(257, self.height); // ImageLength
        directory.shorts(258, &vec![8; usize::from(samples)]); // BitsPerSample
        directory.shorts(259, &[1]); // Compression: none
        directory.shorts(262, &[self.colours.photometric()]);
        directory.values(273, LONG, strips, &offsets); // StripOffsets
        directory.shorts(277, &[samples]); // SamplesPerPixel
        directory.long(278, STRIP_ROWS); // RowsPerStrip
        directory.values(279, LONG, strips, &counts); // StripByteCounts
        directory.shorts(284, &[1]); // PlanarConfiguration: chunky
        if self.has_alpha {
            directory.shorts(338, &[2]); // ExtraSamples: alpha, not premultiplied
        }
        if let (false, Ok(length)) = (icc.is_empty(), u32::try_from(icc.len())) {
            directory.values(34675, UNDEFINED, length, &icc);
        }
        directory.finish()
    }
}

/// A TIFF in the making: the file up to here, and the entries of its only directory.
struct Directory {
    file: Vec<u8>,
    entries: Vec<[u8; 12]>,
}

impl Directory {
    fn long(&mut self, tag: u16, value: u32) {
        self.values(tag, LONG, 1, &value.to_le_bytes());
    }

    fn shorts(&mut self, tag: u16, values: &[u16]) {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.values(tag, SHORT, u32::try_from(values.len()).unwrap_or_default(), &bytes);
    }

    /// Adds an entry: values of up to four bytes lie in it, others in the file, at an even place.
    fn values(&mut self, tag: u16, kind: u16, count: u32, bytes: &[u8]) {
        let mut entry = [0; 12];
        entry[0..2].copy_from_slice(&tag.to_le_bytes());
        entry[2..4].copy_from_slice(&kind.to_le_bytes());
        entry[4..8].copy_from_slice(&count.to_le_bytes());
        if bytes.len() <= 4 {
            entry[8..8 + bytes.len()].copy_from_slice(bytes);
        } else {
            self.align();
            entry[8..12].copy_from_slice(&self.end().to_le_bytes());
            self.file.extend_from_slice(bytes);
        }
        self.entries.push(entry);
    }

    fn finish(mut self) -> Result<Vec<u8>, DecodeError> {
        self.align();
        let at = self.end();
        self.file[4..8].copy_from_slice(&at.to_le_bytes());
        let count = u16::try_from(self.entries.len()).unwrap_or_default();
        self.file.extend_from_slice(&count.to_le_bytes());
        self.file.extend(self.entries.iter().flatten());
        self.file.extend_from_slice(&[0; 4]);
        // Every offset was cut to 32 bits; if the end fits, all of them did.
        offset(self.file.len() as u64).map(|_| self.file)
    }

    fn align(&mut self) {
        if self.file.len() % 2 == 1 {
            self.file.push(0);
        }
    }

    fn end(&self) -> u32 {
        u32::try_from(self.file.len()).unwrap_or(u32::MAX)
    }
}

fn longs(values: impl Iterator<Item = Result<u32, DecodeError>>) -> Result<Vec<u8>, DecodeError> {
    values
        .map(|value| value.map(u32::to_le_bytes))
        .collect::<Result<Vec<_>, _>>()
        .map(|all| all.concat())
}

/// A TIFF ends at 4 GiB.
fn offset(value: u64) -> Result<u32, DecodeError> {
    u32::try_from(value)
        .map_err(|_| DecodeError::Unsupported("more than 4 GiB of pixels".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Colours, Picture};

    #[test]
    fn pixels_come_first_and_the_directory_is_sorted() {
        let (width, height) = (3, 130);
        let pixels: Vec<u8> = (0..3 * width * height).map(|at| (at % 251) as u8).collect();
        let icc = Some(vec![7; 5]);
        let tiff = Picture {
            width,
            height,
            colours: Colours::Rgb,
            has_alpha: false,
            pixels: pixels.clone(),
            icc,
        }
        .into_tiff()
        .unwrap();
        assert_eq!(tiff[8..8 + pixels.len()], pixels);
        let at = u32::from_le_bytes(tiff[4..8].try_into().unwrap()) as usize;
        let count = usize::from(u16::from_le_bytes(tiff[at..at + 2].try_into().unwrap()));
        let tags: Vec<u16> = (0..count)
            .map(|entry| {
                let from = at + 2 + 12 * entry;
                u16::from_le_bytes(tiff[from..from + 2].try_into().unwrap())
            })
            .collect();
        assert!(tags.is_sorted());
        assert_eq!(tags.last(), Some(&34675));
    }

    #[test]
    fn too_few_pixels_are_damage() {
        let picture = Picture {
            width: 2,
            height: 2,
            colours: Colours::Grey,
            has_alpha: true,
            pixels: vec![0; 7],
            icc: None,
        };
        assert!(picture.into_tiff().is_err());
    }
}

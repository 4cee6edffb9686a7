//! Everything before the entropy-coded data (T.81, annex B).

use crate::huffman::Huffman;
use crate::{Refused, exif, profile};

/// A component of the frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    id: u8,
    /// Sampling factors.
    pub(crate) across: u8,
    pub(crate) down: u8,
    /// Its tables.
    pub(crate) steps: usize,
    pub(crate) dc: usize,
    pub(crate) ac: usize,
}

/// What is needed to decode a picture.
pub(crate) struct Header<'a> {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Luminance, or that and two colour differences.
    pub(crate) components: Vec<Component>,
    /// Steps of the quantization, in zigzag order.
    pub(crate) steps: [Option<[f32; 64]>; 4],
    pub(crate) dc: [Option<Huffman>; 4],
    pub(crate) ac: [Option<Huffman>; 4],
    /// Units from one restart marker to the next.
    pub(crate) restart_interval: Option<usize>,
    pub(crate) orientation: Option<u16>,
    /// What follows the header of the scan.
    pub(crate) data: &'a [u8],
    is_jfif: bool,
    /// What Adobe's segment says of the colours.
    adobe: Option<u8>,
}

const SHORT: Refused = Refused("the header is cut off");

impl<'a> Header<'a> {
    pub(crate) fn read(file: &'a [u8]) -> Result<Self, Refused> {
        let mut header = Self {
            width: 0,
            height: 0,
            components: Vec::new(),
            steps: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            restart_interval: None,
            orientation: None,
            data: &[],
            is_jfif: false,
            adobe: None,
        };
        let mut rest = file.strip_prefix(&[0xff, 0xd8]).ok_or(Refused("no JPEG"))?;
        loop {
            let (marker, segment, behind) = next_segment(rest)?;
            rest = behind;
            match marker {
                0xc0 | 0xc1 => header.frame(segment)?,
                0xc4 => header.huffman(segment)?,
                0xdb => header.quantization(segment)?,
                0xdd => header.restart(segment)?,
                0xe0 => header.is_jfif |= segment.starts_with(b"JFIF\0"),
                0xe1 => header.exif(segment),
                0xe2 => check_profile(segment)?,
                0xee => header.adobe(segment),
                0xda => {
                    header.scan(segment)?;
                    header.data = rest;
                    return Ok(header);
                }
                0xe3..=0xed | 0xef | 0xfe => {}
                _ => return Err(Refused("no baseline JPEG")),
            }
        }
    }

    fn frame(&mut self, segment: &[u8]) -> Result<(), Refused> {
        let [bits, h1, h0, w1, w0, count, components @ ..] = segment else { return Err(SHORT) };
        let (components, others) = components.as_chunks::<3>();
        let is_ours = *bits == 8 && matches!(count, 1 | 3) && self.components.is_empty();
        if !is_ours || components.len() != usize::from(*count) || !others.is_empty() {
            return Err(Refused("not one frame of 8 bits, grey or in colours"));
        }
        self.width = u16::from_be_bytes([*w1, *w0]);
        self.height = u16::from_be_bytes([*h1, *h0]);
        for &[id, sampling, table] in components {
            let (across, down) = (sampling >> 4, sampling & 15);
            if !matches!(across, 1 | 2 | 4) || !matches!(down, 1 | 2 | 4) || table > 3 {
                return Err(Refused("a component of an unusual kind"));
            }
            let steps = usize::from(table);
            self.components.push(Component { id, across, down, steps, dc: 0, ac: 0 });
        }
        Ok(())
    }

    fn quantization(&mut self, mut segment: &[u8]) -> Result<(), Refused> {
        while let [kind, rest @ ..] = segment {
            let table = self.steps.get_mut(usize::from(kind & 15));
            let table = table.ok_or(Refused("a quantization table of an unusual kind"))?;
            let mut steps = [0.0; 64];
            segment = match kind >> 4 {
                0 => {
                    let (values, rest) = rest.split_at_checked(64).ok_or(SHORT)?;
                    steps.iter_mut().zip(values).for_each(|(step, &value)| *step = value.into());
                    rest
                }
                1 => {
                    let (values, rest) = rest.split_at_checked(128).ok_or(SHORT)?;
                    let values = values.as_chunks::<2>().0.iter().map(|&it| u16::from_be_bytes(it));
                    steps.iter_mut().zip(values).for_each(|(step, value)| *step = value.into());
                    rest
                }
                _ => return Err(Refused("a quantization table of an unusual kind")),
            };
            *table = Some(steps);
        }
        Ok(())
    }

    fn huffman(&mut self, mut segment: &[u8]) -> Result<(), Refused> {
        while let [kind, rest @ ..] = segment {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(SHORT)?;
            let all = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(all).ok_or(SHORT)?;
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let table = tables.get_mut(usize::from(kind & 15)).filter(|_| kind >> 4 < 2);
            *table.ok_or(Refused("a Huffman table of an unusual kind"))? =
                Some(Huffman::new(*counts, symbols)?);
            segment = rest;
        }
        Ok(())
    }

    fn restart(&mut self, segment: &[u8]) -> Result<(), Refused> {
        let &[high, low] = segment else { return Err(SHORT) };
        let interval = u16::from_be_bytes([high, low]);
        self.restart_interval = (interval > 0).then_some(interval.into());
        Ok(())
    }

    fn exif(&mut self, segment: &[u8]) {
        if let (None, Some(tiff)) = (self.orientation, segment.strip_prefix(b"Exif\0\0")) {
            self.orientation = exif::orientation(tiff);
        }
    }

    fn adobe(&mut self, segment: &[u8]) {
        if let Some(fields) = segment.strip_prefix(b"Adobe") {
            self.adobe = fields.get(6).copied();
        }
    }

    fn scan(&mut self, segment: &[u8]) -> Result<(), Refused> {
        let [count, rest @ ..] = segment else { return Err(SHORT) };
        let (selected, rest) = rest.as_chunks::<2>();
        // The selectors, then from which coefficient to which, and the bits: all of them.
        let (selected, range) = selected.split_at_checked(usize::from(*count)).ok_or(SHORT)?;
        if *count == 0
            || selected.len() != self.components.len()
            || range != [[0, 63]]
            || rest != [0]
        {
            return Err(Refused("not one scan of all components"));
        }
        for (component, &[id, tables]) in self.components.iter_mut().zip(selected) {
            if id != component.id || tables >> 4 > 3 || tables & 15 > 3 {
                return Err(Refused("a scan of an unusual kind"));
            }
            (component.dc, component.ac) = (usize::from(tables >> 4), usize::from(tables & 15));
        }
        if self.components.len() == 3 && !self.is_ycbcr() {
            return Err(Refused("colours other than JFIF's"));
        }
        Ok(())
    }

    /// As libjpeg has it: JFIF has only these, Adobe says, and else the usual ids have to do.
    fn is_ycbcr(&self) -> bool {
        let usual = self.components.iter().map(|component| component.id).eq([1, 2, 3]);
        self.is_jfif || self.adobe.map_or(usual, |transform| transform == 1)
    }
}

/// A marker, its segment, and what follows.
fn next_segment(rest: &[u8]) -> Result<(u8, &[u8], &[u8]), Refused> {
    let mut rest = rest.strip_prefix(&[0xff]).ok_or(Refused("no marker where one should be"))?;
    while let Some(more) = rest.strip_prefix(&[0xff]) {
        rest = more;
    }
    let [marker, high, low, ..] = *rest else { return Err(SHORT) };
    if marker < 0xc0 || (0xd0..=0xd9).contains(&marker) {
        return Err(Refused("a marker out of place"));
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    let (segment, behind) = rest[1..].split_at_checked(length).ok_or(SHORT)?;
    Ok((marker, segment.get(2..).ok_or(SHORT)?, behind))
}

fn check_profile(segment: &[u8]) -> Result<(), Refused> {
    match segment.strip_prefix(b"ICC_PROFILE\0") {
        None => Ok(()),
        // Number and count of the parts, of which sRGB needs one.
        Some([1, 1, profile @ ..]) if profile::is_srgb(profile) => Ok(()),
        Some(_) => Err(Refused("a colour profile other than sRGB")),
    }
}

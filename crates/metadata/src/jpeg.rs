//! Where does a JPEG keep what it says of itself?

/// Contents of the segments before the pixels.
#[derive(Default)]
pub(crate) struct Segments<'a> {
    /// A TIFF.
    pub(crate) exif: Option<&'a [u8]>,
    /// A packet of XML.
    pub(crate) xmp: Option<&'a [u8]>,
    /// Photoshop's resources, which may be spread over several segments.
    pub(crate) photoshop: Vec<u8>,
}

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// Segments up to the first scan. What follows a broken one is left out.
pub(crate) fn segments(bytes: &[u8]) -> Segments<'_> {
    let mut found = Segments::default();
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        match marker {
            0xff => {
                at += 1;
                continue;
            }
            // Start of scan, end of image.
            0xda | 0xd9 => break,
            // These have no length.
            0x01 | 0xd0..=0xd8 => {
                at += 2;
                continue;
            }
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(body) = bytes.get(at + 4..at + 2 + length) else { break };
        match marker {
            0xe1 if found.exif.is_none() && body.starts_with(EXIF) => {
                found.exif = Some(&body[EXIF.len()..]);
            }
            0xe1 if found.xmp.is_none() && body.starts_with(XMP) => {
                found.xmp = Some(&body[XMP.len()..]);
            }
            0xed if body.starts_with(PHOTOSHOP) => {
                found.photoshop.extend_from_slice(&body[PHOTOSHOP.len()..]);
            }
            _ => {}
        }
        at += 2 + length;
    }
    found
}

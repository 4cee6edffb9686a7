//! What does a photo, or a sidecar, say of itself?
//!
//! EXIF comes from kamadak-exif, XML from quick-xml. On top of them: where EXIF, XMP and IPTC lie in
//! the files that photos come in. What is found is handed out as it was written, as text: what it
//! means, and what of it to believe, is for the caller to say.
//!
//! Files may be hostile: what is broken is left out, and what is left is handed out. The time is
//! bounded by passes over the bytes, the memory by some megabytes.

mod compact;
mod exif_block;
mod exif_fields;
mod iptc;
mod jpeg;
mod xmp;

use std::panic::{self, AssertUnwindSafe};

use memchr::memmem;

/// Something that a file says: what, and how often.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// Source and name: `exif:Make`, `dc:subject`, `iptc:25`.
    pub name: &'static str,
    /// None where a list is stated that is empty.
    pub values: Vec<String>,
}

/// EXIF's first, then XMP's, then IPTC's.
pub(crate) type Statements = Vec<Statement>;

/// XMP packets that are looked at: the first is the picture's, others are of what it is made of.
const MOST_PACKETS: usize = 4;

/// A packet ends within so many bytes, in a photo or alone in a sidecar. Lightroom's with many
/// masks have some hundred thousand.
pub const MOST_XMP: usize = 8 << 20;

/// All that a whole file says: a picture of any format, or an XMP sidecar. Of a name that comes
/// twice the first counts.
#[must_use]
pub fn statements(bytes: &[u8]) -> Vec<Statement> {
    // No panic is known of; one in a library would be about one photo, and must not cost more.
    panic::catch_unwind(AssertUnwindSafe(|| read(bytes))).unwrap_or_default()
}

fn read(bytes: &[u8]) -> Statements {
    if let Some(start) = exif_block::jpeg_in_raf(bytes) {
        return of_jpeg(bytes.get(start..).unwrap_or_default());
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return of_jpeg(bytes);
    }
    if looks_like_xml(bytes) {
        return if bytes.len() <= MOST_XMP { xmp::statements(bytes) } else { Vec::new() };
    }
    let mut found = Vec::new();
    let embedded = exif_block::read(bytes, &mut found);
    match embedded {
        // A TIFF says where its XMP and IPTC are.
        Some(embedded) => {
            found.extend(embedded.xmp.iter().flat_map(|packet| xmp::statements(packet)));
            found.extend(embedded.iptc.iter().flat_map(|block| iptc::statements(block)));
        }
        None => found.extend(packets(bytes).flat_map(xmp::statements)),
    }
    found
}

fn of_jpeg(bytes: &[u8]) -> Statements {
    let segments = jpeg::segments(bytes);
    let mut found = Vec::new();
    if let Some(exif) = segments.exif {
        exif_block::read_tiff(exif, &mut found);
    }
    found.extend(segments.xmp.into_iter().flat_map(xmp::statements));
    found.extend(iptc::statements(&iptc::in_photoshop(&segments.photoshop)));
    found
}

fn looks_like_xml(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|byte| !b"\xef\xbb\xbf\xff\xfe\0 \t\r\n".contains(byte));
    start.is_some_and(|at| at < 64 && bytes[at] == b'<')
}

/// XMP is made to be found like this in any file (XMP specification, part 3, 1.1): in boxes, chunks
/// and extensions of any format, as long as they are not compressed.
fn packets(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const END: &[u8] = b"</rdf:RDF>";
    memmem::find_iter(bytes, b"<rdf:RDF").take(MOST_PACKETS).filter_map(|start| {
        let rest = &bytes[start..];
        let rest = &rest[..rest.len().min(MOST_XMP)];
        memmem::find(rest, END).map(|end| &rest[..end + END.len()])
    })
}

#[cfg(test)]
mod tests;

//! The orientation that EXIF states.

/// The value of tag 0x0112 in the first directory of a TIFF structure (EXIF 2.32, 4.6.2).
pub(crate) fn orientation(tiff: &[u8]) -> Option<u16> {
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let count = usize::from(short(directory)?);
    (0..count)
        .map_while(|entry| directory.checked_add(2 + 12 * entry))
        .find(|&at| short(at) == Some(0x0112))
        .filter(|&at| short(at + 2) == Some(3))
        .and_then(|at| short(at + 8))
}

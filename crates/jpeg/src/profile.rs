//! Is a colour profile sRGB by its own words?

/// Whether the description of an ICC profile (ICC.1, 9.2.41) begins with "sRGB". Such profiles
/// differ by less than the rounding of 8 bits; for all others colours have to be converted.
pub(crate) fn is_srgb(profile: &[u8]) -> bool {
    description(profile).is_some_and(|text| text.starts_with("sRGB"))
}

fn description(profile: &[u8]) -> Option<String> {
    let long = |at: usize| {
        let bytes: [u8; 4] = profile.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    // The colours of the pixels.
    if profile.get(16..20)? != b"RGB " {
        return None;
    }
    let count = long(128)?.min(100);
    let entry = (0..count)
        .map(|tag| 132 + 12 * tag)
        .find(|&at| profile.get(at..at + 4) == Some(b"desc"))?;
    let at = long(entry + 4)?;
    let text = |from: usize, length: usize| profile.get(from..from.checked_add(length)?);
    match text(at, 4)? {
        b"desc" => Some(String::from_utf8_lossy(text(at.checked_add(12)?, 4)?).into_owned()),
        b"mluc" => {
            let bytes = text(at.checked_add(long(at.checked_add(24)?)?)?, 8)?;
            let units = bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair));
            Some(char::decode_utf16(units).flatten().collect())
        }
        _ => None,
    }
}

//! What does a block of IPTC's Information Interchange Model say?

use crate::{Statement, Statements};

/// Datasets of record 2: number and name.
const NAMES: &[(u8, &str)] = &[
    (5, "iptc:ObjectName"),
    (25, "iptc:Keywords"),
    (55, "iptc:DateCreated"),
    (60, "iptc:TimeCreated"),
    (120, "iptc:Caption"),
];

/// Datasets that are looked at.
const MOST_DATASETS: usize = 4096;

/// The block among Photoshop's resources; empty where there is none.
pub(crate) fn in_photoshop(resources: &[u8]) -> Vec<u8> {
    let mut rest = resources;
    while let Some((head, tail)) = rest.split_at_checked(6) {
        if !head.starts_with(b"8BIM") {
            break;
        }
        // A Pascal string, padded to an even length with its own length byte, then the size.
        let Some(&name) = tail.first() else { break };
        let skip = (usize::from(name) + 2) & !1;
        let Some(size) = tail.get(skip..skip + 4).and_then(|size| size.try_into().ok()) else {
            break;
        };
        let Ok(size) = usize::try_from(u32::from_be_bytes(size)) else { break };
        let body = &tail[skip + 4..];
        if head[4..6] == [4, 4] {
            return body[..size.min(body.len())].to_vec();
        }
        let padded = size.saturating_add(size % 2);
        rest = body.get(padded..).unwrap_or_default();
    }
    Vec::new()
}

/// What the block says.
pub(crate) fn statements(block: &[u8]) -> Statements {
    let mut found: Statements = Vec::new();
    let mut is_utf8 = false;
    let mut rest = block;
    for _ in 0..MOST_DATASETS {
        let Some(([0x1c, record, number, high, low], tail)) = rest.split_first_chunk() else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        // With the highest bit set the length would be longer than a photo's words are.
        let Some((body, next)) = tail.split_at_checked(length) else { break };
        rest = next;
        if (*record, *number) == (1, 90) {
            is_utf8 = body == b"\x1b%G";
        }
        let name = NAMES.iter().find(|(of, _)| *record == 2 && of == number);
        let Some((_, name)) = name else { continue };
        let value = text(body, is_utf8);
        match found.iter_mut().find(|statement| statement.name == *name) {
            Some(statement) => statement.values.push(value),
            None => found.push(Statement { name, values: vec![value] }),
        }
    }
    found
}

/// Many write UTF-8 without saying so; what is not is taken for Latin-1.
fn text(bytes: &[u8], is_utf8: bool) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if is_utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

//! Which properties the items of a HEIF file have: the box `ipma`.

/// A copy of a HEIF file in which no item has the property 0, which means "none" (ISO/IEC 14496-12,
/// `ItemPropertyAssociationBox`): the item has one of its other properties twice instead.
pub(crate) fn without_empty(file: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    if let Some(at) = file.windows(4).position(|four| four == b"ipma") {
        fill(&mut file[at + 4..]);
    }
    file
}

/// Fills the empty associations of a box, given without its header; `None` when it ends too early.
fn fill(ipma: &mut [u8]) -> Option<()> {
    let (version, is_wide) = (*ipma.first()?, *ipma.get(3)? & 1 == 1);
    let items = u32::from_be_bytes(*ipma.get(4..)?.first_chunk()?);
    let id_bytes = if version == 0 { 2 } else { 4 };
    let size = if is_wide { 2 } else { 1 };
    let mut at = 8;
    for _ in 0..items {
        let count = usize::from(*ipma.get(at + id_bytes)?);
        at += id_bytes + 1;
        let associations = ipma.get_mut(at..at + count * size)?;
        at += count * size;
        // The highest bit says that the property matters.
        let is_empty =
            |one: &[u8]| matches!(one[0], 0 | 0x80) && one[1..].iter().all(|&byte| byte == 0);
        let other = associations.chunks(size).find(|one| !is_empty(one)).map(<[u8]>::to_vec);
        for one in associations.chunks_mut(size) {
            if let (true, Some(other)) = (is_empty(one), &other) {
                one.copy_from_slice(other);
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::without_empty;

    #[test]
    fn an_empty_association_becomes_another_of_the_item() {
        // Two items: 7 with the properties 3 (which matters) and none, 8 with 1.
        let narrow = b"....ipma\0\0\0\0\0\0\0\x02\0\x07\x02\x83\0\0\x08\x01\x01";
        let filled = b"....ipma\0\0\0\0\0\0\0\x02\0\x07\x02\x83\x83\0\x08\x01\x01";
        assert_eq!(without_empty(narrow), filled);
        let wide = b"ipma\x01\0\0\x01\0\0\0\x01\0\0\0\x07\x02\x80\0\x01\0";
        let filled = b"ipma\x01\0\0\x01\0\0\0\x01\0\0\0\x07\x02\x01\0\x01\0";
        assert_eq!(without_empty(wide), filled);
    }

    #[test]
    fn a_box_that_ends_early_or_lies_is_left_as_it_is() {
        for file in [&b"ipma"[..], b"ipma\0\0\0\0\xff\xff\xff\xff\0\0\xff", b"nothing"] {
            assert_eq!(without_empty(file), file);
        }
    }
}

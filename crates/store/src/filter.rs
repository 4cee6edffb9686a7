//! Which ids may be found at all.

use std::ops::{Range, RangeInclusive};

/// A set of allowed ids, applied *before* ranking: a filter that allows m live rows makes a search
/// for k return min(k, m).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    set: Set,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Set {
    /// Rising, without duplicates.
    Ids(Vec<u64>),
    /// Bit `i` of word `w` is id `base + 64·w + i`.
    Bits { base: u64, words: Vec<u64> },
    /// Rising, without overlaps.
    Ranges(Vec<RangeInclusive<u64>>),
}

/// A list of ids becomes a bitmap if that has at most this many words per id …
const WORDS_PER_ID: u64 = 2;
/// … or this many in all.
const SMALL_BITMAP: u64 = 1024;

impl Filter {
    /// The set of these ids, in any order, repeated or not. Ids that are not stored do no harm.
    #[must_use]
    pub fn new(ids: &[u64]) -> Self {
        Self::of(ids.iter().copied())
    }

    /// The same for ids from elsewhere, which are asked for twice and not collected first.
    #[must_use]
    pub fn of(ids: impl ExactSizeIterator<Item = u64> + Clone) -> Self {
        let all = ids.clone();
        let (min, max) = all.fold((u64::MAX, 0), |(min, max), id| (min.min(id), max.max(id)));
        if min > max {
            return Self { set: Set::Ids(Vec::new()) };
        }
        let base = min & !63;
        let count = (max - base) / 64 + 1;
        if count <= SMALL_BITMAP || count <= ids.len() as u64 * WORDS_PER_ID {
            let mut words = vec![0; index(count)];
            // Mostly the next id is in the same word, which would have to be stored to be loaded again.
            let (mut at, mut word) = (0, 0);
            for id in ids {
                let bit = id - base;
                if bit / 64 != at {
                    words[index(at)] |= word;
                    (at, word) = (bit / 64, 0);
                }
                word |= 1 << (bit % 64);
            }
            words[index(at)] |= word;
            return Self { set: Set::Bits { base, words } };
        }
        let mut ids: Vec<u64> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        Self { set: Set::Ids(ids) }
    }

    /// The set of all ids in these ranges, in any order, overlapping or not.
    #[must_use]
    pub fn ranges(ranges: &[RangeInclusive<u64>]) -> Self {
        let mut sorted: Vec<_> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
        sorted.sort_unstable_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<u64>> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match merged.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => merged.push(range),
            }
        }
        Self { set: Set::Ranges(merged) }
    }

    /// Whether the filter allows `id`.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        match &self.set {
            Set::Ids(ids) => ids.binary_search(&id).is_ok(),
            Set::Bits { base, words } => bit(*base, words, id),
            Set::Ranges(ranges) => {
                let after = ranges.partition_point(|range| *range.end() < id);
                ranges.get(after).is_some_and(|range| range.contains(&id))
            }
        }
    }

    /// Sets bit `i` of `mask` if the filter allows `ids[i]`; all bits are clear before.
    pub(crate) fn mark(&self, ids: &[u64], ascending: bool, mask: &mut [u64]) {
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return };
        let dense = ascending && last - first == ids.len() as u64 - 1;
        match &self.set {
            Set::Bits { base, words } if dense => {
                for (at, word) in mask.iter_mut().enumerate() {
                    *word = bits_from(*base, words, first + 64 * at as u64);
                }
                clear_behind(mask, ids.len());
            }
            Set::Bits { base, words } => {
                for (at, id) in ids.iter().enumerate() {
                    mask[at / 64] |= u64::from(bit(*base, words, *id)) << (at % 64);
                }
            }
            Set::Ranges(ranges) if ascending => {
                let after = ranges.partition_point(|range| range.end() < first);
                for range in ranges[after..].iter().take_while(|range| range.start() <= last) {
                    let start = ids.partition_point(|id| id < range.start());
                    set_bits(mask, start..ids.partition_point(|id| id <= range.end()));
                }
            }
            Set::Ids(wanted) if ascending => {
                let wanted = &wanted[wanted.partition_point(|id| id < first)..];
                let wanted = &wanted[..wanted.partition_point(|id| id <= last)];
                let mut start = 0;
                for id in wanted {
                    start += if dense {
                        index(id - first) - start
                    } else {
                        ids[start..].partition_point(|other| other < id)
                    };
                    if ids.get(start) == Some(id) {
                        mask[start / 64] |= 1 << (start % 64);
                    }
                }
            }
            Set::Ids(_) | Set::Ranges(_) => {
                for (at, id) in ids.iter().enumerate() {
                    mask[at / 64] |= u64::from(self.contains(*id)) << (at % 64);
                }
            }
        }
    }
}

impl Default for Filter {
    /// Allows nothing.
    fn default() -> Self {
        Self::new(&[])
    }
}

impl FromIterator<u64> for Filter {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        Self::new(&ids.into_iter().collect::<Vec<_>>())
    }
}

/// An index of something that is in memory.
#[expect(clippy::cast_possible_truncation, reason = "what is in memory is counted in usize")]
const fn index(at: u64) -> usize {
    at as usize
}

/// Whether the bitmap has `id`.
fn bit(base: u64, words: &[u64], id: u64) -> bool {
    let Some(at) = id.checked_sub(base) else { return false };
    let word = usize::try_from(at / 64).ok().and_then(|word| words.get(word));
    word.is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// The bits of ids `id` to `id` + 63.
fn bits_from(base: u64, words: &[u64], id: u64) -> u64 {
    let word = |at: Option<u64>| {
        at.and_then(|at| words.get(usize::try_from(at).ok()?)).copied().unwrap_or(0)
    };
    match id.checked_sub(base) {
        Some(at) if at.is_multiple_of(64) => word(Some(at / 64)),
        Some(at) => word(Some(at / 64)) >> (at % 64) | word(Some(at / 64 + 1)) << (64 - at % 64),
        None if base - id < 64 => word(Some(0)) << (base - id),
        None => 0,
    }
}

/// Sets the bits of a range.
pub(crate) fn set_bits(mask: &mut [u64], range: Range<usize>) {
    let mut at = range.start;
    while at < range.end {
        let (word, low) = (at / 64, at % 64);
        let count = (range.end - at).min(64 - low);
        mask[word] |= (u64::MAX >> (64 - count)) << low;
        at += count;
    }
}

/// Clears the bits from `len` on.
pub(crate) fn clear_behind(mask: &mut [u64], len: usize) {
    if !len.is_multiple_of(64)
        && let Some(word) = mask.get_mut(len / 64)
    {
        *word &= u64::MAX >> (64 - len % 64);
    }
}

/// Asks a rising list for one id after the other; fast when the questions rise as well.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    ids: &'a [u64],
    /// Everything before it is below the last id asked for.
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning of `ids`, which must rise.
    pub(crate) fn new(ids: &'a [u64]) -> Self {
        Self { ids, at: 0 }
    }

    /// Whether the list has `id`.
    pub(crate) fn contains(&mut self, id: u64) -> bool {
        if self.at > 0 && self.ids[self.at - 1] >= id {
            self.at = 0; // The questions went back.
        }
        // Steps of 1, 2, 4, … past everything smaller, then bisection inside the last step.
        let mut step = 1;
        while self.ids.get(self.at + step).is_some_and(|next| *next < id) {
            self.at += step;
            step *= 2;
        }
        let end = self.ids.len().min(self.at + step + 1);
        self.at += self.ids[self.at..end].partition_point(|allowed| *allowed < id);
        self.ids.get(self.at) == Some(&id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_answers_like_a_set(
            ids in prop::collection::btree_set(0_u64..60, 0..40),
            questions in prop::collection::vec(0_u64..62, 0..80),
        ) {
            let list: Vec<u64> = ids.iter().copied().collect();
            let mut cursor = Cursor::new(&list);
            for id in questions {
                prop_assert_eq!(cursor.contains(id), ids.contains(&id), "{}", id);
            }
        }

        #[test]
        fn ids_bitmaps_and_ranges_mark_the_rows_they_allow(
            allowed in prop::collection::btree_set(0_u64..400, 0..200),
            far in any::<bool>(),
            (start, gaps) in (0_u64..300, prop::collection::vec(1_u64..4, 1..200)),
            (contiguous, shuffled) in (any::<bool>(), any::<bool>()),
        ) {
            let mut stored: Vec<u64> = gaps
                .iter()
                .scan(start, |id, gap| { *id += if contiguous { 1 } else { *gap }; Some(*id) })
                .collect();
            if shuffled {
                let middle = stored.len() / 2;
                stored.rotate_left(middle);
            }
            let ascending = stored.is_sorted();
            let mut list: Vec<u64> = allowed.iter().copied().collect();
            if far {
                list.push(1 << 50); // Too far away for a bitmap.
            }
            let ranges: Vec<_> = list.iter().rev().map(|id| *id..=*id).collect();
            let wanted: BTreeSet<u64> = list.iter().copied().collect();
            for filter in [Filter::new(&list), Filter::ranges(&ranges)] {
                let mut mask = vec![0; stored.len().div_ceil(64)];
                filter.mark(&stored, ascending, &mut mask);
                for (at, id) in stored.iter().enumerate() {
                    prop_assert_eq!(mask[at / 64] >> (at % 64) & 1 == 1, wanted.contains(id));
                    prop_assert_eq!(filter.contains(*id), wanted.contains(id));
                }
                let set: u32 = mask.iter().map(|word| word.count_ones()).sum();
                prop_assert_eq!(set as usize, stored.iter().filter(|id| wanted.contains(id)).count());
            }
        }
    }

    #[test]
    fn ranges_are_merged_and_empty_ones_ignored() {
        #[expect(clippy::reversed_empty_ranges, reason = "that is the point")]
        let filter = Filter::ranges(&[7..=9, 1..=3, 4..=4, 8..=20, 30..=25]);
        assert_eq!(filter, Filter::ranges(&[1..=4, 7..=20]));
        assert_eq!(Filter::new(&[5, 1, 5, 3]), [1, 3, 5].into_iter().collect());
        assert!(!Filter::default().contains(0));
    }
}

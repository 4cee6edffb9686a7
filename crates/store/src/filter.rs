//! Which ids may be found at all.

/// A set of allowed ids, applied *before* ranking: a filter that allows m live rows makes a search
/// for k return min(k, m).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Rising, without duplicates.
    ids: Vec<u64>,
}

impl Filter {
    /// The set of these ids, in any order, repeated or not. Ids that are not stored do no harm.
    #[must_use]
    pub fn new(ids: &[u64]) -> Self {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        Self { ids }
    }

    /// The allowed ids, rising.
    #[must_use]
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }
}

impl FromIterator<u64> for Filter {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> Self {
        Self::new(&ids.into_iter().collect::<Vec<_>>())
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
    }

    #[test]
    fn a_filter_is_a_set() {
        assert_eq!(Filter::new(&[5, 1, 5, 3]).ids(), [1, 3, 5]);
        assert_eq!([2, 1, 2].into_iter().collect::<Filter>(), Filter::new(&[1, 2]));
    }
}

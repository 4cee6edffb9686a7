//! The k best of everything that comes by, in an order without ties.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A row that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row's id.
    pub id: u64,
    /// The dot product of its stored vector with the query (`codes.rs`); never −0.
    pub score: f32,
}

/// A hit ordered by rank: the *greatest* is the worst, so that a max-heap has the first to go on
/// top. Higher scores rank first, and of equal scores the smaller id. Ids are unique among live
/// rows, so this is a total order, and the k best do not depend on who saw what first.
#[derive(Debug, Clone, Copy)]
struct Ranked(Hit);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.score.total_cmp(&self.0.score).then(self.0.id.cmp(&other.0.id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ranked {}

/// Keeps the `k` best hits it is shown.
#[derive(Debug)]
pub(crate) struct TopK {
    k: usize,
    /// The worst of the kept hits on top.
    kept: BinaryHeap<Ranked>,
}

impl TopK {
    /// An empty collection that will keep `k` hits; it allocates as they come.
    pub(crate) fn new(k: usize) -> Self {
        Self { k, kept: BinaryHeap::new() }
    }

    /// The score of the worst of `k` kept hits; −∞ while there are fewer.
    pub(crate) fn worst(&self) -> f32 {
        match self.kept.peek() {
            Some(worst) if self.kept.len() == self.k => worst.0.score,
            _ => f32::NEG_INFINITY,
        }
    }

    /// Shows it a hit (whose score is never −0); the id is only asked for when the score is good enough.
    pub(crate) fn offer(&mut self, score: f32, id: impl FnOnce() -> u64) {
        if self.kept.len() < self.k {
            self.kept.push(Ranked(Hit { id: id(), score }));
        } else if let Some(mut worst) = self.kept.peek_mut()
            && score >= worst.0.score
        {
            let hit = Ranked(Hit { id: id(), score });
            if hit < *worst {
                *worst = hit;
            }
        }
    }

    /// Takes over everything that `other` kept.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        for Ranked(hit) in other.kept {
            self.offer(hit.score, || hit.id);
        }
        self
    }

    /// The kept hits, best first.
    pub(crate) fn into_hits(self) -> Vec<Hit> {
        self.kept.into_sorted_vec().into_iter().map(|Ranked(hit)| hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Scores from a small set, so that ties are the rule.
    fn hits() -> impl Strategy<Value = Vec<(f32, u64)>> {
        let score = prop::sample::select(vec![-1.5_f32, 0.0, 0.25, 3.0]);
        prop::collection::vec(score, 0..60)
            .prop_map(|scores| scores.into_iter().zip(0..).collect::<Vec<_>>())
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn the_best_k_are_those_of_a_full_sort(
            hits in hits(),
            k in 0_usize..70,
            cut in 0_usize..60,
        ) {
            let mut sorted: Vec<(f32, u64)> = hits.clone();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            sorted.truncate(k);

            let collect = |part: &[(f32, u64)]| {
                part.iter().fold(TopK::new(k), |mut top, (score, id)| {
                    top.offer(*score, || *id);
                    top
                })
            };
            let (left, right) = hits.split_at(cut.min(hits.len()));
            let merged = collect(left).merge(collect(right));
            let swapped = collect(right).merge(collect(left));
            for top in [collect(&hits), merged, swapped] {
                let found: Vec<(f32, u64)> =
                    top.into_hits().into_iter().map(|hit| (hit.score, hit.id)).collect();
                prop_assert_eq!(&found, &sorted);
            }
        }
    }
}

//! The rows that one thread has found worth a second look, for one query.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::top_k::TopK;

/// Candidates that wait before they are looked at, whatever `k`.
const SMALL: usize = 8192;

/// A row that may be among the best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// The most it can score.
    pub(crate) upper: f32,
    pub(crate) piece: u32,
    pub(crate) row: u32,
}

/// Candidates, and what is known for sure.
#[derive(Debug)]
pub(crate) struct Candidates {
    k: usize,
    /// The `k` largest of the least scores seen.
    lower: BinaryHeap<Reverse<Total>>,
    /// Not yet scored from both planes.
    pub(crate) waiting: Vec<Candidate>,
    /// The best of those that were.
    pub(crate) exact: TopK,
    /// How many those were.
    pub(crate) rescored: u64,
}

impl Candidates {
    pub(crate) fn new(k: usize) -> Self {
        let (lower, waiting) = (BinaryHeap::new(), Vec::new());
        Self { k, lower, waiting, exact: TopK::new(k), rescored: 0 }
    }

    /// Takes a candidate that scores at least `lower`. Returns what `k` rows are now known to score
    /// at least, if that is news.
    pub(crate) fn take(&mut self, candidate: Candidate, lower: f32) -> Option<f32> {
        self.waiting.push(candidate);
        let lower = Reverse(Total(lower));
        if self.lower.len() < self.k {
            self.lower.push(lower);
            return (self.lower.len() == self.k).then(|| self.least());
        }
        let mut least = self.lower.peek_mut()?;
        if lower >= *least {
            return None;
        }
        *least = lower;
        drop(least);
        Some(self.least())
    }

    fn least(&self) -> f32 {
        self.lower.peek().map_or(f32::NEG_INFINITY, |least| least.0.0)
    }

    /// Whether so many wait that some should go.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= SMALL.max(self.k.saturating_mul(4))
    }

    /// Whether still many wait.
    pub(crate) fn is_half_full(&self) -> bool {
        self.waiting.len() >= SMALL.max(self.k.saturating_mul(4)) / 2
    }

    /// Drops candidates that cannot score as much as `threshold`.
    pub(crate) fn keep(&mut self, threshold: f32) {
        self.waiting.retain(|candidate| candidate.upper >= threshold);
    }
}

/// A float in its total order.
#[derive(Debug, Clone, Copy)]
struct Total(f32);

impl Ord for Total {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Total {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Total {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Total {}

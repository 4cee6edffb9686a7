//! Which segments of a shard are to be merged next.
//!
//! Segments with many dead rows are written anew. Small ones are merged when the largest of them has
//! at most as many rows as the others together: then each row is in a segment at least twice as large
//! afterwards, so that it is copied at most log₂ n times before its segment is not small any more.

use crate::options::CompactOptions;

/// Segments with more dead rows than one in this many are written anew.
const DEAD: u64 = 5;
/// Segments with less live rows than one in this many of a whole segment's are small.
const SMALL: u64 = 4;
/// How many small segments are worth merging.
const MANY: usize = 4;

/// A segment of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Which one it is, for whoever asks.
    pub(crate) index: usize,
    pub(crate) min_id: u64,
    pub(crate) rows: u32,
    pub(crate) live: u32,
}

impl Candidate {
    const fn has_many_dead(&self) -> bool {
        (self.rows - self.live) as u64 * DEAD > self.rows as u64
    }

    const fn is_whole(&self, target: u32) -> bool {
        self.live == self.rows && self.rows == target
    }
}

/// The segments of one shard to merge next, by rising smallest id: about as many as make one segment.
/// None when nothing is left to do, which comes to pass however large the shard is.
pub(crate) fn choose(mut segments: Vec<Candidate>, options: &CompactOptions) -> Vec<Candidate> {
    let target = options.target_rows;
    segments.sort_unstable_by_key(|it| (it.min_id, it.index));
    if options.full {
        // Each time there is one more whole segment, or only one that is not.
        segments.retain(|it| !it.is_whole(target));
        return match segments[..] {
            [one] if one.live == one.rows && one.rows < target => Vec::new(),
            _ => fill(segments, target),
        };
    }
    // Each time there are less dead rows …
    let with_dead: Vec<Candidate> =
        segments.iter().filter(|it| it.has_many_dead()).copied().collect();
    if !with_dead.is_empty() {
        return fit(with_dead, target);
    }
    // … or less segments.
    segments.retain(|it| u64::from(it.live) * SMALL < u64::from(target));
    merge_small(segments, target)
}

/// The first segments, until they have the rows of a whole one.
fn fill(mut segments: Vec<Candidate>, target: u32) -> Vec<Candidate> {
    let mut rows = 0;
    let enough = segments.iter().position(|it| {
        rows += u64::from(it.live);
        rows >= u64::from(target)
    });
    segments.truncate(enough.map_or(usize::MAX, |at| at + 1));
    segments
}

/// Those of the segments that fit into a whole one together, at least the first.
fn fit(mut segments: Vec<Candidate>, target: u32) -> Vec<Candidate> {
    let mut rows = 0;
    segments.retain(|it| {
        let fits = rows == 0 || rows + u64::from(it.live) <= u64::from(target) || it.live == 0;
        rows += if fits { u64::from(it.live) } else { 0 };
        fits
    });
    segments
}

/// As many small segments as fit into a whole one, so that none is larger than the others together.
fn merge_small(mut segments: Vec<Candidate>, target: u32) -> Vec<Candidate> {
    segments.sort_by_key(|it| it.live);
    let (mut rows, mut chosen) = (0, 0);
    for (at, segment) in segments.iter().enumerate() {
        let live = u64::from(segment.live);
        if rows + live > u64::from(target) {
            break;
        }
        if at + 1 >= MANY && live <= rows {
            chosen = at + 1;
        }
        rows += live;
    }
    segments.truncate(chosen);
    segments.sort_unstable_by_key(|it| (it.min_id, it.index));
    segments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment(index: usize, rows: u32, live: u32) -> Candidate {
        Candidate { index, min_id: 10 * index as u64, rows, live }
    }

    fn whole(rows: &[u32]) -> Vec<Candidate> {
        rows.iter().enumerate().map(|(at, rows)| segment(at, *rows, *rows)).collect()
    }

    fn chosen(segments: Vec<Candidate>, full: bool) -> Vec<usize> {
        let options = CompactOptions { target_rows: 100, full };
        choose(segments, &options).iter().map(|it| it.index).collect()
    }

    #[test]
    fn small_segments_are_merged_when_there_are_four_and_none_outweighs_the_others() {
        assert_eq!(chosen(whole(&[24, 24, 24]), false), [0; 0]);
        assert_eq!(chosen(whole(&[24, 90, 24, 24, 24]), false), [0, 2, 3, 4]);
        assert_eq!(chosen(whole(&[25; 9]), false), [0; 0], "a quarter is not small");
        assert_eq!(chosen(whole(&[24, 1, 1, 1]), false), [0; 0]);
        assert_eq!(chosen(whole(&[1, 24, 1, 1, 2, 1]), false), [0, 2, 3, 4, 5]);
        assert_eq!(chosen(whole(&[20; 9]), false), [0, 1, 2, 3, 4], "as many as fit");
    }

    #[test]
    fn segments_with_more_than_a_fifth_dead_are_written_anew_as_many_as_fit() {
        let mut segments = vec![segment(0, 100, 80), segment(1, 100, 79), segment(2, 50, 22)];
        assert_eq!(chosen(segments.clone(), false), [1]);
        segments.extend([segment(3, 9, 0), segment(4, 30, 20)]);
        assert_eq!(chosen(segments, false), [1, 3, 4]);
        assert_eq!(chosen(vec![segment(0, 900, 300)], false), [0], "however large");
    }

    #[test]
    fn full_fills_one_segment_after_the_other() {
        assert_eq!(chosen(whole(&[100, 40]), true), [0; 0]);
        assert_eq!(chosen(whole(&[100, 40, 30, 30, 5]), true), [1, 2, 3]);
        assert_eq!(chosen(whole(&[400]), true), [0]);
        assert_eq!(chosen(vec![segment(0, 40, 39)], true), [0]);
        assert_eq!(chosen(Vec::new(), true), [0; 0]);
    }

    /// Merges until nothing is left to do; says how often any row was copied at most.
    fn run(mut segments: Vec<(Candidate, u32)>, options: &CompactOptions) -> u32 {
        let mut next = segments.len();
        for _ in 0..10_000 {
            let list = segments.iter().map(|it| it.0).collect();
            let job = choose(list, options);
            if job.is_empty() {
                return segments.iter().map(|it| it.1).max().unwrap_or(0);
            }
            let in_job = |it: &(Candidate, u32)| job.iter().any(|at| at.index == it.0.index);
            let copied = segments.iter().filter(|it| in_job(it)).map(|it| it.1).max();
            segments.retain(|it| !in_job(it));
            let mut left: u32 = job.iter().map(|it| it.live).sum();
            while left > 0 {
                let rows = left.min(options.target_rows);
                let made = Candidate { index: next, min_id: job[0].min_id, rows, live: rows };
                segments.push((made, copied.unwrap_or(0) + 1));
                (next, left) = (next + 1, left - rows);
            }
        }
        panic!("it does not end");
    }

    proptest! {
        #[test]
        fn merging_ends(
            sizes in prop::collection::vec((1_u32..300, 0_u32..100), 0..60),
            (target_rows, full) in (1_u32..400, any::<bool>()),
        ) {
            let segments = sizes.iter().enumerate().map(|(at, (rows, percent))| {
                (segment(at, *rows, rows - rows * percent / 100), 0)
            });
            let most = run(segments.collect(), &CompactOptions { target_rows, full });
            prop_assert!(full || most <= 12);
        }
    }

    #[test]
    fn rows_are_copied_a_logarithmic_number_of_times() {
        let options = CompactOptions { target_rows: 1 << 16, full: false };
        let mut segments: Vec<(Candidate, u32)> = Vec::new();
        let mut most = 0;
        for round in 0..4000_u32 {
            let rows = 1 + round % 30;
            segments.push((segment(100_000 + round as usize, rows, rows), 0));
            let mut next = 1_000_000 + 1000 * round as usize;
            loop {
                let job = choose(segments.iter().map(|it| it.0).collect(), &options);
                if job.is_empty() {
                    break;
                }
                let in_job = |it: &(Candidate, u32)| job.iter().any(|at| at.index == it.0.index);
                let copied = segments.iter().filter(|it| in_job(it)).map(|it| it.1).max();
                segments.retain(|it| !in_job(it));
                let rows = job.iter().map(|it| it.live).sum();
                segments.push((segment(next, rows, rows), copied.unwrap_or(0) + 1));
                most = most.max(copied.unwrap_or(0) + 1);
                next += 1;
            }
            assert!(segments.len() <= 20, "{} segments", segments.len());
        }
        assert!(most <= 16, "{most} copies");
    }
}

//! An answer is the exact one, whatever the store looks like inside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use clipfind_kernels::{Backend, KERNEL_VARIABLE};
use clipfind_store::{Cancel, Filter, Hit, MAX_COMPONENT, Options, Reader, SearchOptions};
use proptest::prelude::*;
use proptest::sample::select;

use crate::document::{answer, contents};
use crate::support::{assert_close, options, read, scratch, write};

type Model = BTreeMap<u64, Vec<f32>>;

#[derive(Debug, Clone)]
enum Step {
    /// Appends these; ids that exist are replaced.
    Append(Model),
    Delete(BTreeSet<u64>),
    Seal,
    /// Closes and opens again, with another segment size and number of threads.
    Reopen {
        segment_rows: u32,
        threads: usize,
    },
}

#[derive(Debug, Clone)]
struct Question {
    query: Vec<f32>,
    k: usize,
    filter: Option<BTreeSet<u64>>,
}

/// Vectors of one of three kinds of data, at random.
fn vectors(dim: usize) -> impl Strategy<Value = BoxedStrategy<Vec<f32>>> {
    let anywhere = prop::collection::vec(-1.0_f32..1.0, dim).boxed();
    // Few distinct values, so that whole vectors repeat and scores tie all the time.
    let repeating = prop::collection::vec(select(vec![-1.0_f32, -0.0, 0.0, 1.0]), dim).boxed();
    // Close to a common centre, so that scores differ in the last digits.
    let clustered = prop::collection::vec(0.0_f32..1e-6, dim)
        .prop_map(|noise| noise.iter().map(|part| 0.25 + part).collect())
        .boxed();
    select(vec![anywhere, repeating, clustered])
}

fn some_ids() -> impl Strategy<Value = BTreeSet<u64>> {
    prop::collection::btree_set(0_u64..48, 0..30)
}

fn step(vector: BoxedStrategy<Vec<f32>>) -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => prop::collection::btree_map(0_u64..40, vector, 0..16).prop_map(Step::Append),
        2 => some_ids().prop_map(Step::Delete),
        1 => Just(Step::Seal),
        1 => (1_u32..40, 1_usize..5)
            .prop_map(|(segment_rows, threads)| Step::Reopen { segment_rows, threads }),
    ]
}

fn question(vector: BoxedStrategy<Vec<f32>>) -> impl Strategy<Value = Question> {
    let filter = prop::option::of(some_ids());
    (vector, 0_usize..50, filter).prop_map(|(query, k, filter)| Question { query, k, filter })
}

/// A dimension, a number of shards, a history and questions.
fn story() -> impl Strategy<Value = (usize, u32, Vec<Step>, Vec<Question>)> {
    select(vec![1_usize, 3, 64, 100]).prop_flat_map(|dim| (Just(dim), vectors(dim))).prop_flat_map(
        |(dim, vector)| {
            let steps = prop::collection::vec(step(vector.clone()), 0..9);
            let questions = prop::collection::vec(question(vector), 1..5);
            (Just(dim), 1_u32..6, steps, questions)
        },
    )
}

/// The best rows, by one search for each question and by one for all.
fn search(reader: &Reader, query: &[f32], k: usize, filter: Option<&Filter>) -> Vec<Hit> {
    reader.search(query, k, SearchOptions { filter, cancel: None }).unwrap().hits
}

fn check(dir: &Path, reader: &Reader, model: &Model, questions: &[Question]) {
    let stored = contents(dir);
    assert_eq!(stored.keys().collect::<Vec<_>>(), model.keys().collect::<Vec<_>>());
    assert_eq!(reader.ids(), model.keys().copied().collect::<Vec<_>>());
    assert_eq!(reader.stats().live, model.len() as u64);
    for Question { query, k, filter } in questions {
        let allowed = |id: u64| filter.as_ref().is_none_or(|filter| filter.contains(&id));
        let expected = answer(&stored, query, *k, allowed);
        let filter = filter.as_ref().map(|ids| ids.iter().copied().collect::<Filter>());
        assert_eq!(search(reader, query, *k, filter.as_ref()), expected);
    }
    let queries: Vec<&[f32]> = questions.iter().map(|it| &it.query[..]).collect();
    let together = reader.search_many(&queries, 7, SearchOptions::default()).unwrap();
    for (query, found) in queries.into_iter().zip(together) {
        assert_eq!(found.hits, answer(&stored, query, 7, |_| true));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None, // A failure is to become a test of its own.
        ..Default::default()
    })]

    #[test]
    fn every_history_ends_in_the_answers_of_the_definition(
        (dim, shards, steps, questions) in story(),
    ) {
        let dir = scratch();
        let mut choice = options(dim, shards, 20);
        let mut writer = write(dir.path(), &choice);
        let follower = read(dir.path());
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Append(batch) => {
                    let ids: Vec<u64> = batch.keys().rev().copied().collect();
                    let rows: Vec<f32> = batch.values().rev().flatten().copied().collect();
                    let report = writer.append(&ids, &rows).unwrap();
                    let replaced = ids.iter().filter(|id| model.contains_key(id)).count();
                    prop_assert_eq!((report.appended, report.replaced), (ids.len(), replaced));
                    model.extend(batch);
                }
                Step::Delete(ids) => {
                    let before = model.len();
                    model.retain(|id, _| !ids.contains(id));
                    let ids: Vec<u64> = ids.into_iter().collect();
                    prop_assert_eq!(writer.delete(&ids).unwrap(), before - model.len());
                }
                Step::Seal => writer.seal().unwrap(),
                Step::Reopen { segment_rows, threads } => {
                    drop(writer);
                    choice = Options { segment_rows, threads: Some(threads), ..choice };
                    writer = write(dir.path(), &choice);
                }
            }
            check(dir.path(), &writer.reader(), &model, &questions);
        }
        follower.refresh().unwrap();
        check(dir.path(), &follower, &model, &questions);
        drop(writer);
        let reopened = read(dir.path());
        check(dir.path(), &reopened, &model, &questions);
        for id in 0..48 {
            prop_assert_eq!(reopened.contains(id), model.contains_key(&id));
            let (stored, appended) = (reopened.vector(id), model.get(&id));
            prop_assert_eq!(stored.is_some(), appended.is_some());
            if let (Some(stored), Some(appended)) = (stored, appended) {
                assert_close(&stored, appended);
            }
        }
    }
}

/// Many rows of few distinct values: tens of thousands of ties, several chunks per segment.
fn tied_rows(count: u64) -> (Vec<u64>, Vec<f32>) {
    let ids: Vec<u64> = (0..count).map(|at| at * 3).collect();
    let component = |at: u64| f32::from(u8::try_from(at % 3).unwrap());
    let rows = ids.iter().flat_map(|id| [component(id / 3), component(id / 27), -1.0, 0.5]);
    let rows = rows.collect();
    (ids, rows)
}

#[test]
fn shards_segments_and_threads_never_show_in_a_result() {
    let (ids, rows) = tied_rows(40_000);
    let query = [1.0, -1.0, 2.0, 0.0];
    let sparse = |id: u64| id.is_multiple_of(1001);
    let dense = |id: u64| !id.is_multiple_of(7);
    let middle = 30_000..=60_000_u64;
    let filters = [
        ids.iter().copied().filter(|id| sparse(*id)).collect(),
        ids.iter().copied().filter(|id| dense(*id)).collect(),
        Filter::ranges(std::slice::from_ref(&middle)),
    ];
    let ks = [1, 10, 5_000, 40_000];
    let mut expected = None;
    for (shards, segment_rows, threads) in
        [(1, 65_536, 1), (1, 65_536, 4), (2, 1_000, 3), (3, 20_000, 2), (5, 777, 4)]
    {
        let dir = scratch();
        let choice = Options { threads: Some(threads), ..options(4, shards, segment_rows) };
        let mut writer = write(dir.path(), &choice);
        writer.append(&ids, &rows).unwrap();
        let reader = writer.reader();
        assert_eq!(reader.stats().threads, threads);
        let found = ks.map(|k| {
            let filtered =
                filters.each_ref().map(|filter| search(&reader, &query, k, Some(filter)));
            (search(&reader, &query, k, None), filtered)
        });
        let stored = contents(dir.path());
        let expected = expected.get_or_insert_with(|| {
            ks.map(|k| {
                let all = answer(&stored, &query, k, |_| true);
                let within = |id| middle.contains(&id);
                let filtered = [
                    answer(&stored, &query, k, sparse),
                    answer(&stored, &query, k, dense),
                    answer(&stored, &query, k, within),
                ];
                (all, filtered)
            })
        });
        assert!(found == *expected, "{shards} shards of {segment_rows} rows, {threads} threads");
    }
}

/// Numbers that look random, from −1 to 1.
fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    for x in &mut vector {
        *x /= norm;
    }
    vector
}

#[test]
fn the_first_stage_leaves_few_rows_and_never_the_wrong_ones() {
    const DIM: usize = 512;
    const ROWS: u64 = 5000;
    // How the rows come about, and how many of 5,000 a search for 10 may look at twice.
    type Kind = (&'static str, fn(u64) -> Vec<f32>, u64);
    let kinds: [Kind; 4] = [
        ("random", |id| normalised(noise(id + 1, DIM)), 500),
        // One coordinate holds most of each vector, as in CLIP ViT-B/32.
        (
            "dominant",
            |id| {
                let mut vector = noise(id + 1, DIM);
                vector[92] = 25.0;
                normalised(vector)
            },
            5000,
        ),
        (
            "clustered",
            |id| {
                let (centre, own) = (noise(1_000_000 + id % 20, DIM), noise(id + 1, DIM));
                normalised(centre.iter().zip(own).map(|(a, b)| a + 0.1 * b).collect())
            },
            5000,
        ),
        // Every vector a hundred times.
        ("repeated", |id| normalised(noise(id % 50 + 1, DIM)), 5000),
    ];
    for (name, make, most) in kinds {
        let dir = scratch();
        let mut writer = write(dir.path(), &options(DIM, 3, 1500));
        let ids: Vec<u64> = (0..ROWS).collect();
        for ids in ids.chunks(700) {
            let rows: Vec<f32> = ids.iter().flat_map(|id| make(*id)).collect();
            writer.append(ids, &rows).unwrap();
        }
        let (reader, stored) = (writer.reader(), contents(dir.path()));
        for (query, k) in [(7, 1), (8, 10), (9, 100), (10, 4999), (11, 6000)] {
            let query = if k == 10 { make(query) } else { normalised(noise(query * 977, DIM)) };
            let found = reader.search(&query, k, SearchOptions::default()).unwrap();
            assert_eq!(found.hits, answer(&stored, &query, k, |_| true), "{name}, k = {k}");
            // With others, of which each has its own rows to look at twice.
            let together = [&query[..], &normalised(noise(5, DIM)), &make(3), &query];
            let answers = reader.search_many(&together, k, SearchOptions::default()).unwrap();
            assert_eq!(answers[0].hits, found.hits, "{name}, k = {k}");
            assert_eq!(answers[3].hits, found.hits, "{name}, k = {k}");
            assert_eq!(found.scanned, ROWS, "{name}");
            assert!(found.rescored >= k.min(5000) as u64 && found.rescored <= ROWS, "{name}");
            if k == 10 {
                assert!(found.rescored <= most, "{name}: {} rows", found.rescored);
            }
        }
    }
}

/// The kernel is chosen once per process.
#[test]
fn every_instruction_set_finds_the_same() {
    for backend in Backend::all().into_iter().filter(|backend| backend.is_available()) {
        let test = "search::the_first_stage_leaves_few_rows_and_never_the_wrong_ones";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env(KERNEL_VARIABLE, backend.name())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{backend}: {said}");
    }
}

#[test]
fn a_filter_that_allows_m_rows_finds_min_k_m() {
    let dir = scratch();
    let mut writer = write(dir.path(), &options(4, 3, 100));
    let (ids, rows) = tied_rows(1_000);
    writer.append(&ids, &rows).unwrap();
    writer.delete(&[0, 3]).unwrap();
    let reader = writer.reader();
    // 0 and 3 are deleted, 1 and 2 never existed; 6 and 9 are allowed and live.
    for filter in [Filter::new(&[0, 1, 2, 3, 6, 9]), Filter::ranges(&[0..=9])] {
        for (k, found) in [(0, 0), (1, 1), (2, 2), (3, 2), (usize::MAX, 2)] {
            assert_eq!(search(&reader, &[1.0; 4], k, Some(&filter)).len(), found, "k = {k}");
        }
    }
    assert_eq!(search(&reader, &[1.0; 4], 5, Some(&Filter::default())), []);
    assert_eq!(search(&reader, &[1.0; 4], usize::MAX, None).len(), 998);
}

#[test]
fn zero_scores_tie_whatever_their_sign() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(1));
    writer.append(&[1, 2, 3], &[-0.0, 0.0, -0.0]).unwrap();
    let hits = search(&writer.reader(), &[1.0], 3, None);
    assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(hits.iter().all(|hit| hit.score.to_bits() == 0));
}

#[test]
fn the_largest_and_the_smallest_vectors_are_ranked() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(4096));
    let rows = [MAX_COMPONENT, -MAX_COMPONENT, 1e-30, 1e-44].map(|value| vec![value; 4096]);
    writer.append(&[1, 2, 3, 4], &rows.concat()).unwrap();
    for query in [MAX_COMPONENT, 1.0, 1e-30] {
        let hits = search(&writer.reader(), &vec![query; 4096], 4, None);
        assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [1, 3, 4, 2], "{query}");
        assert!(hits.iter().all(|hit| hit.score.is_finite()));
    }
}

#[test]
fn a_query_must_fit() {
    let dir = scratch();
    let reader = write(dir.path(), &Options::new(3)).reader();
    let code =
        |query: &[f32]| reader.search(query, 1, SearchOptions::default()).unwrap_err().code();
    assert_eq!(code(&[1.0, 2.0]), "QUERY_LENGTH_MISMATCH");
    assert_eq!(code(&[1.0, 2.0, f32::NAN]), "VECTOR_BAD_COMPONENT");
    assert_eq!(search(&reader, &[1.0, 2.0, 3.0], 5, None), []);
}

#[test]
fn a_cancelled_search_says_so() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(4));
    let (ids, rows) = tied_rows(1_000);
    writer.append(&ids, &rows).unwrap();
    let cancel = Cancel::new();
    let options = SearchOptions { cancel: Some(&cancel), ..Default::default() };
    assert_eq!(writer.reader().search(&[1.0; 4], 3, options).unwrap().hits.len(), 3);
    cancel.cancel();
    let error = writer.reader().search(&[1.0; 4], 3, options).unwrap_err();
    assert_eq!(error.code(), "CANCELLED");
}

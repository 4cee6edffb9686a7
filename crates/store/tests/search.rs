//! An answer is the exact one, whatever the store looks like inside.

use std::collections::{BTreeMap, BTreeSet};

use clipfind_store::{Filter, MAX_COMPONENT, Options, Reader};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{options, oracle, read, scratch, write};

type Model = BTreeMap<u64, Vec<f32>>;

#[derive(Debug, Clone)]
enum Step {
    /// Appends these; ids that exist are replaced.
    Append(Model),
    Delete(BTreeSet<u64>),
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
        1 => (1_u32..9, 1_usize..5)
            .prop_map(|(segment_rows, threads)| Step::Reopen { segment_rows, threads }),
    ]
}

fn question(vector: BoxedStrategy<Vec<f32>>) -> impl Strategy<Value = Question> {
    let filter = prop::option::of(some_ids());
    (vector, 0_usize..50, filter).prop_map(|(query, k, filter)| Question { query, k, filter })
}

/// A dimension, a number of shards, a history and questions.
fn story() -> impl Strategy<Value = (usize, u32, Vec<Step>, Vec<Question>)> {
    select(vec![1_usize, 3, 16, 33]).prop_flat_map(|dim| (Just(dim), vectors(dim))).prop_flat_map(
        |(dim, vector)| {
            let steps = prop::collection::vec(step(vector.clone()), 0..9);
            let questions = prop::collection::vec(question(vector), 1..5);
            (Just(dim), 1_u32..6, steps, questions)
        },
    )
}

fn check(reader: &Reader, model: &Model, questions: &[Question]) {
    assert_eq!(reader.ids(), model.keys().copied().collect::<Vec<_>>());
    assert_eq!(reader.stats().live, model.len() as u64);
    for Question { query, k, filter } in questions {
        let allowed = |id: &u64| filter.as_ref().is_none_or(|filter| filter.contains(id));
        let stored = model.iter().filter(|(id, _)| allowed(id));
        let expected = oracle(stored.map(|(id, vector)| (*id, vector.as_slice())), query, *k);
        let filter = filter.as_ref().map(|ids| ids.iter().copied().collect::<Filter>());
        assert_eq!(reader.search(query, *k, filter.as_ref()).unwrap(), expected);
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
        let mut choice = options(dim, shards, 5);
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
                Step::Reopen { segment_rows, threads } => {
                    drop(writer);
                    choice = Options { segment_rows, threads: Some(threads), ..choice };
                    writer = write(dir.path(), &choice);
                }
            }
            check(&writer.reader(), &model, &questions);
        }
        follower.refresh().unwrap();
        check(&follower, &model, &questions);
        drop(writer);
        let reopened = read(dir.path());
        check(&reopened, &model, &questions);
        prop_assert_eq!(reopened.verify(), []);
        for id in 0..48 {
            prop_assert_eq!(reopened.contains(id), model.contains_key(&id));
            prop_assert_eq!(reopened.vector(id), model.get(&id).cloned());
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
    let stored = || ids.iter().copied().zip(rows.chunks_exact(4));
    let query = [1.0, -1.0, 2.0, 0.0];
    let sparse: Filter = ids.iter().copied().filter(|id| id % 1001 == 0).collect();
    let dense: Filter = ids.iter().copied().filter(|id| id % 7 != 0).collect();
    let allowed = |filter: &Filter, k| {
        oracle(stored().filter(|(id, _)| filter.ids().binary_search(id).is_ok()), &query, k)
    };
    let ks = [1, 10, 5_000, 40_000];
    let expected =
        ks.map(|k| (oracle(stored(), &query, k), allowed(&sparse, k), allowed(&dense, k)));

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
            let search = |filter| reader.search(&query, k, filter).unwrap();
            (search(None), search(Some(&sparse)), search(Some(&dense)))
        });
        assert!(found == expected, "{shards} shards of {segment_rows} rows, {threads} threads");
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
    let filter = Filter::new(&[0, 1, 2, 3, 6, 9]);
    for (k, found) in [(0, 0), (1, 1), (2, 2), (3, 2), (usize::MAX, 2)] {
        assert_eq!(reader.search(&[1.0; 4], k, Some(&filter)).unwrap().len(), found, "k = {k}");
    }
    assert_eq!(reader.search(&[1.0; 4], 5, Some(&Filter::default())).unwrap(), []);
    assert_eq!(reader.search(&[1.0; 4], usize::MAX, None).unwrap().len(), 998);
}

#[test]
fn zero_scores_tie_whatever_their_sign() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(1));
    writer.append(&[1, 2, 3], &[-0.0, 0.0, -0.0]).unwrap();
    let hits = writer.reader().search(&[1.0], 3, None).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(hits.iter().all(|hit| hit.score.to_bits() == 0));
}

#[test]
fn the_largest_vectors_do_not_overflow() {
    let dir = scratch();
    let mut writer = write(dir.path(), &Options::new(4096));
    writer
        .append(&[1, 2], &[vec![MAX_COMPONENT; 4096], vec![-MAX_COMPONENT; 4096]].concat())
        .unwrap();
    let hits = writer.reader().search(&[MAX_COMPONENT; 4096], 2, None).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [1, 2]);
    assert!(hits.iter().all(|hit| hit.score.is_finite()));
}

#[test]
fn a_query_must_fit() {
    let dir = scratch();
    let reader = write(dir.path(), &Options::new(3)).reader();
    let code = |query: &[f32]| reader.search(query, 1, None).unwrap_err().code();
    assert_eq!(code(&[1.0, 2.0]), "QUERY_LENGTH_MISMATCH");
    assert_eq!(code(&[1.0, 2.0, f32::NAN]), "VECTOR_BAD_COMPONENT");
    assert_eq!(reader.search(&[1.0, 2.0, 3.0], 5, None).unwrap(), []);
}

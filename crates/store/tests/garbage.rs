//! No bytes in any file make a reader, a writer, verify or repair panic.

use std::panic::catch_unwind;

use clipfind_store::Writer;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::damage::{
    NEWEST_MANIFEST, choice, go_on_with, live_with, named, newest_log, spoilt, store,
};
use crate::support::files;

/// Puts the right checksum into the last four bytes of a header.
fn seal_header(header: &mut [u8]) {
    let (content, crc) = header.split_at_mut(header.len() - 4);
    crc.copy_from_slice(&crc32c::crc32c(content).to_le_bytes());
}

/// A row, a number or some bytes to put somewhere.
fn edits() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let number = prop_oneof![
        any::<u64>(),
        0_u64..70,
        Just(u64::MAX),
        Just(u64::from(u32::MAX)),
        Just(4096),
        Just(1 << 53)
    ];
    let bytes = prop_oneof![
        number.prop_map(|number| number.to_le_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..80),
    ];
    prop::collection::vec((any::<usize>(), bytes), 0..4)
}

/// Runs `check` on random cases, which must not panic; not too many, so that it ends.
pub(crate) fn for_all<S: Strategy>(cases: u32, cases_of: &S, check: impl Fn(S::Value)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let check = |case| {
        check(case);
        Ok(())
    };
    TestRunner::new(config).run(cases_of, check).unwrap();
}

#[test]
fn no_bytes_in_a_file_make_anything_panic() {
    let original = store();
    let names: Vec<String> =
        files(original.path()).into_iter().filter(|file| file != "LOCK").collect();
    let garbage = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..6000),
        prop::collection::vec(Just(0), 0..6000),
    ];
    let cases = (0..names.len(), garbage, edits(), any::<bool>(), 0_usize..3, 0_usize..9000);
    for_all(400, &cases, |(file, garbage, edits, replace, fix, len)| {
        let dir = spoilt(original.path(), &names[file], |bytes| {
            if replace {
                *bytes = garbage;
            }
            for (at, edit) in edits {
                let at = at % bytes.len().max(1);
                let end = bytes.len().min(at + edit.len());
                bytes[at..end].copy_from_slice(&edit[..end - at]);
            }
            if len < 5000 {
                bytes.truncate(len);
            }
            // Headers that are wrong, but have the right checksum.
            if fix > 0 && bytes.len() >= 4096 {
                seal_header(&mut bytes[..4096]);
            }
            if fix > 1 && bytes.len() >= 4096 + 64 {
                seal_header(&mut bytes[4096..4096 + 64]);
            }
        });
        if let Some(repaired) = live_with(dir.path()) {
            go_on_with(dir.path(), &repaired);
        }
    });
}

#[test]
fn no_header_with_a_right_checksum_makes_anything_panic() {
    let original = store();
    let segment = named(original.path(), ".vec").remove(0);
    let names = [segment, newest_log(original.path())];
    let number = prop_oneof![any::<u32>(), 0_u32..70, Just(u32::MAX), Just(4096)];
    let fields = prop::collection::vec((0_usize..14, number), 1..3);
    let cases = (0..2_usize, any::<bool>(), fields);
    for_all(400, &cases, |(file, in_record, fields)| {
        let dir = spoilt(original.path(), &names[file], |bytes| {
            let header = if in_record { 4096..4096 + 64 } else { 0..4096 };
            let header = &mut bytes[header];
            for (field, number) in fields {
                header[8 + 4 * field..][..4].copy_from_slice(&number.to_le_bytes());
            }
            seal_header(header);
        });
        if let Some(repaired) = live_with(dir.path()) {
            go_on_with(dir.path(), &repaired);
        }
    });
}

/// Every number in a value, to be changed.
fn numbers(value: &mut serde_json::Value) -> Vec<&mut serde_json::Value> {
    match value {
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => vec![value],
        serde_json::Value::Array(values) => values.iter_mut().flat_map(numbers).collect(),
        serde_json::Value::Object(values) => values.values_mut().flat_map(numbers).collect(),
        _ => vec![],
    }
}

#[test]
fn no_manifest_with_a_right_checksum_makes_anything_panic() {
    let original = store();
    let number = prop_oneof![
        any::<u64>().prop_map(serde_json::Value::from),
        (0_u64..70).prop_map(serde_json::Value::from),
        Just(serde_json::Value::from(u64::MAX)),
        Just(serde_json::Value::from(1_u64 << 53)),
        Just(serde_json::Value::from(-1)),
        any::<bool>().prop_map(serde_json::Value::from),
    ];
    let cases = prop::collection::vec((any::<usize>(), number), 1..4);
    for_all(400, &cases, |edits| {
        let dir = spoilt(original.path(), NEWEST_MANIFEST, |bytes| {
            let mut json: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            let body = &mut json["manifest"];
            for (at, number) in edits {
                let mut numbers = numbers(body);
                let count = numbers.len();
                *numbers[at % count] = number;
            }
            let body = body.to_string();
            let crc = crc32c::crc32c(body.as_bytes());
            *bytes = format!("{{\"crc32c\":\"{crc:08x}\",\"manifest\":{body}}}\n").into_bytes();
        });
        if let Some(repaired) = live_with(dir.path()) {
            go_on_with(dir.path(), &repaired);
        }
        let opened = catch_unwind(|| Writer::open(dir.path(), &choice()).map(drop));
        assert!(opened.is_ok());
    });
}

//! A reader written from `docs/file-format.md` alone, with none of the crate's code: if it
//! disagrees with the crate, one of the two or the document is wrong. It is also what answers are
//! compared with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clipfind_store::Hit;
use crc32c::crc32c;
use serde_json::Value;

/// Live rows by id: the step, and the whole numbers 254·high + low.
pub(crate) type Contents = BTreeMap<u64, (f32, Vec<i32>)>;

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn usize_at(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64_at(bytes, at)).unwrap()
}

/// The newest manifest, its checksum compared.
fn manifest(dir: &Path) -> Value {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let newest = names.filter(|path| path.extension().is_some_and(|it| it == "json")).max();
    let text = fs::read_to_string(newest.unwrap()).unwrap();
    let body = &text[32..text.len() - 2];
    let whole: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(whole["crc32c"], format!("{:08x}", crc32c(body.as_bytes())));
    serde_json::from_str(body).unwrap()
}

/// Puts rows whose sections begin at these offsets into `found`, unless `dead` says otherwise.
fn take(
    bytes: &[u8],
    sections: [usize; 5],
    rows: usize,
    codes: usize,
    dead: &[bool],
    found: &mut Contents,
) {
    let [scales, ids, checksums, high, low] = sections;
    for row in 0..rows {
        let (scale, id) = (&bytes[scales + row * 8..][..8], u64_at(bytes, ids + row * 8));
        let planes = [high, low].map(|plane| &bytes[plane + row * codes..][..codes]);
        let covered = [&id.to_le_bytes()[..], scale, planes[0], planes[1]].concat();
        assert_eq!(u32_at(bytes, checksums + row * 4), crc32c(&covered));
        let whole = |(high, low): (&u8, &u8)| {
            i32::from(high.cast_signed()) * 254 + i32::from(low.cast_signed())
        };
        let numbers: Vec<i32> = planes[0].iter().zip(planes[1]).map(whole).collect();
        let step = f32::from_bits(u32_at(scale, 0));
        let low = planes[1].iter().map(|low| i32::from(low.cast_signed()).pow(2)).sum::<i32>();
        let error = f64::from(step) * f64::from(low).sqrt();
        let stored = f64::from(f32::from_bits(u32_at(scale, 4)));
        assert!(stored >= error && stored <= error * (1.0 + 1e-6), "the error is rounded up");
        if !dead.get(row).is_some_and(|dead| *dead) {
            found.insert(id, (step, numbers));
        }
    }
}

/// Every live id.
pub(crate) fn contents(dir: &Path) -> Contents {
    let manifest = manifest(dir);
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    assert_eq!(manifest["format"], 2);
    let (dim, shards) = (number(&manifest["dim"]), manifest["shards"].as_u64().unwrap());
    let codes = dim.div_ceil(64) * 64;
    let mut found = Contents::new();
    for entry in manifest["segments"].as_array().unwrap() {
        let [shard, segment, rows] = ["shard", "number", "rows"].map(|name| number(&entry[name]));
        let elsewhere = manifest["shard_dirs"][shard.to_string()].as_str();
        let shard_dir = elsewhere.map_or(dir.join(format!("shard-{shard:03}")), Into::into);
        let stem = shard_dir.join(format!("segment-{segment:010}"));
        let bytes = fs::read(stem.with_extension("vec")).unwrap();
        assert_eq!(&bytes[..8], b"CLIPFSEG");
        let header = [8, 12, 16, 20, 32].map(|at| u32_at(&bytes, at) as usize);
        assert_eq!(header, [2, dim, codes, shard, rows]);
        assert_eq!(u64_at(&bytes, 24), segment as u64);
        assert_eq!(u64_at(&bytes, 40), manifest["seed"].as_u64().unwrap());
        assert_eq!(usize_at(&bytes, 88), bytes.len());
        assert_eq!(u32_at(&bytes, 4092), crc32c(&bytes[..4092]));
        let mut dead = vec![false; rows];
        if entry["deleted"].is_object() {
            let file = number(&entry["deleted"]["file"]);
            let bytes = fs::read(stem.with_extension(format!("del-{file:010}"))).unwrap();
            assert_eq!(&bytes[..8], b"CLIPFDEL");
            let header = [8, 12, 16, 24, 28].map(|at| u32_at(&bytes, at) as usize);
            assert_eq!(header, [2, shard, segment, rows, number(&entry["deleted"]["rows"])]);
            let end = bytes.len() - 4;
            assert_eq!(u32_at(&bytes, end), crc32c(&bytes[..end]));
            for (row, dead) in dead.iter_mut().enumerate() {
                *dead = bytes[40 + row / 8] >> (row % 8) & 1 == 1;
            }
        }
        let before = found.len();
        let sections = [48, 56, 64, 72, 80].map(|at| usize_at(&bytes, at));
        take(&bytes, sections, rows, codes, &dead, &mut found);
        let live = dead.iter().filter(|dead| !**dead).count();
        assert_eq!(found.len() - before, live, "two live rows of one id");
        assert!(
            (0..rows).all(|row| u64_at(&bytes, sections[1] + row * 8) % shards == shard as u64)
        );
    }
    let log = manifest["log"].as_u64().unwrap();
    let bytes = fs::read(dir.join(format!("log-{log:010}.wal"))).unwrap();
    assert_eq!(&bytes[..8], b"CLIPFLOG");
    assert_eq!(u32_at(&bytes, 4092), crc32c(&bytes[..4092]));
    let (mut at, mut sequence) = (4096, 0);
    while at < bytes.len() {
        let header = &bytes[at..at + 64];
        let record = &bytes[at..at + usize_at(header, 24)];
        assert_eq!((&header[..8], u64_at(header, 8)), (&b"CLIPFREC"[..], log));
        assert_eq!(u64_at(header, 16), sequence);
        assert_eq!(u32_at(header, 60), crc32c(&header[..60]));
        assert_eq!(u32_at(header, 40), crc32c(&record[64..]));
        let (kind, rows) = (u32_at(header, 32), u32_at(header, 36) as usize);
        let up = |offset: usize| offset.div_ceil(64) * 64;
        if kind == 1 {
            let (ids, checksums) = (up(64 + rows * 8), up(64 + rows * 8) + up(rows * 8));
            let high = up(checksums + rows * 4);
            let sections = [64, ids, checksums, high, high + rows * codes];
            take(record, sections, rows, codes, &[], &mut found);
        } else {
            assert_eq!(kind, 2);
            for row in 0..rows {
                found.remove(&u64_at(record, 64 + row * 8));
            }
        }
        (at, sequence) = (at + record.len(), sequence + 1);
    }
    found
}

/// A vector rotated as the document says.
pub(crate) fn rotated(vector: &[f32], seed: u64) -> Vec<f32> {
    let len = vector.len().div_ceil(64) * 64;
    let mut turned = vector.to_vec();
    turned.resize(len, 0.0);
    let block = 1 << len.ilog2();
    let starts = if block == len { vec![0; 3] } else { [0, len - block].repeat(3) };
    let (mut state, mut bits) = (seed, 0);
    for (step, start) in starts.into_iter().enumerate() {
        let part = &mut turned[start..start + block];
        for (at, value) in part.iter_mut().enumerate() {
            if (step * block + at).is_multiple_of(64) {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                bits = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                bits ^= bits >> 31;
            }
            let unit = 1.0 / (block as f32).sqrt();
            *value *= if bits >> (at % 64) & 1 == 0 { unit } else { -unit };
        }
        for half in (0..block.ilog2()).map(|power| 1 << power) {
            for first in (0..block).filter(|at| at & half == 0) {
                let (a, b) = (part[first], part[first + half]);
                (part[first], part[first + half]) = (a + b, a - b);
            }
        }
    }
    turned
}

/// The answer by definition: score everything in `f64`, sort, cut.
pub(crate) fn answer(
    contents: &Contents,
    query: &[f32],
    k: usize,
    allowed: impl Fn(u64) -> bool,
) -> Vec<Hit> {
    let query = rotated(query, u64::from_le_bytes(*b"clipfind"));
    let score = |(step, numbers): &(f32, Vec<i32>)| {
        let mut sums = [0.0_f64; 8];
        for (at, (number, query)) in numbers.iter().zip(&query).enumerate() {
            sums[at % 8] += f64::from(*number) * f64::from(*query);
        }
        let [low, high] = [&sums[..4], &sums[4..]].map(|it| (it[0] + it[1]) + (it[2] + it[3]));
        (f64::from(*step) * (low + high)) as f32 + 0.0
    };
    let rows = contents.iter().filter(|(id, _)| allowed(**id));
    let mut hits: Vec<Hit> = rows.map(|(id, row)| Hit { id: *id, score: score(row) }).collect();
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    hits.truncate(k);
    hits
}

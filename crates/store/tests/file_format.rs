//! A reader written from `docs/file-format.md` alone, with none of the crate's code: if it
//! disagrees with the crate, one of the two or the document is wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{options, read, rows, scratch, write};

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0x82F6_3B78 & (crc & 1).wrapping_neg())
        })
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// A number of the manifest.
fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The newest manifest, its checksum compared.
fn manifest(dir: &Path) -> Value {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let is_manifest = |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == "json");
    let newest = names.filter(is_manifest).max().unwrap();
    let text = fs::read_to_string(newest).unwrap();
    let body = &text[32..text.len() - 2];
    let whole: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(whole["crc32c"], format!("{:08x}", crc32c(body.as_bytes())));
    serde_json::from_str(body).unwrap()
}

/// Every live id with its vector.
fn contents(dir: &Path) -> BTreeMap<u64, Vec<f32>> {
    let manifest = manifest(dir);
    assert_eq!(manifest["format"], 1);
    let (dim, shards) = (number(&manifest["dim"]), manifest["shards"].as_u64().unwrap());
    let stride = 64 + (4 * dim).div_ceil(64) * 64;
    let mut found = BTreeMap::new();
    for entry in manifest["segments"].as_array().unwrap() {
        let (shard, segment) = (number(&entry["shard"]), number(&entry["number"]));
        let stem = dir.join(format!("shard-{shard:03}/segment-{segment:010}"));
        let bytes = fs::read(stem.with_extension("vec")).unwrap();
        assert_eq!(&bytes[..8], b"CLIPFSEG");
        let header = [8, 12, 16, 20].map(|at| u32_at(&bytes, at) as usize);
        assert_eq!(header, [1, dim, stride, shard]);
        assert_eq!(u64_at(&bytes, 24), segment as u64);
        assert_eq!(u32_at(&bytes, 4092), crc32c(&bytes[..4092]));

        let mut deleted = vec![false; number(&entry["rows"])];
        if entry["deleted"].is_object() {
            let file = number(&entry["deleted"]["file"]);
            let bytes = fs::read(stem.with_extension(format!("del-{file:010}"))).unwrap();
            assert_eq!(&bytes[..8], b"CLIPFDEL");
            let header = [8, 12, 16, 28].map(|at| u32_at(&bytes, at) as usize);
            assert_eq!(header, [1, shard, segment, number(&entry["deleted"]["rows"])]);
            let end = bytes.len() - 4;
            assert_eq!(u32_at(&bytes, end), crc32c(&bytes[..end]));
            let rows = u32_at(&bytes, 24) as usize;
            assert_eq!(end, 40 + rows.div_ceil(64) * 8);
            for (row, deleted) in deleted.iter_mut().enumerate().take(rows) {
                *deleted = bytes[40 + row / 8] >> (row % 8) & 1 == 1;
            }
        }
        for (row, deleted) in deleted.into_iter().enumerate() {
            let row = &bytes[4096 + row * stride..][..stride];
            let (id, vector) = (u64_at(row, 0), &row[64..64 + 4 * dim]);
            assert_eq!(u32_at(row, 8), crc32c(&[&row[..8], vector].concat()));
            assert_eq!(id % shards, shard as u64);
            if !deleted {
                let vector = vector.chunks(4).map(|it| f32::from_bits(u32_at(it, 0))).collect();
                assert_eq!(found.insert(id, vector), None, "two live rows of id {id}");
            }
        }
    }
    found
}

#[test]
fn the_document_is_enough_to_read_a_store() {
    for (dim, shards) in [(1, 1), (3, 2), (16, 3), (40, 5)] {
        let dir = scratch();
        let mut writer = write(dir.path(), &options(dim, shards, 100));
        let ids: Vec<u64> = (0..700).collect();
        writer.append(&ids, &rows(&ids, 1, dim)).unwrap();
        writer.append(&ids[50..90], &rows(&ids[50..90], 2, dim)).unwrap();
        writer.delete(&ids[80..300]).unwrap();
        writer.append(&[80, 9000], &rows(&[80, 9000], 3, dim)).unwrap();

        let reader = read(dir.path());
        let expected = reader.ids().into_iter().map(|id| (id, reader.vector(id).unwrap()));
        assert_eq!(contents(dir.path()), expected.collect());
        assert_eq!(contents(dir.path()).len(), 700 - 220 + 2);
    }
}

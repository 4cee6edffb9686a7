//! What several tests need.

use std::fs;
use std::path::Path;

use clipfind_store::{Options, ReadOptions, Reader, Writer};
use tempfile::TempDir;

/// A fresh directory, in memory where there is such a place: syncing a disk dozens of times per
/// test case proves nothing that a test could see.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
        .expect("a temporary directory can be created")
}

pub(crate) fn options(dim: usize, shards: u32, segment_rows: u32) -> Options {
    Options { shards: Some(shards), segment_rows, ..Options::new(dim) }
}

pub(crate) fn write(dir: &Path, options: &Options) -> Writer {
    Writer::open(dir, options).expect("the store opens for writing")
}

pub(crate) fn read(dir: &Path) -> Reader {
    Reader::open(dir, &ReadOptions::default()).expect("the store opens for reading")
}

/// A vector that is a function of `id` and `version`, with whole-number components.
pub(crate) fn vector(id: u64, version: u64, dim: usize) -> Vec<f32> {
    let component = |at: u64| (id * 31 + version * 17 + at * 7 + id * at) % 23;
    (0..dim as u64)
        .map(|at| f32::from(u8::try_from(component(at)).expect("below 23")) - 11.0)
        .collect()
}

/// `vector` for each id, one after the other, as `append` takes them.
pub(crate) fn rows(ids: &[u64], version: u64, dim: usize) -> Vec<f32> {
    ids.iter().flat_map(|id| vector(*id, version, dim)).collect()
}

/// Asserts that the store holds exactly these ids, each with the vector of its version.
pub(crate) fn assert_holds(reader: &Reader, expected: &[(u64, u64)]) {
    let ids: Vec<u64> = expected.iter().map(|(id, _)| *id).collect();
    assert_eq!(reader.ids(), ids);
    let dim = reader.stats().dim;
    for (id, version) in expected {
        assert_close(&reader.vector(*id).expect("a vector"), &vector(*id, *version, dim));
    }
}

/// Asserts that a stored vector is the one that was appended, but for rounding to 16 bits.
pub(crate) fn assert_close(stored: &[f32], appended: &[f32]) {
    let norm = |vector: &mut dyn Iterator<Item = f32>| vector.map(|x| x * x).sum::<f32>().sqrt();
    let error = norm(&mut stored.iter().zip(appended).map(|(a, b)| a - b));
    let most = 1e-4 * norm(&mut appended.iter().copied());
    assert!(stored.len() == appended.len() && error <= most, "{stored:?} is not {appended:?}");
}

/// Every file below `dir`, by path relative to it with `/`, sorted.
pub(crate) fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a readable directory") {
        let entry = entry.expect("a readable entry");
        let name = entry.file_name().into_string().expect("our names are ASCII");
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// Copies the files of `from` whose relative paths `wanted` accepts over those of `to`.
pub(crate) fn copy(from: &Path, to: &Path, wanted: impl Fn(&str) -> bool) {
    for file in files(from).into_iter().filter(|file| wanted(file)) {
        let target = to.join(&file);
        fs::create_dir_all(target.parent().expect("a file has a parent"))
            .expect("a directory can be created");
        fs::copy(from.join(&file), target).expect("a file can be copied");
    }
}

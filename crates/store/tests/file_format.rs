//! The document is enough to read a store.

use crate::document::{contents, rotated};
use crate::support::{options, read, rows, scratch, vector, write};

#[test]
fn the_document_is_enough_to_read_a_store() {
    for (dim, shards) in [(1, 1), (3, 2), (64, 3), (100, 5), (192, 2)] {
        let dir = scratch();
        let mut writer = write(dir.path(), &options(dim, shards, 300));
        let ids: Vec<u64> = (0..700).collect();
        writer.append(&ids, &rows(&ids, 1, dim)).unwrap();
        writer.append(&ids[50..90], &rows(&ids[50..90], 2, dim)).unwrap();
        writer.delete(&ids[80..300]).unwrap();
        writer.seal().unwrap();
        writer.append(&[80, 9000], &rows(&[80, 9000], 3, dim)).unwrap();
        writer.delete(&[350, 9000]).unwrap();

        let reader = read(dir.path());
        let found = contents(dir.path());
        assert_eq!(found.keys().copied().collect::<Vec<_>>(), reader.ids());
        assert_eq!(found.len(), 700 - 220);
        for (id, (step, numbers)) in found {
            let version = if id == 80 {
                3
            } else if (50..90).contains(&id) {
                2
            } else {
                1
            };
            let expected = rotated(&vector(id, version, dim), u64::from_le_bytes(*b"clipfind"));
            for (number, expected) in numbers.iter().zip(expected) {
                let stored = f64::from(*number) * f64::from(step);
                assert!((stored - f64::from(expected)).abs() <= f64::from(step) * 0.501, "id {id}");
            }
        }
    }
}

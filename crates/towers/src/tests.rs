//! Every instruction set against plain Rust, whole towers against 64-bit floats, and damaged files.

mod model;

use std::fs;
use std::path::PathBuf;

use clipfind_kernels::Backend;
use model::{CONTEXT, Config, Model, activated, numbers};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::instructions::{Four, Instructions, multiply_bytes, multiply_floats, on};
use crate::panels::Panels;
use crate::{Activation, BLOCK, Block, ImageTower, OUTPUTS, Precision, TextTower, TowerError};

const ACTIVATIONS: [Activation; 3] =
    [Activation::Gelu, Activation::QuickGelu, Activation::GeluTanh];

/// All instructions that this machine has, with whether they have FMA; the first are plain Rust.
fn all_instructions() -> Vec<(Instructions, bool)> {
    let available = Backend::all().into_iter().filter(|backend| backend.is_available());
    let with_fma = |instructions| (instructions, !matches!(instructions, Instructions::Scalar(_)));
    available.map(Instructions::of).chain(others()).map(with_fma).collect()
}

/// Instructions in whose place a backend may have better ones.
#[cfg(target_arch = "x86_64")]
fn others() -> impl Iterator<Item = Instructions> {
    let older = crate::avx2::Avx2::new().map(Instructions::Avx2);
    older.into_iter().chain(crate::avx_vnni::Avx512VlVnni::new().map(Instructions::Avx512VlVnni))
}

#[cfg(not(target_arch = "x86_64"))]
fn others() -> impl Iterator<Item = Instructions> {
    std::iter::empty()
}

fn blocks(bytes: &[u8]) -> &[Block] {
    bytes.as_chunks().0
}

/// Bytes of every value, the extremes often.
fn bytes(count: usize, seed: u64) -> Vec<u8> {
    let mut next = numbers(seed);
    let mut byte = || match (next() * 128.0) as i8 {
        -16..0 => 0x80,
        0..16 => 0xff,
        other => other.cast_unsigned(),
    };
    (0..count).map(|_| byte()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn bytes_are_multiplied_exactly_by_every_instruction_set(
        rows in 0usize..30, count in 1usize..7, length in 1usize..300, seed in any::<u64>(),
    ) {
        let values = bytes(4 * rows * length, seed);
        let weights = bytes(count * BLOCK * length, !seed);
        let rows: Vec<&[Four]> = values.as_chunks().0.chunks_exact(length).collect();
        let exact = |row: &[Four], panel: usize, output: usize| -> i32 {
            let four = |(at, four): (usize, &Four)| -> i32 {
                let weights = &weights[(panel * length + at) * BLOCK + 4 * output..][..4];
                four.iter().zip(weights).map(|(a, b)| i32::from(*a) * i32::from(b.cast_signed())).sum()
            };
            row.iter().enumerate().map(four).sum()
        };
        let each = rows.iter().flat_map(|row| (0..count).map(move |panel| (row, panel)));
        let wanted: Vec<[i32; OUTPUTS]> =
            each.map(|(row, panel)| std::array::from_fn(|output| exact(row, panel, output))).collect();
        for (instructions, _) in all_instructions() {
            let mut sums = vec![[i32::MIN; OUTPUTS]; rows.len() * count];
            let panels = Panels::bare(blocks(&weights), length);
            on!(instructions, set => multiply_bytes(set, &rows, panels, &mut sums, count));
            prop_assert_eq!(&sums, &wanted, "{:?}", instructions);
        }
    }

    #[test]
    fn floats_are_multiplied_to_the_last_bits_and_alike_where_there_is_fma(
        rows in 0usize..30, count in 1usize..7, length in 1usize..300, seed in any::<u64>(),
    ) {
        let mut next = numbers(seed);
        let values: Vec<f32> = (0..rows * length).map(|_| next()).collect();
        let weights: Vec<f32> = (0..count * OUTPUTS * length).map(|_| next()).collect();
        let stored: Vec<u8> = weights.iter().flat_map(|value| value.to_le_bytes()).collect();
        let rows: Vec<&[f32]> = values.chunks_exact(length).collect();
        let mut fused: Option<Vec<[f32; OUTPUTS]>> = None;
        for (instructions, has_fma) in all_instructions() {
            let mut sums = vec![[f32::NAN; OUTPUTS]; rows.len() * count];
            let panels = Panels::bare(blocks(&stored), length);
            on!(instructions, set => multiply_floats(set, &rows, panels, &mut sums, count));
            let each = rows.iter().flat_map(|row| (0..count).map(move |panel| (row, panel)));
            for ((row, panel), sums) in each.zip(&sums) {
                for (output, sum) in sums.iter().enumerate() {
                    let weight = |at: usize| f64::from(weights[(panel * length + at) * OUTPUTS + output]);
                    let products = (0..length).map(|at| f64::from(row[at]) * weight(at));
                    let wanted: f64 = products.clone().sum();
                    // Each addition is rounded to 24 bits.
                    let size: f64 = products.map(f64::abs).sum();
                    let bound = f64::from(f32::EPSILON) / 2.0 * length as f64 * size;
                    prop_assert!((f64::from(*sum) - wanted).abs() <= bound, "{instructions:?}: {sum} {wanted}");
                }
            }
            if has_fma {
                prop_assert_eq!(fused.get_or_insert_with(|| sums.clone()), &sums, "{:?}", instructions);
            }
        }
    }
}

#[test]
fn activations_are_right_to_six_digits() {
    for activation in ACTIVATIONS {
        for step in -1200..=1200 {
            let x = step as f32 / 100.0;
            let wanted = activated(activation, f64::from(x));
            for (instructions, _) in all_instructions() {
                let mut value = [x];
                on!(instructions, set => activation.apply(set, &mut value));
                let error = (f64::from(value[0]) - wanted).abs();
                assert!(
                    error < 1e-6 * f64::from(x.abs()).max(0.1),
                    "{instructions:?} {activation:?} {x}: {value:?} {wanted}"
                );
            }
        }
    }
}

fn config() -> impl Strategy<Value = Config> {
    let sizes = (1usize..5, 1usize..25, 1usize..4, 1usize..100, 1usize..40);
    let kinds = (0usize..3, any::<bool>(), any::<u64>());
    (sizes, kinds).prop_map(|((heads, head, layers, inner, dims), (activation, floats, seed))| {
        Config {
            heads,
            head,
            layers,
            inner,
            dims,
            activation: ACTIVATIONS[activation],
            // Eight bits of a very short row are too few for any bound.
            precision: if floats || heads * head < 24 { Precision::Fp32 } else { Precision::Int8 },
            seed,
            image: None,
        }
    })
}

fn some_config(precision: Precision) -> Config {
    let activation = Activation::Gelu;
    Config {
        heads: 2,
        head: 9,
        layers: 2,
        inner: 37,
        dims: 21,
        activation,
        precision,
        seed: 7,
        image: None,
    }
}

fn file_of(model: &Model) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text.weights");
    fs::write(&path, model.bytes()).unwrap();
    (folder, path)
}

fn length(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().map(|value| value * value).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_tower_gives_what_64_bit_floats_give(config in config(), tokens in 1usize..=CONTEXT) {
        let model = Model::random(&config);
        let (_folder, path) = file_of(&model);
        let rows = config.rows(tokens);
        check(&config, |noise, seed| model.text_vector(&rows, noise, seed), |instructions| {
            let mut tower = TextTower::open_with(&path, instructions).unwrap();
            [tower.encode(&rows).unwrap(), tower.encode(&rows).unwrap()]
        })?;
    }

    #[test]
    fn an_image_tower_gives_what_64_bit_floats_give(
        config in config(), patch in 1usize..9, size in 1usize..40,
    ) {
        let config = Config { image: Some((size.max(patch), patch)), ..config };
        let model = Model::random(&config);
        let (_folder, path) = file_of(&model);
        let pixels = config.pixels();
        check(&config, |noise, seed| model.image_vector(&pixels, noise, seed), |instructions| {
            let mut tower = ImageTower::open_with(&path, instructions).unwrap();
            [tower.encode(&pixels).unwrap(), tower.encode(&pixels).unwrap()]
        })?;
    }
}

/// Whether what every instruction set finds, twice, is what 64-bit floats give, and to the bit the same on all that
/// have FMA.
fn check(
    config: &Config,
    exact: impl Fn(f64, u64) -> Vec<f64>,
    find: impl Fn(Instructions) -> [Vec<f32>; 2],
) -> Result<(), TestCaseError> {
    let wanted = exact(0.0, 0);
    let distance = |vector: &[f64]| length(vector.iter().zip(&wanted).map(|(a, b)| a - b));
    // Each sum is rounded to 24 bits, once for each number in it.
    let noise = f64::from(f32::EPSILON);
    let rounded = (0..4).map(|seed| distance(&exact(noise, seed))).fold(0.0, f64::max);
    // Four disturbances show what rows of many numbers come to, less well what rows of a few can.
    let share = if config.width() < 24 { 64.0 } else { 4.0 };
    // Bytes have eight bits of a row, of which there are three kinds in each block.
    let most = if config.precision == Precision::Fp32 { 3e-6 } else { 0.06 };
    let size = length(wanted.iter().copied()).max((config.dims as f64).sqrt());
    let most = most * size + share * rounded;
    let mut fused: Option<Vec<f32>> = None;
    for (instructions, has_fma) in all_instructions() {
        let [vector, again] = find(instructions);
        prop_assert_eq!(vector.len(), config.dims);
        let error = distance(&vector.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
        prop_assert!(error < most, "{instructions:?}: {error} off, {most} at most");
        prop_assert_eq!(&again, &vector, "{:?}: the same again", instructions);
        if has_fma {
            prop_assert_eq!(
                fused.get_or_insert_with(|| vector.clone()),
                &vector,
                "{:?}",
                instructions
            );
        }
    }
    Ok(())
}

#[test]
fn the_last_token_alone_counts_and_those_before_it() {
    let config = some_config(Precision::Fp32);
    let (_folder, path) = file_of(&Model::random(&config));
    let mut tower = TextTower::open(&path).unwrap();
    let rows = config.rows(5);
    let vector = tower.encode(&rows).unwrap();
    for token in 0..5 {
        let mut others = rows.clone();
        others[token * config.width()] += 0.5;
        assert_ne!(tower.encode(&others).unwrap(), vector, "token {token}");
    }
}

#[test]
fn rows_that_no_text_has_are_refused() {
    let config = some_config(Precision::Int8);
    let (_folder, path) = file_of(&Model::random(&config));
    let mut tower = TextTower::open(&path).unwrap();
    for count in [0, 1, config.width() + 1, (CONTEXT + 1) * config.width()] {
        let error = tower.encode(&vec![0.5; count]).unwrap_err();
        assert_eq!(error.code(), "INVALID_ARGUMENT", "{error}");
    }
    assert!(tower.encode(&vec![0.5; CONTEXT * config.width()]).is_ok());
}

#[test]
fn a_file_that_is_cut_short_is_refused_and_one_that_is_not_there_is_missed() {
    for precision in [Precision::Fp32, Precision::Int8] {
        let bytes = Model::random(&some_config(precision)).bytes();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("text.weights");
        let invalid = |path: &PathBuf| match TextTower::open(path) {
            Err(error @ TowerError::Invalid { .. }) => error.to_string().contains("text.weights"),
            _ => false,
        };
        let missing = TextTower::open(&path).unwrap_err();
        assert_eq!(missing.code(), "MODEL_NOT_FOUND");
        for length in [0, 1, 63, 64, 65, 1000, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert!(invalid(&path), "{length} bytes");
        }
        fs::write(&path, [&bytes[..], &[0]].concat()).unwrap();
        assert!(invalid(&path), "a byte too many");
        for bit in 0..8 * BLOCK {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &damaged).unwrap();
            assert!(invalid(&path), "bit {bit} of the header");
        }
    }
    // A directory can be opened on some systems, and read on none.
    assert!(TextTower::open(TempDir::new().unwrap().path()).is_err());
}

#[test]
fn a_header_that_its_writer_made_up_is_refused_not_believed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text.weights");
    let bytes = Model::random(&some_config(Precision::Int8)).bytes();
    for field in 0..10 {
        for value in [0, 5, 4097, u32::MAX / 2, u32::MAX] {
            let mut made_up = bytes.clone();
            made_up[8 + 4 * field..12 + 4 * field].copy_from_slice(&value.to_le_bytes());
            if made_up == bytes {
                continue;
            }
            let sum = crc32fast::hash(&made_up[..60]);
            made_up[60..64].copy_from_slice(&sum.to_le_bytes());
            fs::write(&path, &made_up).unwrap();
            match TextTower::open(&path) {
                Err(error) => assert_eq!(error.code(), "MODEL_INVALID", "{field} {value}"),
                // The context and epsilon have no part in the file's length.
                Ok(_) => assert!(field >= 8, "{field} {value}"),
            }
        }
    }
}

#[test]
fn a_file_that_is_cut_short_while_it_is_open_fails_the_text_and_nothing_else() {
    let config = some_config(Precision::Int8);
    let model = Model::random(&config);
    let (_folder, path) = file_of(&model);
    let mut tower = TextTower::open(&path).unwrap();
    let rows = config.rows(3);
    let vector = tower.encode(&rows).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(2000).unwrap();
    assert_eq!(tower.encode(&rows).unwrap_err().code(), "MODEL_INVALID");
    fs::write(&path, model.bytes()).unwrap();
    assert_eq!(tower.encode(&rows).unwrap(), vector);
}

#[test]
fn weights_of_any_bits_give_some_vector() {
    for precision in [Precision::Fp32, Precision::Int8] {
        let config = some_config(precision);
        let bytes = Model::random(&config).bytes();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("text.weights");
        for filling in [0x00, 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[BLOCK..].fill(filling);
            fs::write(&path, &damaged).unwrap();
            for (instructions, _) in all_instructions() {
                let mut tower = TextTower::open_with(&path, instructions).unwrap();
                assert_eq!(tower.encode(&config.rows(4)).unwrap().len(), config.dims);
            }
        }
    }
}

/// An image tower of pictures with four patches and a margin.
fn some_image_config(precision: Precision) -> Config {
    Config { image: Some((9, 4)), ..some_config(precision) }
}

#[test]
fn pixels_beyond_the_last_whole_patch_do_not_count_and_all_others_do() {
    for precision in [Precision::Fp32, Precision::Int8] {
        let config = some_image_config(precision);
        let (_folder, path) = file_of(&Model::random(&config));
        let mut tower = ImageTower::open(&path).unwrap();
        let pixels = config.pixels();
        let vector = tower.encode(&pixels).unwrap();
        for at in 0..pixels.len() {
            let mut others = pixels.clone();
            others[at] ^= 0x80;
            let [x, y] = [at / 3 % 9, at / 27];
            let same = tower.encode(&others).unwrap() == vector;
            assert_eq!(same, x == 8 || y == 8, "{precision:?} {x} {y}");
        }
    }
}

#[test]
fn pictures_of_another_size_are_refused() {
    let config = some_image_config(Precision::Int8);
    let (_folder, path) = file_of(&Model::random(&config));
    let mut tower = ImageTower::open(&path).unwrap();
    for count in [0, 1, 3 * 81 - 1, 3 * 81 + 1] {
        let error = tower.encode(&vec![1; count]).unwrap_err();
        assert_eq!(error.code(), "INVALID_ARGUMENT", "{error}");
    }
    assert!(tower.encode(&[1; 3 * 81]).is_ok());
}

#[test]
fn a_file_of_the_other_tower_or_of_a_patch_that_is_too_large_is_refused() {
    let text = Model::random(&some_config(Precision::Fp32)).bytes();
    let image = Model::random(&some_image_config(Precision::Fp32)).bytes();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("some.weights");
    fs::write(&path, &text).unwrap();
    assert_eq!(ImageTower::open(&path).unwrap_err().code(), "MODEL_INVALID");
    fs::write(&path, &image).unwrap();
    assert_eq!(TextTower::open(&path).unwrap_err().code(), "MODEL_INVALID");
    let mut large = image.clone();
    large[8 + 4 * 10..][..4].copy_from_slice(&10u32.to_le_bytes());
    let sum = crc32fast::hash(&large[..60]);
    large[60..64].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, &large).unwrap();
    let error = ImageTower::open(&path).unwrap_err();
    assert!(error.to_string().contains("patch is 10, not 1 to 9"), "{error}");
    large[8 + 4 * 9..][..4].copy_from_slice(&4096u32.to_le_bytes());
    large[8 + 4 * 10..][..4].copy_from_slice(&148u32.to_le_bytes());
    let sum = crc32fast::hash(&large[..60]);
    large[60..64].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, &large).unwrap();
    let error = ImageTower::open(&path).unwrap_err();
    assert!(error.to_string().contains("patch is 148, not 1 to 147"), "{error}");
    for length in [0, 63, 64, 1000, image.len() - 1] {
        fs::write(&path, &image[..length]).unwrap();
        assert_eq!(ImageTower::open(&path).unwrap_err().code(), "MODEL_INVALID", "{length}");
    }
    assert_eq!(ImageTower::open(folder.path().join("none")).unwrap_err().code(), "MODEL_NOT_FOUND");
}

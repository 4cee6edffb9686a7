//! One suite that every backend passes; a backend this machine lacks is reported as skipped.

use proptest::prelude::*;

use crate::{Backend, Kernel, KernelError, MAX_CODES, MAX_QUERY_COMPONENT, Query};

/// Whole blocks, the dimensions of real models, one that no power of two divides, and the longest.
const LENGTHS: [usize; 8] = [64, 128, 192, 512, 768, 1024, 1152, MAX_CODES];

/// The kernel of every backend this machine has; says which ones it has not.
fn kernels() -> Vec<Kernel> {
    let kernel = |backend| {
        let kernel = Kernel::new(backend);
        if kernel.is_none() {
            println!("skipped: {backend} is not available on this machine");
        }
        kernel
    };
    Backend::all().into_iter().filter_map(kernel).collect()
}

/// What the scores of rows must be, from the definition and nothing else.
#[expect(clippy::cast_precision_loss, reason = "the rounding that the contract has")]
fn expected(codes: &[i8], query: &[i16]) -> Vec<f32> {
    let exact = |row: &[i8]| -> i64 {
        row.iter()
            .zip(query)
            .map(|(code, component)| i64::from(*code) * i64::from(*component))
            .sum()
    };
    codes.chunks_exact(query.len()).map(|row| exact(row) as f32).collect()
}

/// What a kernel makes of the same. Scores that it leaves unwritten are NaN, which equals nothing.
fn dots(kernel: &Kernel, codes: &[i8], query: &[i16]) -> Vec<f32> {
    let mut out = vec![f32::NAN; codes.len() / query.len()];
    kernel.dots(codes, &Query::new(query), &mut out);
    out
}

/// Pseudo-random numbers, the same for the same seed.
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// Codes of every value, −128 too.
fn codes(len: usize, seed: u64) -> Vec<i8> {
    let mut next = numbers(seed);
    (0..len).map(|_| next().to_le_bytes()[3].cast_signed()).collect()
}

/// Components of every allowed value.
fn components(len: usize, seed: u64) -> Vec<i16> {
    let mut next = numbers(seed);
    let limit = i64::from(MAX_QUERY_COMPONENT);
    let component = |number: u64| (number >> 1).cast_signed() % (2 * limit + 1) - limit;
    (0..len).map(|_| i16::try_from(component(next())).unwrap()).collect()
}

#[test]
fn every_length_and_number_of_rows_gives_the_exact_sums() {
    let kernels = kernels();
    for len in LENGTHS {
        let query = components(len, 1);
        for rows in (0..=9).chain([64, 65]) {
            let codes = codes(rows * len, 2);
            let sums = expected(&codes, &query);
            for kernel in &kernels {
                let backend = kernel.backend();
                assert_eq!(dots(kernel, &codes, &query), sums, "{backend}, {rows} rows of {len}");
            }
        }
    }
}

#[test]
fn the_largest_and_smallest_numbers_do_not_overflow() {
    let kernels = kernels();
    for len in [64, 512, 2048, 2112, MAX_CODES] {
        for component in [MAX_QUERY_COMPONENT, -MAX_QUERY_COMPONENT, -32385, 128, -128] {
            let query = vec![component; len];
            let codes = [127, -127, -128, 0, -1].map(|code| vec![code; len]).concat();
            let sums = expected(&codes, &query);
            for kernel in &kernels {
                let backend = kernel.backend();
                assert_eq!(dots(kernel, &codes, &query), sums, "{backend}, {component} in {len}");
            }
        }
    }
    let largest = expected(&[-128; MAX_CODES], &[-MAX_QUERY_COMPONENT; MAX_CODES]);
    assert_eq!(largest, [17_112_236_032.0], "the oracle itself");
}

#[test]
fn a_sum_beyond_24_bits_is_rounded_once_and_to_even() {
    // 2²⁴ + 1 and + 3 lie halfway between two floats, with even ones below and above.
    let rest = [(0, 16_777_216.0), (1, 16_777_216.0), (2, 16_777_218.0), (3, 16_777_220.0)];
    for kernel in kernels() {
        for (rest, rounded) in rest {
            for sign in [1, -1] {
                let mut query = vec![sign * 16_384; 192];
                let mut codes = vec![8; 192];
                query[128..].fill(sign * rest); // after 128 · 8 · 16 384 = 2²⁴
                codes[128..].fill(0);
                codes[150] = 1;
                let found = dots(&kernel, &codes, &query);
                assert_eq!(found, [f32::from(sign) * rounded], "{}, {rest}", kernel.backend());
            }
        }
    }
}

#[test]
fn a_sum_of_zero_is_positive() {
    for kernel in kernels() {
        for component in [0, 1, 256, -129, MAX_QUERY_COMPONENT] {
            let query = [[component; 32], [-component; 32]].concat();
            let found = dots(&kernel, &[-3; 128], &query);
            assert_eq!([found[0].to_bits(), found[1].to_bits()], [0, 0], "{}", kernel.backend());
        }
    }
}

#[test]
fn every_position_counts_exactly_once() {
    let kernels = kernels();
    for len in [64, 192, 512, 1152] {
        let query: Vec<i16> = (1..=i16::try_from(len).unwrap()).collect();
        // One code in each row, and five rows at a time, so that four and one are taken at once.
        for start in (0..len).step_by(5) {
            let positions: Vec<usize> = (start..len.min(start + 5)).collect();
            let mut codes = vec![0; positions.len() * len];
            for (row, position) in positions.iter().enumerate() {
                codes[row * len + position] = -3;
            }
            let product = |position: &usize| -3.0 * f32::from(query[*position]);
            let sums: Vec<f32> = positions.iter().map(product).collect();
            for kernel in &kernels {
                let backend = kernel.backend();
                assert_eq!(dots(kernel, &codes, &query), sums, "{backend}, {start} of {len}");
            }
        }
    }
}

#[test]
fn alignment_never_changes_a_bit() {
    for kernel in kernels() {
        for len in [64, 192, 512] {
            let (codes, query) = (codes(7 * len, 3), components(len, 4));
            let sums = expected(&codes, &query);
            for shift in 0..64 {
                let moved = [vec![i8::MIN; shift], codes.clone(), vec![i8::MIN; 64]].concat();
                let found = dots(&kernel, &moved[shift..shift + codes.len()], &query);
                assert_eq!(found, sums, "{} shifted {shift}", kernel.backend());
            }
        }
    }
}

#[test]
fn many_queries_give_what_each_gives_alone() {
    let kernels = kernels();
    let few = [64, 192, 512].into_iter().flat_map(|len| (0..=9).map(move |rows| (len, rows)));
    // The last two reach into a second tile, by one row and by five.
    for (len, rows) in few.chain([(512, 65), (MAX_CODES, 33), (1152, 121)]) {
        let codes = codes(rows * len, 5);
        let queries: Vec<_> = (0..33).map(|seed| components(len, seed)).collect();
        let sums: Vec<f32> = queries.iter().flat_map(|query| expected(&codes, query)).collect();
        let queries: Vec<_> = queries.iter().map(|query| Query::new(query)).collect();
        for kernel in &kernels {
            for count in (0..=9).chain([32, 33]) {
                let mut out = vec![f32::NAN; rows * count];
                kernel.dots_many(&codes, &queries[..count], &mut out);
                let backend = kernel.backend();
                assert_eq!(out, sums[..rows * count], "{backend}, {count} of {rows} × {len}");
            }
        }
    }
}

#[test]
fn a_rounded_query_has_the_high_bytes_and_scores_as_any_other() {
    let query = components(512, 3);
    let rounded: Vec<i16> = Query::new(&query).rounded().iter().collect();
    assert!(rounded.iter().all(|component| component % 256 == 0));
    assert!(rounded.iter().zip(&query).all(|(a, b)| (a - b).abs() <= 128));
    for len in LENGTHS {
        let query = Query::new(&components(len, 5)).rounded();
        let query: Vec<i16> = query.iter().collect();
        for rows in [1, 3, 4, 9] {
            let codes = codes(len * rows, 7);
            for kernel in kernels() {
                let name = kernel.backend();
                assert_eq!(dots(&kernel, &codes, &query), expected(&codes, &query), "{name}");
                // Beside one that is not rounded, and one that is.
                let queries = [query.clone(), components(len, 9), query.clone(), query.clone()];
                let mut out = vec![f32::NAN; rows * queries.len()];
                kernel.dots_many(&codes, &queries.each_ref().map(|it| Query::new(it)), &mut out);
                let each = queries.iter().flat_map(|query| expected(&codes, query));
                assert_eq!(out, each.collect::<Vec<_>>(), "{name}");
            }
        }
    }
}

#[test]
fn a_query_knows_its_length_and_takes_every_component() {
    for len in LENGTHS {
        assert_eq!(Query::new(&vec![1; len]).len(), len);
    }
    let all: Vec<i16> = (-MAX_QUERY_COMPONENT..=MAX_QUERY_COMPONENT).collect();
    for components in all.chunks_exact(64) {
        let query = Query::new(components);
        let (high, low) = (query.high()[0].0, query.low()[0].0);
        let joined =
            high.iter().zip(low).map(|(high, low)| 256 * i16::from(*high) + i16::from(low));
        assert!(joined.eq(components.iter().copied()));
    }
}

#[test]
#[should_panic(expected = "a query of 0 components")]
fn an_empty_query_is_refused() {
    let _ = Query::new(&[]);
}

#[test]
#[should_panic(expected = "a query of 65 components: expected a multiple of 64")]
fn a_query_of_an_odd_length_is_refused() {
    let _ = Query::new(&[0; 65]);
}

#[test]
#[should_panic(expected = "a query of 4160 components: expected a multiple of 64, at most 4096")]
fn a_query_that_is_too_long_is_refused() {
    let _ = Query::new(&[0; 4160]);
}

#[test]
fn a_component_that_is_too_large_is_refused() {
    for component in [MAX_QUERY_COMPONENT + 1, -MAX_QUERY_COMPONENT - 1, i16::MIN, i16::MAX] {
        let mut components = [0; 64];
        components[63] = component;
        assert!(std::panic::catch_unwind(|| Query::new(&components)).is_err(), "{component}");
    }
}

#[test]
#[should_panic(expected = "2 rows of 64 codes, but 127 codes")]
fn codes_that_are_no_whole_rows_are_refused() {
    Kernel::new(Backend::Scalar).unwrap().dots(&[0; 127], &Query::new(&[0; 64]), &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "2 rows of 64 codes, but 192 codes")]
fn more_rows_than_scores_are_refused() {
    Kernel::new(Backend::Scalar).unwrap().dots(&[0; 192], &Query::new(&[0; 64]), &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "one length")]
fn queries_of_different_lengths_are_refused() {
    let queries = [64, 128].map(|len| Query::new(&vec![0; len]));
    Kernel::new(Backend::Scalar).unwrap().dots_many(&[0; 64], &queries, &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "3 scores cannot be those of 2 queries")]
fn scores_that_do_not_divide_among_the_queries_are_refused() {
    let queries = [(); 2].map(|()| Query::new(&[0; 64]));
    Kernel::new(Backend::Scalar).unwrap().dots_many(&[0; 64], &queries, &mut [0.0; 3]);
}

#[test]
#[should_panic(expected = "no queries")]
fn scores_without_a_query_are_refused() {
    Kernel::new(Backend::Scalar).unwrap().dots_many(&[0; 64], &[], &mut [0.0]);
}

#[test]
fn scalar_always_runs_and_names_lead_back() {
    assert!(Backend::Scalar.is_available());
    assert!(Backend::best().is_available());
    for backend in Backend::all() {
        assert_eq!(Backend::from_name(backend.name()), Some(backend));
        assert_eq!(Kernel::new(backend).is_some(), backend.is_available());
    }
    assert_eq!(Backend::from_name("AVX2"), None);
}

#[test]
fn a_forced_kernel_is_that_one_or_an_error() {
    assert_eq!(Kernel::from_setting("").unwrap().backend(), Backend::best());
    for backend in Backend::all().into_iter().filter(|backend| backend.is_available()) {
        assert_eq!(Kernel::from_setting(backend.name()).unwrap().backend(), backend);
    }

    let unknown = Kernel::from_setting("sse9").unwrap_err();
    assert_eq!(
        (unknown.clone(), unknown.code()),
        (KernelError::Unknown("sse9".into()), "KERNEL_UNKNOWN")
    );
    assert!(unknown.to_string().starts_with(
        "CLIPFIND_KERNEL is \"sse9\", which is no kernel; this machine can run: scalar"
    ));

    let foreign = if cfg!(target_arch = "aarch64") { Backend::Avx2 } else { Backend::NeonDot };
    let unavailable = Kernel::from_setting(foreign.name()).unwrap_err();
    assert_eq!(
        (unavailable.clone(), unavailable.code()),
        (KernelError::Unavailable(foreign), "KERNEL_UNAVAILABLE")
    );
}

/// Codes of a few rows and the components of a few queries, of one length.
fn rows_and_queries() -> impl Strategy<Value = (Vec<i8>, Vec<Vec<i16>>)> {
    (1..20_usize, 0..7_usize, 1..5_usize).prop_flat_map(|(blocks, rows, queries)| {
        let component = -MAX_QUERY_COMPONENT..=MAX_QUERY_COMPONENT;
        let query = prop::collection::vec(component, 64 * blocks);
        (
            prop::collection::vec(any::<i8>(), 64 * blocks * rows),
            prop::collection::vec(query, queries),
        )
    })
}

proptest! {
    #[test]
    fn random_rows_and_queries_give_the_exact_sums((codes, queries) in rows_and_queries()) {
        let sums: Vec<_> = queries.iter().map(|query| expected(&codes, query)).collect();
        let laid_out: Vec<_> = queries.iter().map(|query| Query::new(query)).collect();
        for kernel in kernels() {
            let found: Vec<_> = queries.iter().map(|query| dots(&kernel, &codes, query)).collect();
            assert_eq!(&found, &sums, "{}", kernel.backend());

            let mut out = vec![f32::NAN; sums.len() * sums[0].len()];
            kernel.dots_many(&codes, &laid_out, &mut out);
            assert_eq!(out, sums.concat(), "{}", kernel.backend());
        }
    }
}

//! One suite that every backend passes; a backend this machine lacks is reported as skipped.

#![expect(clippy::float_cmp, reason = "exactness is what these tests are about")]

use proptest::prelude::*;

use crate::{Backend, Kernel, KernelError, scalar};

/// Runs `check` on every backend this machine has, and says which ones it could not.
fn for_every_kernel(check: impl Fn(Kernel)) {
    for backend in Backend::all() {
        match Kernel::new(backend) {
            Some(kernel) => check(kernel),
            None => println!("skipped: {backend} is not available on this machine"),
        }
    }
}

/// Every tail of every block size in use, and the dimensions of real models.
fn lengths() -> impl Iterator<Item = usize> {
    (0..=130).chain([512, 768, 1024])
}

/// Small whole numbers, different for every index and seed. 1024 products of at most 8·8 stay far
/// below 2²⁴, so that every order of adding them is exact.
fn whole_numbers(len: usize, seed: usize) -> Vec<i16> {
    (0..len).map(|i| i16::try_from((i * 7 + seed * 13) % 17).unwrap() - 8).collect()
}

fn floats(numbers: &[i16]) -> Vec<f32> {
    numbers.iter().copied().map(f32::from).collect()
}

/// The error allowed against an `f64` sum: γₙ·Σ|aᵢ·bᵢ| for the `f32` sum in any order, doubled so
/// that the (2²⁹ times smaller) error of the `f64` sum needs no account of its own, plus one
/// smallest normal number per term for underflow.
fn allowed_error(a: &[f32], b: &[f32]) -> f64 {
    let n = f64::from(u32::try_from(a.len()).unwrap());
    let unit = f64::from(f32::EPSILON) / 2.0;
    let magnitude: f64 = a.iter().zip(b).map(|(x, y)| (f64::from(*x) * f64::from(*y)).abs()).sum();
    2.0 * n * unit / (1.0 - n * unit) * magnitude + n * f64::from(f32::MIN_POSITIVE)
}

fn dot_f64(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

#[test]
fn whole_numbers_give_the_exact_sum_at_every_length() {
    for_every_kernel(|kernel| {
        for len in lengths() {
            let (a, b) = (whole_numbers(len, 1), whole_numbers(len, 2));
            let exact: i32 = a.iter().zip(&b).map(|(x, y)| i32::from(*x) * i32::from(*y)).sum();
            let (a, b) = (floats(&a), floats(&b));
            let found = kernel.dot_f32(&a, &b);
            assert_eq!(f64::from(found), f64::from(exact), "{} at {len}", kernel.backend());
            assert_eq!(found, scalar::dot_f32(&a, &b), "{} at {len}", kernel.backend());
        }
    });
}

#[test]
fn alignment_never_changes_a_bit() {
    for_every_kernel(|kernel| {
        for len in [0, 1, 7, 31, 64, 130, 512] {
            let a: Vec<f32> = floats(&whole_numbers(len, 3)).iter().map(|x| x.sin()).collect();
            let b: Vec<f32> = floats(&whole_numbers(len, 4)).iter().map(|x| x.cos()).collect();
            let expected = kernel.dot_f32(&a, &b).to_bits();
            for shift in 0..16 {
                let moved_a = [vec![f32::NAN; shift], a.clone(), vec![f32::NAN; 16]].concat();
                let moved_b = [vec![f32::NAN; 15 - shift], b.clone(), vec![f32::NAN; 16]].concat();
                let (a, b) = (&moved_a[shift..shift + len], &moved_b[15 - shift..15 - shift + len]);
                assert_eq!(
                    kernel.dot_f32(a, b).to_bits(),
                    expected,
                    "{} shifted {shift}",
                    kernel.backend()
                );
            }
        }
    });
}

#[test]
fn every_position_counts_exactly_once() {
    for_every_kernel(|kernel| {
        for len in lengths() {
            for at in 0..len {
                let mut a = vec![0.0; len];
                a[at] = 3.0;
                assert_eq!(
                    kernel.dot_f32(&a, &vec![5.0; len]),
                    15.0,
                    "{} {at} of {len}",
                    kernel.backend()
                );
            }
        }
    });
}

#[test]
fn the_largest_values_a_store_holds_do_not_overflow() {
    for_every_kernel(|kernel| {
        let large = vec![1e16; 4096];
        assert!(kernel.dot_f32(&large, &large).is_finite(), "{}", kernel.backend());
    });
}

#[test]
#[should_panic(expected = "one length")]
fn vectors_of_different_lengths_are_refused() {
    let _ = Kernel::new(Backend::Scalar).unwrap().dot_f32(&[1.0], &[1.0, 2.0]);
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
    assert_eq!(Kernel::from_setting("scalar").unwrap().backend(), Backend::Scalar);

    let unknown = Kernel::from_setting("sse9").unwrap_err();
    assert_eq!(
        (unknown.clone(), unknown.code()),
        (KernelError::Unknown("sse9".into()), "KERNEL_UNKNOWN")
    );
    assert!(unknown.to_string().starts_with(
        "CLIPFIND_KERNEL is \"sse9\", which is no kernel; this machine can run: scalar"
    ));

    let foreign = if cfg!(target_arch = "aarch64") { Backend::Avx512 } else { Backend::Neon };
    let unavailable = Kernel::from_setting(foreign.name()).unwrap_err();
    assert_eq!(
        (unavailable.clone(), unavailable.code()),
        (KernelError::Unavailable(foreign), "KERNEL_UNAVAILABLE")
    );
}

/// Two vectors of one length with components between −2 and 2.
fn pair() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
    (0..1100_usize).prop_flat_map(|len| {
        let vector = || prop::collection::vec(-2.0_f32..2.0, len);
        (vector(), vector())
    })
}

proptest! {
    #[test]
    fn random_vectors_stay_within_the_stated_bound((a, b) in pair()) {
        for_every_kernel(|kernel| {
            let error = (f64::from(kernel.dot_f32(&a, &b)) - dot_f64(&a, &b)).abs();
            assert!(error <= allowed_error(&a, &b), "{}: {error}", kernel.backend());
        });
    }

    #[test]
    fn a_dot_product_does_not_care_which_side_is_which((a, b) in pair()) {
        for_every_kernel(|kernel| {
            let (ab, ba) = (kernel.dot_f32(&a, &b), kernel.dot_f32(&b, &a));
            assert_eq!(ab.to_bits(), ba.to_bits(), "{}", kernel.backend());
        });
    }
}

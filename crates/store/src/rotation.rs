//! A fixed random rotation, so that no coordinate of a vector is much larger than the others.
//!
//! CLIP ViT-B/32 puts more than half of an image vector's square into one coordinate; rounding all
//! coordinates to steps of one size would then lose the rest. Rotations change no dot product.
//!
//! A round multiplies by random signs and by a Hadamard matrix divided by the root of its size
//! (Ailon and Chazelle 2009, "The fast Johnson–Lindenstrauss transform"). The matrix exists for
//! powers of two, so with other lengths each round turns the first 2ᵐ coordinates and then the last
//! 2ᵐ, where 2ᵐ is the largest power of two that fits: the two overlap.

/// Numbers that are transformed in registers; the length of a vector is a multiple of it.
const GROUP: usize = 16;
/// How often all coordinates are mixed.
const ROUNDS: usize = 3;

/// The rotation of one seed and length.
#[derive(Debug)]
pub(crate) struct Rotation {
    len: usize,
    /// The size of the Hadamard matrix.
    block: usize,
    /// For each step (`ROUNDS` of them, twice as many if `block` < `len`), `block` numbers ±1/√block.
    signs: Vec<f32>,
}

impl Rotation {
    /// The rotation for vectors of `len` coordinates.
    pub(crate) fn new(len: usize, seed: u64) -> Self {
        let block = if len.is_power_of_two() { len } else { len.next_power_of_two() / 2 };
        let steps = if block == len { ROUNDS } else { 2 * ROUNDS };
        #[expect(clippy::cast_precision_loss, reason = "a small power of two")]
        let unit = 1.0 / (block as f32).sqrt();
        let mut random = SplitMix(seed);
        let mut signs = Vec::with_capacity(steps * block);
        while signs.len() < steps * block {
            let bits = random.next();
            let left = (steps * block - signs.len()).min(64);
            signs.extend((0..left).map(|bit| if bits >> bit & 1 == 0 { unit } else { -unit }));
        }
        Self { len, block, signs }
    }

    /// Coordinates of a rotated vector.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// `turned` = the rotated `vector`; a shorter vector counts as filled up with zeros.
    #[expect(clippy::inline_always, reason = "takes on the instruction set of the caller")]
    #[inline(always)]
    pub(crate) fn apply(&self, vector: &[f32], turned: &mut [f32]) {
        let (start, rest) = turned.split_at_mut(vector.len());
        start.copy_from_slice(vector);
        rest.fill(0.0);
        for (at, signs) in self.signs.chunks_exact(self.block).enumerate() {
            let part = self.part(at, turned);
            for (value, sign) in part.iter_mut().zip(signs) {
                *value *= sign;
            }
            hadamard(part);
        }
    }

    /// Turns `vector` back in place.
    pub(crate) fn invert(&self, vector: &mut [f32]) {
        for (at, signs) in self.signs.chunks_exact(self.block).enumerate().rev() {
            let part = self.part(at, vector);
            hadamard(part);
            for (value, sign) in part.iter_mut().zip(signs) {
                *value *= sign;
            }
        }
    }

    /// The coordinates that step `at` turns.
    #[expect(clippy::inline_always, reason = "takes on the instruction set of the caller")]
    #[inline(always)]
    fn part<'a>(&self, at: usize, vector: &'a mut [f32]) -> &'a mut [f32] {
        let start = if at.is_multiple_of(2) { 0 } else { self.len - self.block };
        &mut vector[start..start + self.block]
    }
}

/// Multiplies by the Hadamard matrix (of ones and minus ones). Each sum is of two numbers, so the
/// result is the same on every machine.
#[expect(clippy::inline_always, reason = "takes on the instruction set of the caller")]
#[inline(always)]
fn hadamard(values: &mut [f32]) {
    for group in values.as_chunks_mut().0 {
        *group = butterflies::<1>(*group);
        *group = butterflies::<2>(*group);
        *group = butterflies::<4>(*group);
        *group = butterflies::<8>(*group);
    }
    let mut half = GROUP;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// One step of [`hadamard`], for numbers that are close to each other: shuffles of a register.
#[expect(clippy::inline_always, reason = "takes on the instruction set of the caller")]
#[inline(always)]
fn butterflies<const HALF: usize>(values: [f32; GROUP]) -> [f32; GROUP] {
    std::array::from_fn(|at| {
        let other = values[at ^ HALF];
        if at & HALF == 0 { values[at] + other } else { other - values[at] }
    })
}

/// `SplitMix64` (Steele, Lea and Flood 2014): every seed gives another sequence of 64 bits.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::*;

    const LENGTHS: [usize; 8] = [64, 128, 192, 512, 704, 768, 1152, 4096];

    fn norm(vector: &[f32]) -> f64 {
        vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt()
    }

    #[test]
    fn lengths_and_dot_products_are_kept_and_the_way_back_leads_back() {
        for len in LENGTHS {
            let rotation = Rotation::new(len, 7);
            let vector: Vec<f32> = (0..len).map(|i| ((i * 37 % 101) as f32).sin()).collect();
            let mut turned = vec![9.0; len];
            rotation.apply(&vector, &mut turned);
            assert!((norm(&turned) / norm(&vector) - 1.0).abs() < 1e-6, "{len}");
            rotation.invert(&mut turned);
            let error: Vec<f32> = turned.iter().zip(&vector).map(|(a, b)| a - b).collect();
            assert!(norm(&error) < 1e-6 * norm(&vector), "{len}: {}", norm(&error));
        }
    }

    #[test]
    fn one_dominant_coordinate_is_spread_over_all() {
        for len in LENGTHS {
            let rotation = Rotation::new(len, 7);
            let mut turned = vec![0.0; len];
            for at in [0, 1, len / 2, len - 1] {
                let mut vector = vec![0.0; len];
                vector[at] = 1.0;
                rotation.apply(&vector, &mut turned);
                // A vector of equal coordinates would have √len · largest = 1, a normal one 3 to 4.
                let largest = turned.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
                assert!(largest * (len as f32).sqrt() < 6.0, "{len}, {at}: {largest}");
            }
        }
    }

    #[test]
    fn the_seed_decides_and_short_vectors_are_filled_up() {
        let turn = |seed, vector: &[f32]| {
            let mut turned = vec![0.0; 64];
            Rotation::new(64, seed).apply(vector, &mut turned);
            turned
        };
        assert_eq!(turn(1, &[1.0, 2.0]), turn(1, &[vec![1.0, 2.0], vec![0.0; 62]].concat()));
        assert_ne!(turn(1, &[1.0, 2.0]), turn(2, &[1.0, 2.0]));
    }
}

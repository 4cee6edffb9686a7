//! Rows in memory, on their way into a log or a segment.

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::codes::{self, Scale};
use crate::format::row_crc;
use crate::rotation::Rotation;
use crate::rows::{Rows, bytes_of};

/// Rows that one task encodes.
const PART: usize = 256;

/// Encoded vectors.
#[derive(Debug, PartialEq)]
pub(crate) struct EncodedRows {
    codes: usize,
    scales: Vec<Scale>,
    ids: Vec<u64>,
    checksums: Vec<u32>,
    high: Vec<i8>,
    low: Vec<i8>,
}

impl EncodedRows {
    /// Encodes vectors of `dim` components, in the order `order` of their indexes.
    pub(crate) fn new(
        ids: &[u64],
        vectors: &[f32],
        dim: usize,
        order: &[usize],
        rotation: &Rotation,
        pool: &ThreadPool,
    ) -> Self {
        let (codes, count) = (rotation.len(), order.len());
        let mut encoded = Self {
            codes,
            scales: vec![Scale { step: 0.0, error: 0.0 }; count],
            ids: order.iter().map(|at| ids[*at]).collect(),
            checksums: vec![0; count],
            high: vec![0; count * codes],
            low: vec![0; count * codes],
        };
        let parts = (order.chunks(PART))
            .zip(encoded.ids.chunks(PART))
            .zip(encoded.high.chunks_mut(PART * codes))
            .zip(encoded.low.chunks_mut(PART * codes))
            .zip(encoded.scales.chunks_mut(PART))
            .zip(encoded.checksums.chunks_mut(PART))
            .map(|(((((order, ids), high), low), scales), checksums)| Part {
                order,
                ids,
                high,
                low,
                scales,
                checksums,
            });
        if count <= PART {
            parts.for_each(|part| part.encode(vectors, dim, rotation));
        } else {
            let parts: Vec<_> = parts.collect();
            pool.install(|| {
                parts.into_par_iter().for_each(|part| part.encode(vectors, dim, rotation));
            });
        }
        encoded
    }

    /// A view of them.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows {
            codes: self.codes,
            scales: &self.scales,
            ids: &self.ids,
            checksums: &self.checksums,
            high: &self.high,
            low: &self.low,
        }
    }
}

/// Some rows to encode: which vectors, and where to.
struct Part<'a> {
    order: &'a [usize],
    ids: &'a [u64],
    high: &'a mut [i8],
    low: &'a mut [i8],
    scales: &'a mut [Scale],
    checksums: &'a mut [u32],
}

impl Part<'_> {
    /// Encodes them with the widest instructions of this machine. The result is the same with all.
    fn encode(self, vectors: &[f32], dim: usize, rotation: &Rotation) {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the CPU has AVX2.
            return unsafe { self.encode_avx2(vectors, dim, rotation) };
        }
        self.encode_inline(vectors, dim, rotation);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn encode_avx2(self, vectors: &[f32], dim: usize, rotation: &Rotation) {
        self.encode_inline(vectors, dim, rotation);
    }

    #[expect(clippy::inline_always, reason = "takes on the instruction set of the caller")]
    #[inline(always)]
    fn encode_inline(self, vectors: &[f32], dim: usize, rotation: &Rotation) {
        let Self { order, ids, high, low, scales, checksums } = self;
        let codes = rotation.len();
        let mut turned = vec![0.0; codes];
        for (at, index) in order.iter().enumerate() {
            let planes = at * codes..(at + 1) * codes;
            let (high, low) = (&mut high[planes.clone()], &mut low[planes]);
            rotation.apply(&vectors[index * dim..][..dim], &mut turned);
            let Scale { step, error } = codes::encode(&turned, high, low);
            scales[at] = Scale { step, error };
            checksums[at] = row_crc(ids[at], step, error, bytes_of(high), bytes_of(low));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_encodes_to_the_same_bytes() {
        for (dim, codes) in [(1, 64), (512, 512), (700, 704), (4096, 4096)] {
            let rotation = Rotation::new(codes, 7);
            let number =
                |at: usize| f32::from(u16::try_from(at * 7919 % 65_521).unwrap()) - 32_760.0;
            let vectors: Vec<f32> = (0..3 * dim).map(number).collect();
            let encode = |widest: bool| {
                let mut rows = EncodedRows {
                    codes,
                    scales: vec![Scale { step: 0.0, error: 0.0 }; 3],
                    ids: vec![5, 7, 9],
                    checksums: vec![0; 3],
                    high: vec![0; 3 * codes],
                    low: vec![0; 3 * codes],
                };
                let part = Part {
                    order: &[2, 0, 1],
                    ids: &rows.ids,
                    high: &mut rows.high,
                    low: &mut rows.low,
                    scales: &mut rows.scales,
                    checksums: &mut rows.checksums,
                };
                if widest {
                    part.encode(&vectors, dim, &rotation);
                } else {
                    part.encode_inline(&vectors, dim, &rotation);
                }
                rows
            };
            let plain = encode(false);
            assert!(plain.high.iter().any(|code| *code != 0));
            assert_eq!(encode(true), plain, "{dim}");
        }
    }
}

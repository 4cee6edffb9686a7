//! Products of rows with a panel of weights: the meaning, and which instruction set computes them.

use clipfind_kernels::{Backend, Kernel, KernelError};

#[cfg(target_arch = "aarch64")]
use crate::neon;
use crate::{Block, OUTPUTS, scalar};
#[cfg(target_arch = "x86_64")]
use crate::{avx2, avx512};

/// Four inputs of a row, as bytes.
pub(crate) type Four = [u8; 4];

/// The largest number of rows that any instruction set multiplies at once.
pub(crate) const MAX_ROWS: usize = 12;

/// What an instruction set computes for a few rows and one panel: `sums[row][output]` becomes the sum of
/// row · weight over all inputs. Of floats every sum is added up from the first input to the last.
pub(crate) trait InstructionSet {
    /// How many rows at once keep it busiest.
    const FLOAT_ROWS: usize;
    /// The same for bytes.
    const BYTE_ROWS: usize;

    /// # Safety
    ///
    /// The CPU must have the instruction set.
    unsafe fn floats<const ROWS: usize>(
        rows: [&[f32]; ROWS],
        weights: &[Block],
    ) -> [[f32; OUTPUTS]; ROWS];

    /// Exact. Unsigned bytes times signed ones.
    ///
    /// # Safety
    ///
    /// The CPU must have the instruction set.
    unsafe fn bytes<const ROWS: usize>(
        rows: [&[Four]; ROWS],
        weights: &[Block],
    ) -> [[i32; OUTPUTS]; ROWS];
}

/// Multiplies rows of inputs with a panel of weights.
type Multiply<Input, Sum> = unsafe fn(&[&[Input]], &[Block], &mut [[Sum; OUTPUTS]]);

/// The functions of one instruction set. They may only be called on a CPU that has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Products {
    float_rows: usize,
    byte_rows: usize,
    floats: Multiply<f32, f32>,
    bytes: Multiply<Four, i32>,
}

impl Products {
    /// Those of this process, which the kernels of the search were chosen for, too.
    pub(crate) fn active() -> Result<Self, KernelError> {
        Kernel::active().map(|kernel| Self::of(kernel.backend()))
    }

    /// Those that suit a backend which this CPU can run.
    pub(crate) fn of(backend: Backend) -> Self {
        match backend {
            #[cfg(target_arch = "x86_64")]
            Backend::Avx512Vnni => Self::on::<avx512::Avx512>(),
            #[cfg(target_arch = "x86_64")]
            Backend::Avx2 if is_x86_feature_detected!("fma") => Self::on::<avx2::Avx2>(),
            #[cfg(target_arch = "aarch64")]
            Backend::Neon | Backend::NeonDot => Self::on::<neon::Neon>(),
            _ => Self::on::<scalar::Scalar>(),
        }
    }

    fn on<Set: InstructionSet>() -> Self {
        Self {
            float_rows: Set::FLOAT_ROWS,
            byte_rows: Set::BYTE_ROWS,
            floats: floats::<Set>,
            bytes: bytes::<Set>,
        }
    }

    /// Floats: `sums[row]` for any number of rows, all of them as long as `weights`.
    pub(crate) fn floats(&self, rows: &[&[f32]], weights: &[Block], sums: &mut [[f32; OUTPUTS]]) {
        assert!(rows.iter().all(|row| row.len() == weights.len()), "one block for each input");
        for (rows, sums) in in_parts(rows, sums, self.float_rows) {
            // SAFETY: `of` was given a backend that this CPU can run.
            unsafe { (self.floats)(rows, weights, sums) }
        }
    }

    /// Bytes: `sums[row]` for any number of rows, all of them as long as `weights`.
    pub(crate) fn bytes(&self, rows: &[&[Four]], weights: &[Block], sums: &mut [[i32; OUTPUTS]]) {
        assert!(rows.iter().all(|row| row.len() == weights.len()), "one block for four inputs");
        for (rows, sums) in in_parts(rows, sums, self.byte_rows) {
            // SAFETY: `of` was given a backend that this CPU can run.
            unsafe { (self.bytes)(rows, weights, sums) }
        }
    }
}

/// Rows and their sums in parts of nearly the same size, at most `most`: of nine rows and at most eight,
/// five and four are faster than eight and one.
fn in_parts<'a, Row, Sums>(
    rows: &'a [Row],
    sums: &'a mut [Sums],
    most: usize,
) -> impl Iterator<Item = (&'a [Row], &'a mut [Sums])> {
    assert_eq!(rows.len(), sums.len(), "as many sums as rows");
    let size = rows.len().div_ceil(rows.len().div_ceil(most).max(1)).max(1);
    rows.chunks(size).zip(sums.chunks_mut(size))
}

/// Calls `$call` with the number of rows as a constant.
macro_rules! with_rows {
    ($rows:expr, $sums:expr, $weights:expr, $call:ident, $($count:literal)*) => {
        match $rows.len() {
            $($count => {
                let rows = $rows.first_chunk::<$count>().expect("as many as there are");
                // SAFETY: the caller promises that the CPU has this instruction set.
                $sums.copy_from_slice(&unsafe { Set::$call::<$count>(*rows, $weights) });
            })*
            0 => {}
            count => unreachable!("{count} rows at once"),
        }
    };
}

/// # Safety
///
/// The CPU must have the instruction set.
unsafe fn floats<Set: InstructionSet>(
    rows: &[&[f32]],
    weights: &[Block],
    sums: &mut [[f32; OUTPUTS]],
) {
    const { assert!(Set::FLOAT_ROWS <= MAX_ROWS && Set::BYTE_ROWS <= MAX_ROWS, "see below") };
    with_rows!(rows, sums, weights, floats, 1 2 3 4 5 6 7 8 9 10 11 12);
}

/// # Safety
///
/// The CPU must have the instruction set.
unsafe fn bytes<Set: InstructionSet>(
    rows: &[&[Four]],
    weights: &[Block],
    sums: &mut [[i32; OUTPUTS]],
) {
    with_rows!(rows, sums, weights, bytes, 1 2 3 4 5 6 7 8 9 10 11 12);
}

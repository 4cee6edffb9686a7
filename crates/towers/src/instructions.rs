//! Products of rows with panels of weights: the meaning, and which instruction set computes them.

use clipfind_kernels::{Backend, Kernel, KernelError};

use crate::panels::Panels;
use crate::{Block, OUTPUTS};

/// Four inputs of a row, as bytes.
pub(crate) type Four = [u8; 4];

/// How many panels an instruction set multiplies at once that gains by it.
pub(crate) const GROUP: usize = 4;

/// An instruction set that this CPU has: a value is the proof. `floats` and `bytes` put the sums of row · weight over
/// all inputs, for each output of a panel, into `sums[row · stride + panel]`; of floats every sum is added up from
/// the first input to the last.
pub(crate) trait InstructionSet: Copy {
    /// How many rows at once keep it busiest.
    const FLOAT_ROWS: usize;
    /// The same for bytes.
    const BYTE_ROWS: usize;
    /// How many panels at once, 1 or [`GROUP`].
    const PANELS: usize;

    /// Does some work, compiled for this instruction set as far as it is inlined.
    fn run<Out>(self, work: impl FnOnce() -> Out) -> Out;

    /// a · b + c, in one rounding where every CPU of the target can.
    fn multiply_add(self, a: f32, b: f32, c: f32) -> f32;

    fn floats<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[f32]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[f32; OUTPUTS]],
        stride: usize,
    );

    /// Exact. Unsigned bytes times signed ones.
    fn bytes<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[Four]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[i32; OUTPUTS]],
        stride: usize,
    );
}

/// The instruction set that suits a backend which this CPU can run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx2(crate::avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    AvxVnni(crate::avx_vnni::AvxVnni),
    #[cfg(all(test, target_arch = "x86_64"))]
    Avx512VlVnni(crate::avx_vnni::Avx512VlVnni),
    #[cfg(target_arch = "x86_64")]
    Avx512(crate::avx512::Avx512),
    #[cfg(target_arch = "aarch64")]
    Neon(crate::neon::Neon),
    #[cfg(target_arch = "aarch64")]
    NeonDot(crate::neon::NeonDot),
    Scalar(crate::scalar::Scalar),
}

impl Instructions {
    /// Those of this process, which the kernels of the search were chosen for, too.
    pub(crate) fn active() -> Result<Self, KernelError> {
        Kernel::active().map(|kernel| Self::of(kernel.backend()))
    }

    /// Those that suit `backend`; plain Rust where there are none.
    pub(crate) fn of(backend: Backend) -> Self {
        let own = match backend {
            #[cfg(target_arch = "x86_64")]
            Backend::Avx512Vnni => crate::avx512::Avx512::new().map(Self::Avx512),
            #[cfg(target_arch = "x86_64")]
            Backend::Avx2 => match crate::avx_vnni::AvxVnni::new() {
                Some(set) => Some(Self::AvxVnni(set)),
                None => crate::avx2::Avx2::new().map(Self::Avx2),
            },
            #[cfg(target_arch = "aarch64")]
            Backend::Neon => crate::neon::Neon::new().map(Self::Neon),
            #[cfg(target_arch = "aarch64")]
            Backend::NeonDot => crate::neon::NeonDot::new().map(Self::NeonDot),
            _ => None,
        };
        own.unwrap_or(Self::Scalar(crate::scalar::Scalar))
    }
}

/// Calls a generic function with the instruction set of `$instructions`.
macro_rules! on {
    ($instructions:expr, $set:ident => $call:expr) => {
        match $instructions {
            #[cfg(target_arch = "x86_64")]
            $crate::instructions::Instructions::Avx2($set) => $call,
            #[cfg(target_arch = "x86_64")]
            $crate::instructions::Instructions::AvxVnni($set) => $call,
            #[cfg(all(test, target_arch = "x86_64"))]
            $crate::instructions::Instructions::Avx512VlVnni($set) => $call,
            #[cfg(target_arch = "x86_64")]
            $crate::instructions::Instructions::Avx512($set) => $call,
            #[cfg(target_arch = "aarch64")]
            $crate::instructions::Instructions::Neon($set) => $call,
            #[cfg(target_arch = "aarch64")]
            $crate::instructions::Instructions::NeonDot($set) => $call,
            $crate::instructions::Instructions::Scalar($set) => $call,
        }
    };
}
pub(crate) use on;

/// Multiplies `$rows` with `$panels` tile by tile, the panels outside: theirs is the larger part of what is read.
macro_rules! multiply {
    ($set:ident, $call:ident, $most:ident, $rows:ident, $panels:ident, $sums:ident, $stride:ident) => {{
        let count = $panels.count();
        assert!($sums.len() >= $rows.len() * $stride && $stride >= count, "room for all sums");
        assert!(
            $rows.iter().all(|row| row.len() == $panels.inputs()),
            "rows as long as the panels"
        );
        let size = tile_rows($rows.len(), Set::$most);
        let mut panel = 0;
        while panel < count {
            let wide = Set::PANELS == GROUP && count - panel >= GROUP;
            for (tile, rows) in $rows.chunks(size).enumerate() {
                let sums = &mut $sums[tile * size * $stride + panel..];
                macro_rules! with {
                    ($length:literal) => {{
                        let rows = *rows.first_chunk::<$length>().expect("as many as there are");
                        if wide {
                            let panels = std::array::from_fn(|at| $panels.weights(panel + at));
                            $set.$call::<$length, GROUP>(rows, panels, sums, $stride);
                        } else {
                            let panels = [$panels.weights(panel)];
                            $set.$call::<$length, 1>(rows, panels, sums, $stride);
                        }
                    }};
                }
                match rows.len() {
                    1 => with!(1),
                    2 => with!(2),
                    3 => with!(3),
                    4 => with!(4),
                    5 => with!(5),
                    6 => with!(6),
                    many => unreachable!("{many} rows at once"),
                }
            }
            panel += if wide { GROUP } else { 1 };
        }
    }};
}

/// Floats: `sums[row · stride + panel]` for any number of rows, all of them as long as the panels.
pub(crate) fn multiply_floats<Set: InstructionSet>(
    set: Set,
    rows: &[&[f32]],
    panels: Panels<'_>,
    sums: &mut [[f32; OUTPUTS]],
    stride: usize,
) {
    multiply!(set, floats, FLOAT_ROWS, rows, panels, sums, stride);
}

/// Bytes: `sums[row · stride + panel]` for any number of rows, all of them as long as the panels.
pub(crate) fn multiply_bytes<Set: InstructionSet>(
    set: Set,
    rows: &[&[Four]],
    panels: Panels<'_>,
    sums: &mut [[i32; OUTPUTS]],
    stride: usize,
) {
    multiply!(set, bytes, BYTE_ROWS, rows, panels, sums, stride);
}

/// Puts the sums of each panel by itself, for instruction sets that take one at a time.
pub(crate) fn each_panel<Sum: Copy, const ROWS: usize, const PANELS: usize>(
    panels: [&[Block]; PANELS],
    sums: &mut [[Sum; OUTPUTS]],
    stride: usize,
    of: impl Fn(&[Block]) -> [[Sum; OUTPUTS]; ROWS],
) {
    for (at, panel) in panels.into_iter().enumerate() {
        for (row, of_row) in of(panel).iter().enumerate() {
            sums[row * stride + at] = *of_row;
        }
    }
}

/// How many rows a tile has, at most `most`: of nine rows and at most eight, five and four are faster than eight
/// and one.
fn tile_rows(rows: usize, most: usize) -> usize {
    rows.div_ceil(rows.div_ceil(most).max(1)).max(1)
}

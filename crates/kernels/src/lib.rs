//! How similar are rows of codes and a query?
//!
//! A row is quantised to codes of 8 bits, a query to components of 16. Their dot product is a whole
//! number, which [`Kernel::dots`] and [`Kernel::dots_many`] compute exactly, with whichever
//! instruction set the CPU has. [`Kernel::active`] picks the best one once per process; the
//! `CLIPFIND_KERNEL` variable forces another (`scalar`, `sse2`, `avx2`, `avx512vnni`, `neon`,
//! `neondot`), so that tests, benchmarks and bug reports can compare them.
//!
//! ```
//! use clipfind_kernels::{Kernel, Query};
//!
//! let query = Query::new(&[1000; 64]);
//! let rows = [[3_i8; 64], [-2; 64]].concat();
//! let mut scores = [0.0; 2];
//! Kernel::active()?.dots(&rows, &query, &mut scores);
//! assert_eq!(scores, [192_000.0, -128_000.0]);
//! # Ok::<(), clipfind_kernels::KernelError>(())
//! ```
//!
//! What every backend promises: a score is the exact whole number, rounded once to the nearest
//! `f32`, of two equally near ones to the even one. So it is a pure function of row and query: no
//! bit of it depends on the backend, on alignment, on neighbouring rows or on threads.

use std::fmt;
use std::sync::LazyLock;

mod query;
mod scalar;
#[cfg(test)]
mod tests;
mod tile;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "aarch64")]
mod neon_dot;
#[cfg(target_arch = "x86_64")]
mod sse2;

pub use query::Query;
use tile::{Block, InstructionSet};

/// The number of codes in a row is a multiple of this.
pub const CODE_LANES: usize = 64;

/// How many codes the longest row has.
pub const MAX_CODES: usize = 4096;

/// The largest component of a query, and with a minus sign the smallest: 127·256 + 127, so that a
/// component is 256 times one signed byte plus another.
pub const MAX_QUERY_COMPONENT: i16 = 32639;

/// The environment variable that forces a backend by name; unset or empty means the best available
/// one.
pub const KERNEL_VARIABLE: &str = "CLIPFIND_KERNEL";

/// A way to compute dot products: plain Rust or one instruction set.
///
/// Every variant exists on every platform, so that a name means the same everywhere;
/// [`Backend::is_available`] says whether this build on this CPU can run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// Plain Rust, compiled for the baseline CPU of the target. The meaning the others are tested
    /// against.
    Scalar,
    /// x86-64 with SSE2, which all of them have: eight products at once.
    Sse2,
    /// x86-64 with AVX2: sixteen products at once.
    Avx2,
    /// x86-64 with AVX-512F, BW, VL and VNNI: 64 products of half a component at once.
    Avx512Vnni,
    /// 64-bit ARM with NEON, which all of them have: four products at once.
    Neon,
    /// 64-bit ARM with NEON and the dot product extension: 16 products of half a component at once.
    NeonDot,
}

/// What a backend computes. The functions may only be called on a CPU with the features it names.
#[derive(Debug, Clone, Copy)]
struct Functions {
    dots: unsafe fn(&[Block], &Query, &mut [f32]),
    dots_many: unsafe fn(&[Block], &[Query], &mut [f32]),
}

impl Functions {
    /// The functions built on `Set`.
    fn of<Set: InstructionSet>() -> Self {
        Self { dots: tile::dots::<Set>, dots_many: tile::dots_many::<Set> }
    }
}

impl Backend {
    /// Every backend there is, in rising order of preference, available here or not.
    ///
    /// On Zen 4 (512 codes, one thread) AVX2 and AVX-512 both score one query as fast as memory is
    /// read, 32 queries in 9.0 and 5.8 ns per row and query.
    #[must_use]
    pub const fn all() -> [Self; 6] {
        [Self::Scalar, Self::Neon, Self::NeonDot, Self::Sse2, Self::Avx2, Self::Avx512Vnni]
    }

    /// The most preferred backend this CPU can run.
    #[must_use]
    pub fn best() -> Self {
        Self::all().into_iter().rfind(|backend| backend.is_available()).unwrap_or(Self::Scalar)
    }

    /// The short name used in `CLIPFIND_KERNEL`, logs and benchmarks.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Sse2 => "sse2",
            Self::Avx2 => "avx2",
            Self::Avx512Vnni => "avx512vnni",
            Self::Neon => "neon",
            Self::NeonDot => "neondot",
        }
    }

    /// The backend with that [`name`](Self::name), if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|backend| backend.name() == name)
    }

    /// Whether it multiplies bytes, and so takes half the time for a [rounded](Query::rounded) query.
    #[must_use]
    pub const fn multiplies_bytes(self) -> bool {
        matches!(self, Self::Avx512Vnni | Self::NeonDot)
    }

    /// Whether this build contains the backend and this CPU has the instructions it needs.
    #[must_use]
    pub fn is_available(self) -> bool {
        self.functions().is_some()
    }

    /// The backend's functions, or `None` where calling them would be undefined behaviour.
    fn functions(self) -> Option<Functions> {
        match self {
            Self::Scalar => Some(Functions::of::<scalar::Scalar>()),
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 if is_x86_feature_detected!("sse2") => Some(Functions::of::<sse2::Sse2>()),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 if is_x86_feature_detected!("avx2") => Some(Functions::of::<avx2::Avx2>()),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vnni") =>
            {
                Some(Functions::of::<avx512::Avx512Vnni>())
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon if std::arch::is_aarch64_feature_detected!("neon") => {
                Some(Functions::of::<neon::Neon>())
            }
            #[cfg(target_arch = "aarch64")]
            Self::NeonDot
                if std::arch::is_aarch64_feature_detected!("neon")
                    && std::arch::is_aarch64_feature_detected!("dotprod") =>
            {
                Some(Functions::of::<neon_dot::NeonDot>())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A backend that is known to run on this CPU. A few words; copy it freely.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    backend: Backend,
    functions: Functions,
}

impl Kernel {
    /// The kernel of one backend, or `None` when this build or this CPU lacks it.
    #[must_use]
    pub fn new(backend: Backend) -> Option<Self> {
        backend.functions().map(|functions| Self { backend, functions })
    }

    /// The kernel of this process: the best available one, or the one named by `CLIPFIND_KERNEL`.
    ///
    /// Decided at the first call and never again; later changes of the variable have no effect.
    ///
    /// # Errors
    ///
    /// [`KernelError`] when the variable names no backend, or one that this CPU cannot run. Never a
    /// silent fallback: who forces a backend wants to measure that one.
    pub fn active() -> Result<Self, KernelError> {
        static ACTIVE: LazyLock<Result<Kernel, KernelError>> = LazyLock::new(|| {
            let forced = std::env::var_os(KERNEL_VARIABLE).unwrap_or_default();
            Kernel::from_setting(&forced.to_string_lossy())
        });
        ACTIVE.clone()
    }

    /// The kernel that a value of `CLIPFIND_KERNEL` asks for; an empty value asks for the best.
    fn from_setting(setting: &str) -> Result<Self, KernelError> {
        let backend = match setting {
            "" => Backend::best(),
            name => {
                Backend::from_name(name).ok_or_else(|| KernelError::Unknown(name.to_owned()))?
            }
        };
        Self::new(backend).ok_or(KernelError::Unavailable(backend))
    }

    /// Which backend this kernel runs.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// Scores rows: `out[r]` becomes Σ `codes[r · len + i]` · `query[i]` for every i below `len`,
    /// the length of the query.
    ///
    /// The sum is exact and rounded once. All codes count as what they are, −128 too, although
    /// quantisation makes none. Any alignment.
    ///
    /// # Panics
    ///
    /// When `codes` do not hold one row for each element of `out`.
    pub fn dots(&self, codes: &[i8], query: &Query, out: &mut [f32]) {
        let rows = rows(codes, query.len(), out.len());
        // SAFETY: the function came from `Backend::functions`, which checked on this CPU every
        // feature that it was compiled for.
        unsafe { (self.functions.dots)(rows, query, out) }
    }

    /// Scores rows for many queries, with one pass over the codes: `out[q · rows + r]` becomes what
    /// [`dots`](Self::dots) gives for query q and row r.
    ///
    /// # Panics
    ///
    /// When the queries differ in length, when `out` does not hold equally many elements for each
    /// of them, or when `codes` do not hold that many rows.
    pub fn dots_many(&self, codes: &[i8], queries: &[Query], out: &mut [f32]) {
        let Some(first) = queries.first() else {
            return assert!(out.is_empty(), "there are scores to compute, and no queries");
        };
        assert!(
            queries.iter().all(|query| query.len() == first.len()),
            "the queries of one scan need one length"
        );
        assert!(
            out.len().is_multiple_of(queries.len()),
            "{} scores cannot be those of {} queries",
            out.len(),
            queries.len()
        );
        let rows = rows(codes, first.len(), out.len() / queries.len());
        if !rows.is_empty() {
            // SAFETY: the function came from `Backend::functions`, which checked on this CPU every
            // feature that it was compiled for.
            unsafe { (self.functions.dots_many)(rows, queries, out) }
        }
    }
}

/// `codes` as the blocks of `count` rows of `len` codes.
///
/// # Panics
///
/// When they are more or fewer.
fn rows(codes: &[i8], len: usize, count: usize) -> &[Block] {
    let (blocks, rest) = codes.as_chunks();
    assert!(
        rest.is_empty() && Some(codes.len()) == count.checked_mul(len),
        "{count} rows of {len} codes, but {} codes",
        codes.len()
    );
    blocks
}

/// Why the kernel that `CLIPFIND_KERNEL` names cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KernelError {
    /// No backend has that name.
    Unknown(String),
    /// The backend exists, but this build or this CPU cannot run it.
    Unavailable(Backend),
}

impl KernelError {
    /// A stable name for programs: `KERNEL_UNKNOWN` or `KERNEL_UNAVAILABLE`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "KERNEL_UNKNOWN",
            Self::Unavailable(_) => "KERNEL_UNAVAILABLE",
        }
    }
}

impl fmt::Display for KernelError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runnable = Backend::all().into_iter().filter(|backend| backend.is_available());
        let runnable = runnable.map(Backend::name).collect::<Vec<_>>().join(", ");
        match self {
            Self::Unknown(name) => {
                write!(out, "{KERNEL_VARIABLE} is {name:?}, which is no kernel")?;
            }
            Self::Unavailable(backend) => {
                write!(
                    out,
                    "{KERNEL_VARIABLE} is {:?}, which this CPU cannot run",
                    backend.name()
                )?;
            }
        }
        write!(
            out,
            "; this machine can run: {runnable}. Set one of these, or unset it for the best."
        )
    }
}

impl std::error::Error for KernelError {}

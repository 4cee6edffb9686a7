//! How similar are two vectors?
//!
//! One question, [`Kernel::dot_f32`], answered by whichever instruction set the CPU has.
//! [`Kernel::active`] picks the best one once per process; the `CLIPFIND_KERNEL` variable forces
//! another (`scalar`, `avx2`, `avx512`, `neon`), so that tests, benchmarks and bug reports can
//! compare them.
//!
//! ```
//! let kernel = clipfind_kernels::Kernel::active()?;
//! assert_eq!(kernel.dot_f32(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
//! # Ok::<(), clipfind_kernels::KernelError>(())
//! ```
//!
//! What every backend promises:
//!
//! - A score is a pure function of (row, query, backend). It never depends on alignment, on
//!   neighbouring rows or on threads.
//! - Backends add up in different orders, so the *last bits* may differ from one backend to
//!   another. Where every intermediate sum is exactly representable (integer-valued vectors, say),
//!   all backends agree exactly.
//! - The error against the exact sum is at most γₙ·Σ|aᵢ·bᵢ| with γₙ = n·2⁻²⁴ / (1 − n·2⁻²⁴): the
//!   standard bound for n products added in any order, fused or not.

use std::fmt;
use std::sync::LazyLock;

#[cfg(target_arch = "aarch64")]
mod aarch64;
mod scalar;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod x86_64;

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
    /// x86-64 with AVX2 and FMA: eight lanes.
    Avx2Fma,
    /// x86-64 with AVX-512F: sixteen lanes, masked tails.
    Avx512,
    /// 64-bit ARM with NEON: four lanes.
    Neon,
}

/// A function that may only be called on a CPU with the features its backend names.
type Dot = unsafe fn(&[f32], &[f32]) -> f32;

impl Backend {
    /// Every backend there is, in rising order of preference, available here or not.
    ///
    /// AVX-512 comes before AVX2: rows of `f32` are read from memory, where wider registers gain
    /// nothing. Scanning 400,000 rows of 512 on Zen 4 (one thread, three alternating runs) it read
    /// 24.1–24.2 GB/s, AVX2 27.1–28.9, scalar code 25.6–26.7.
    #[must_use]
    pub const fn all() -> [Self; 4] {
        [Self::Scalar, Self::Neon, Self::Avx512, Self::Avx2Fma]
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
            Self::Avx2Fma => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        }
    }

    /// The backend with that [`name`](Self::name), if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|backend| backend.name() == name)
    }

    /// Whether this build contains the backend and this CPU has the instructions it needs.
    #[must_use]
    pub fn is_available(self) -> bool {
        self.dot().is_some()
    }

    /// The backend's function, or `None` where calling it would be undefined behaviour.
    fn dot(self) -> Option<Dot> {
        match self {
            Self::Scalar => Some(scalar::dot_f32),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2Fma
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") =>
            {
                Some(x86_64::dot_f32_avx2)
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 if is_x86_feature_detected!("avx512f") => Some(x86_64::dot_f32_avx512),
            #[cfg(target_arch = "aarch64")]
            Self::Neon if std::arch::is_aarch64_feature_detected!("neon") => {
                Some(aarch64::dot_f32_neon)
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

/// A backend that is known to run on this CPU. Two words; copy it freely.
#[derive(Debug, Clone, Copy)]
pub struct Kernel {
    backend: Backend,
    dot: Dot,
}

impl Kernel {
    /// The kernel of one backend, or `None` when this build or this CPU lacks it.
    #[must_use]
    pub fn new(backend: Backend) -> Option<Self> {
        backend.dot().map(|dot| Self { backend, dot })
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

    /// The dot product Σ aᵢ·bᵢ in `f32`; 0 for empty slices. Any length, any alignment.
    ///
    /// # Panics
    ///
    /// When the slices differ in length: that is a mistake in the caller, not a property of data.
    #[inline]
    #[must_use]
    pub fn dot_f32(&self, a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len(), "a dot product needs two vectors of one length");
        // SAFETY: `dot` came from `Backend::dot`, which checked on this CPU every feature the
        // function was compiled for.
        unsafe { (self.dot)(a, b) }
    }
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

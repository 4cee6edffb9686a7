//! What can go wrong, each with a stable code and a sentence that helps.

use std::io;
use std::path::PathBuf;

use clipfind_kernels::KernelError;

/// Why there is no tower, or no vector. [`TowerError::code`] is for programs, the message for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TowerError {
    /// The file with the weights cannot be opened.
    #[error("{}: expected a readable file of the model ({source}).", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// The file does not hold what it must.
    #[error("{}: expected the weights of a tower; {what}.", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, as half a sentence.
        what: String,
    },

    /// A text has no tokens, too many, or rows of another width.
    #[error("expected 1 to {context} rows of {width} numbers, found {found} numbers")]
    Rows {
        /// The most tokens that a text may have.
        context: usize,
        /// Numbers for a token.
        width: usize,
        /// Numbers in all.
        found: usize,
    },

    /// A picture of another size.
    #[error("expected {expected} bytes of pixels, found {found}")]
    Pixels {
        /// Three for each pixel.
        expected: usize,
        /// What there was.
        found: usize,
    },

    /// `CLIPFIND_KERNEL` names no kernel, or one that this CPU cannot run.
    #[error(transparent)]
    Kernel(#[from] KernelError),
}

impl TowerError {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "MODEL_NOT_FOUND",
            Self::Invalid { .. } => "MODEL_INVALID",
            Self::Rows { .. } | Self::Pixels { .. } => "INVALID_ARGUMENT",
            Self::Kernel(error) => error.code(),
        }
    }
}

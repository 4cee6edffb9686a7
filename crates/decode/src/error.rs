//! Why a picture was not decoded.

/// Why a picture was not decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The header announces more pixels than are allowed.
    #[error("PICTURE_TOO_LARGE: {width} x {height} pixels, at most {allowed} are decoded")]
    TooLarge {
        /// Columns.
        width: u64,
        /// Rows.
        height: u64,
        /// How many pixels the limits allow.
        allowed: u64,
    },
    /// The file breaks the rules of its format, or ends too early.
    #[error("PICTURE_DAMAGED: {0}")]
    Damaged(String),
    /// The file uses a part of its format that the decoder does not know.
    #[error("PICTURE_UNSUPPORTED: {0}")]
    Unsupported(String),
}

//! The store from outside: what it promises to callers, readers and survivors of crashes.

#![expect(
    clippy::unwrap_used,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "helpers of tests are tests; and the store's own names are lower-case"
)]

mod compat;
mod concurrent;
mod crash;
mod file_format;
mod kill;
mod opening;
mod search;
mod support;
mod writing;

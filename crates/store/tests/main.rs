//! The store from outside: what it promises to callers, readers and survivors of crashes.

#![expect(
    clippy::unwrap_used,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "helpers of tests are tests, their numbers small; and the store's own names are lower-case"
)]

mod compacting;
mod compat;
mod concurrent;
mod crash;
mod damage;
mod document;
#[cfg(feature = "faults")]
mod faults;
mod file_format;
mod garbage;
mod histories;
mod kill;
mod kill_compacting;
mod killing;
mod opening;
mod repairing;
mod search;
mod sharding;
mod support;
mod writing;

//! Numbers and errors, from one language to the other.

use std::ops::RangeInclusive;

use clipfind_store::{Filter, MAX_ID, StoreError};
use napi::bindgen_prelude::Float64Array;
use napi::{Error, Result};

use crate::SearchOptions;

/// An error with its code in front.
pub(crate) fn coded(error: StoreError) -> Error {
    Error::from_reason(format!("{}: {error}", error.code()))
}

fn invalid(what: String) -> Error {
    Error::from_reason(format!("INVALID_ARGUMENT: {what}"))
}

/// A count that fits, or as many as can be said.
pub(crate) fn count(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Exact up to 2^53, far beyond any disk.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(crate) fn number(value: u64) -> f64 {
    value as f64
}

/// An id: a whole number from 0 up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
pub(crate) fn whole_number(value: f64) -> Result<u64> {
    // What is negative, too large or no number saturates, and what has a fraction loses it.
    let whole = value as u64;
    if whole <= MAX_ID && number(whole).to_bits() == value.abs().to_bits() && value >= 0.0 {
        Ok(whole)
    } else {
        Err(invalid(format!("expected ids to be integers from 0 to 2^53 - 1, found {value}")))
    }
}

/// Ids.
pub(crate) fn id_list(values: &[f64]) -> Result<Vec<u64>> {
    Ok(ids(values)?.collect())
}

/// The ids that these numbers are, all of which are checked first.
fn ids(values: &[f64]) -> Result<impl ExactSizeIterator<Item = u64> + Clone> {
    for value in values {
        whole_number(*value)?;
    }
    // SAFETY: whole numbers from 0 to 2^53 - 1, as all of them were just found to be.
    Ok(values.iter().map(|value| unsafe { value.to_int_unchecked::<i64>() }.cast_unsigned()))
}

/// How many rows a search is to find. More than there can be is all.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked; larger saturates"
)]
pub(crate) fn rows_wanted(k: f64) -> Result<usize> {
    if k >= 0.0 && k.fract() == 0.0 {
        Ok(k as usize)
    } else {
        Err(invalid(format!("expected k to be a whole number from 0 up, found {k}")))
    }
}

/// The ids that a search may find, as they came.
#[derive(Default)]
pub(crate) struct Allowed {
    among: Option<Vec<f64>>,
    ranges: Option<Vec<f64>>,
}

impl Allowed {
    /// A copy of what JavaScript gave.
    pub(crate) fn new(options: &SearchOptions) -> Self {
        let copy = |values: &Option<Float64Array>| values.as_ref().map(|values| values.to_vec());
        Self { among: copy(&options.among), ranges: copy(&options.ranges) }
    }

    /// The filter; `None` when all may be found.
    pub(crate) fn filter(&self) -> Result<Option<Filter>> {
        let among = self.among.as_deref().map(ids).transpose()?;
        let Some(ranges) = &self.ranges else { return Ok(among.map(Filter::of)) };
        let bounds = id_list(ranges)?;
        let (pairs, rest) = bounds.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(invalid("expected ranges to be pairs of a first and a last id".to_owned()));
        }
        let ranges = pairs.iter().map(|[first, last]| *first..=*last);
        let single = among.into_iter().flatten().map(|id| id..=id);
        Ok(Some(Filter::ranges(&ranges.chain(single).collect::<Vec<RangeInclusive<u64>>>())))
    }
}

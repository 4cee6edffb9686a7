//! What may come in: the checks on ids, rows and queries.

use crate::error::StoreError;
use crate::format::{MAX_COMPONENT, MAX_ID};

/// Checks a batch and returns the order in which its rows are stored: by rising id, so that
/// segments stay searchable by bisection whatever order the caller has.
///
/// # Errors
///
/// [`StoreError::LengthMismatch`], [`IdTooLarge`](StoreError::IdTooLarge),
/// [`DuplicateId`](StoreError::DuplicateId) or [`BadComponent`](StoreError::BadComponent).
pub(crate) fn check_batch(ids: &[u64], rows: &[f32], dim: usize) -> Result<Vec<usize>, StoreError> {
    if ids.len().checked_mul(dim) != Some(rows.len()) {
        return Err(StoreError::LengthMismatch { ids: ids.len(), dim, floats: rows.len() });
    }
    if let Some(&id) = ids.iter().find(|id| **id > MAX_ID) {
        return Err(StoreError::IdTooLarge { id });
    }
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_unstable_by_key(|&at| ids[at]);
    if let Some(pair) = order.array_windows().find(|[a, b]| ids[*a] == ids[*b]) {
        return Err(StoreError::DuplicateId { id: ids[pair[0]] });
    }
    for (id, vector) in ids.iter().zip(rows.chunks_exact(dim)) {
        check_vector(vector, || format!("the vector of id {id}"))?;
    }
    Ok(order)
}

/// Checks a query for a store of `dim`-dimensional vectors.
///
/// # Errors
///
/// [`StoreError::QueryLength`] or [`BadComponent`](StoreError::BadComponent).
pub(crate) fn check_query(query: &[f32], dim: usize) -> Result<(), StoreError> {
    if query.len() != dim {
        return Err(StoreError::QueryLength { expected: dim, found: query.len() });
    }
    check_vector(query, || "the query".to_owned())
}

fn check_vector(vector: &[f32], name: impl FnOnce() -> String) -> Result<(), StoreError> {
    // A NaN is not at most anything.
    let is_good = |value: &f32| value.abs() <= MAX_COMPONENT;
    // Without an early end, so that many are compared at a time.
    if vector.iter().fold(true, |good, value| good & is_good(value)) {
        return Ok(());
    }
    let component = vector.iter().position(|value| !is_good(value)).expect("one is bad");
    Err(StoreError::BadComponent { vector: name(), component, value: vector[component] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(ids: &[u64], rows: &[f32]) -> &'static str {
        check_batch(ids, rows, 2).unwrap_err().code()
    }

    #[test]
    fn batches_are_ordered_by_id() {
        assert_eq!(check_batch(&[9, 3, 5], &[0.0; 6], 2).unwrap(), [1, 2, 0]);
        assert_eq!(check_batch(&[], &[], 2).unwrap(), [0; 0]);
    }

    #[test]
    fn what_must_not_be_stored_is_refused_by_name() {
        assert_eq!(code(&[1], &[0.0; 3]), "VECTOR_LENGTH_MISMATCH");
        assert_eq!(code(&[1, 2, 1], &[0.0; 6]), "ID_DUPLICATE");
        assert_eq!(code(&[MAX_ID + 1], &[0.0; 2]), "ID_TOO_LARGE");
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.1e12, -1.1e12] {
            let error = check_batch(&[7, 8], &[0.0, 0.0, 0.0, value], 2).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "component 1 of the vector of id 8 is {value}; every component must be \
                     finite and at most 1e12 in magnitude"
                )
            );
        }
        check_batch(&[MAX_ID], &[MAX_COMPONENT, -MAX_COMPONENT], 2).unwrap();
    }

    #[test]
    fn queries_must_fit_the_store() {
        check_query(&[1.0, 2.0], 2).unwrap();
        assert_eq!(check_query(&[1.0], 2).unwrap_err().code(), "QUERY_LENGTH_MISMATCH");
        assert_eq!(check_query(&[1.0, f32::NAN], 2).unwrap_err().code(), "VECTOR_BAD_COMPONENT");
    }
}

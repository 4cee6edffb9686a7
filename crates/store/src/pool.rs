//! The threads that search.

use std::sync::{Arc, LazyLock};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::StoreError;

/// A pool of `threads` threads, or the one that all stores of the process share: one thread per
/// CPU. Never rayon's global pool, which belongs to the program.
///
/// # Errors
///
/// [`StoreError::InvalidOptions`] for 0 threads, [`StoreError::Threads`] if they do not start.
pub(crate) fn pool(threads: Option<usize>) -> Result<Arc<ThreadPool>, StoreError> {
    static SHARED: LazyLock<Result<Arc<ThreadPool>, String>> = LazyLock::new(|| build(cpus()));
    let failed = |threads| move |what| StoreError::Threads { threads, what };
    match threads {
        None => SHARED.clone().map_err(failed(cpus())),
        Some(0) => {
            let what = "the number of search threads must be at least 1".to_owned();
            Err(StoreError::InvalidOptions { what })
        }
        Some(threads) => build(threads).map_err(failed(threads)),
    }
}

fn build(threads: usize) -> Result<Arc<ThreadPool>, String> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("clipfind-search-{number}"))
        .build()
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

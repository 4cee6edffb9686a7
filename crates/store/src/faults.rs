//! Making system calls fail on purpose, for tests: feature `faults`. Without it, nothing is left of
//! this in the compiled store.

use std::io;

/// Says whether the call may go on. Each thread counts its own calls.
#[cfg(not(feature = "faults"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it fails")]
pub(crate) const fn check(_call: &'static str) -> io::Result<()> {
    Ok(())
}

#[cfg(feature = "faults")]
pub(crate) use armed::check;
#[cfg(feature = "faults")]
pub use armed::{arm, disarm};

#[cfg(feature = "faults")]
mod armed {
    use std::cell::RefCell;

    use super::io;

    #[derive(Default)]
    struct State {
        /// Calls that may still succeed; `None` when nothing is to fail.
        left: Option<usize>,
        kind: Option<io::ErrorKind>,
        /// Whether all later calls fail as well, as on a disk that stays full.
        lasting: bool,
        failed: Option<&'static str>,
    }

    thread_local! {
        static STATE: RefCell<State> = RefCell::default();
    }

    /// Lets `successes` more calls of this thread succeed and the next one fail with `kind`; with
    /// `lasting`, all after it too.
    pub fn arm(successes: usize, kind: io::ErrorKind, lasting: bool) {
        let state = State { left: Some(successes), kind: Some(kind), lasting, failed: None };
        STATE.with_borrow_mut(|current| *current = state);
    }

    /// Lets everything succeed again, and says which call was the first to fail, if one was.
    #[must_use]
    pub fn disarm() -> Option<&'static str> {
        STATE.take().failed
    }

    /// Says whether the call may go on.
    pub(crate) fn check(call: &'static str) -> io::Result<()> {
        STATE.with_borrow_mut(|state| match (&mut state.left, state.kind) {
            (Some(0), Some(kind)) => {
                state.failed.get_or_insert(call);
                if !state.lasting {
                    state.left = None;
                }
                Err(io::Error::from(kind))
            }
            (Some(left), _) => {
                *left -= 1;
                Ok(())
            }
            (None, _) => Ok(()),
        })
    }
}

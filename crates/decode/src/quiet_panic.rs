//! A panic of a decoder is an outcome, not an event: nothing is printed.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs `work`; `None` when it panicked, of which this thread then prints nothing.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_QUIET.get() {
                usual(info);
            }
        }));
    });
    let before = IS_QUIET.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    IS_QUIET.set(before);
    result
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_is_none() {
        assert_eq!(super::catch(|| 3), Some(3));
        assert_eq!(super::catch(|| panic!("not to be seen")), None::<()>);
    }
}

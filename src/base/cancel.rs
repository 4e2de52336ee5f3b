//! Stopping work that is not a running plan. Whoever answers a statement says which handle stops it;
//! whatever may take long looks there now and then.

use crate::base::error::Code;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{Error, Kind, Result};

/// Stops a running statement from another thread.
#[derive(Debug, Clone, Default)]
pub struct CancelHandle(Arc<AtomicBool>);

impl CancelHandle {
    /// Asks the running statement to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

thread_local! {
    static CURRENT: RefCell<Option<CancelHandle>> = const { RefCell::new(None) };
}

/// Runs work that the handle stops at its next [`point`].
pub(crate) fn stoppable<T>(handle: &CancelHandle, work: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(Some(handle.clone()));
    let result = work();
    CURRENT.set(before);
    result
}

/// A point at which work can stop.
///
/// # Errors
/// `AIQ0904` once the statement was cancelled.
pub(crate) fn point() -> Result<()> {
    let stopped =
        |handle: &Option<CancelHandle>| handle.as_ref().is_some_and(CancelHandle::is_cancelled);
    if CURRENT.with_borrow(stopped) { Err(cancelled()) } else { Ok(()) }
}

/// That a statement was cancelled.
pub(crate) fn cancelled() -> Error {
    Error::new(Kind::Stopped, Code::Cancelled, "the statement was cancelled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_stops_at_the_next_point() {
        let handle = CancelHandle::default();
        let steps = stoppable(&handle, || {
            (0..10)
                .take_while(|step| {
                    if *step == 3 {
                        handle.cancel();
                    }
                    point().is_ok()
                })
                .count()
        });
        assert_eq!(steps, 3);
        // Nothing stops what is not part of it.
        assert!(point().is_ok());
    }
}

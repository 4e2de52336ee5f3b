//! Ctrl-C while a statement runs: it stops the statement, not the session.

use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::cancel::CancelHandle;

/// A third press leaves a statement that does not listen.
const IMPATIENT: u8 = 3;
/// What shells report for a process ended by this signal.
const STATUS: i32 = 130;

/// Knows the running statement, if one runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt {
    running: Arc<Mutex<Option<CancelHandle>>>,
    presses: Arc<AtomicU8>,
}

impl Interrupt {
    /// Takes over the signal for the rest of the process. At the prompt the line editor reads the
    /// key itself. A failure means that Ctrl-C ends the process, as it would without us.
    pub(super) fn install(&self) -> Result<(), ctrlc::Error> {
        let own = self.clone();
        ctrlc::set_handler(move || {
            if own.press() >= IMPATIENT {
                process::exit(STATUS);
            }
        })
    }

    /// Stops the running statement; the result is how often Ctrl-C was pressed since it began.
    fn press(&self) -> u8 {
        match &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(handle) => {
                handle.cancel();
                self.presses.fetch_add(1, Ordering::Relaxed) + 1
            }
            None => 0,
        }
    }

    /// Runs `work`, which `handle` stops.
    pub(super) fn guard<T>(&self, handle: CancelHandle, work: impl FnOnce() -> T) -> T {
        self.presses.store(0, Ordering::Relaxed);
        self.set(Some(handle));
        let result = work();
        self.set(None);
        result
    }

    fn set(&self, handle: Option<CancelHandle>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_running_statement_is_stopped() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.press(), 0);
        let handle = CancelHandle::default();
        let presses = interrupt.guard(handle.clone(), || (interrupt.press(), interrupt.press()));
        assert_eq!(presses, (1, 2));
        assert!(handle.is_cancelled());
        assert_eq!(interrupt.press(), 0);
    }
}

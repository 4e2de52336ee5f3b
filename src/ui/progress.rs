//! A sign of life on standard error while a statement takes long.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A quicker answer shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(80);

/// A spinner that appears after 300 ms, only on a terminal, and goes away when dropped.
#[derive(Debug, Default)]
pub struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to wait; `message` stands beside the spinner.
    pub fn start(message: &'static str, colored: bool) -> Self {
        if !io::stderr().is_terminal() || env::var("TERM").is_ok_and(|term| term == "dumb") {
            return Self::default();
        }
        let (stop, stopped) = mpsc::channel();
        let spin = move || {
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(look(colored));
            bar.set_message(message);
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.tick();
            }
            bar.finish_and_clear();
        };
        // Without a thread there is no spinner; the statement runs all the same.
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(spin);
        Self { running: thread.ok().map(|thread| (stop, thread)) }
    }

    /// Removes the spinner; returns when the line is clear.
    pub fn clear(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn look(colored: bool) -> ProgressStyle {
    let template = match colored {
        true => "{spinner:.cyan} {msg} {elapsed} (Ctrl-C stops it)",
        false => "{spinner} {msg} {elapsed} (Ctrl-C stops it)",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_quick_statement_does_not_wait() {
        let start = Instant::now();
        Progress::start("pricing", false).clear();
        assert!(start.elapsed() < PATIENCE);
    }
}

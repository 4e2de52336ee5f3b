//! `\watch`: the last statement again and again, or a file whenever it changes.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::command::Watch;
use super::console::Console;
use crate::base::cancel::CancelHandle;
use crate::base::error::{Code, Error, Result};
use crate::shell::interpreter::Interpreter;
use crate::shell::source::Source;

/// How often the file and Ctrl-C are looked at.
const LOOK: Duration = Duration::from_millis(20);

impl<I: Interpreter> Console<I> {
    /// Runs until Ctrl-C. A wrong statement ends it; a wrong file is waited for, since it is being
    /// written.
    pub(super) fn watch(
        &mut self,
        watch: &Watch,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<ControlFlow<()>> {
        let last = self.last.clone();
        let every = match watch {
            Watch::Every(interval) => format!("every {} s", interval.as_secs_f64()),
            Watch::File(path) => {
                // Known to be there before it is waited for.
                Source::read(&path.to_string_lossy())?;
                format!("when `{}` changes", path.display())
            }
        };
        loop {
            let begin = Instant::now();
            let line = format!("{}, {every}; Ctrl-C ends it", clock(SystemTime::now()));
            let head = self.ui.stdout.dim(&line);
            if writeln!(out, "{head}").is_err() {
                return Ok(ControlFlow::Break(()));
            }
            let (ran, seen) = match watch {
                Watch::Every(_) => {
                    let Some((name, text)) = &last else {
                        return Err(Error::question(
                            Code::IncompleteShellCommand,
                            "there is no statement to watch",
                        )
                        .help("run one first, or name a file, as in `\\watch a.aiq`"));
                    };
                    (self.run(name, text, out, err), None)
                }
                Watch::File(path) => {
                    let seen = changed(path);
                    match Source::read(&path.to_string_lossy()) {
                        Ok(source) => (self.run(&source.name, &source.text, out, err), seen),
                        // Between two saves of an editor it may be away.
                        Err(_) => continue,
                    }
                }
            };
            let ended = ran.cancelled || (ran.status > 1 && matches!(watch, Watch::Every(_)));
            if ran.flow.is_break() || ended {
                return Ok(ran.flow);
            }
            let go_on = |passed: Duration| match watch {
                Watch::Every(interval) => passed >= *interval,
                Watch::File(path) => changed(path).is_some_and(|now| Some(now) != seen),
            };
            if !self.waits(begin, go_on) {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    /// Waits until `go_on`; false: Ctrl-C came before.
    fn waits(&self, begin: Instant, go_on: impl Fn(Duration) -> bool) -> bool {
        let handle = CancelHandle::default();
        self.interrupt.guard(handle.clone(), || {
            while !go_on(begin.elapsed()) {
                if handle.is_cancelled() {
                    return false;
                }
                thread::sleep(LOOK);
            }
            !handle.is_cancelled()
        })
    }
}

/// When a file was last written, and its length: some clocks are coarse.
fn changed(path: &Path) -> Option<(SystemTime, u64)> {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// The time of day.
fn clock(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % 86_400;
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_day() {
        assert_eq!(clock(UNIX_EPOCH + Duration::from_secs(86_400 * 3 + 3723)), "01:02:03 UTC");
    }
}

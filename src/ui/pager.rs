//! What is longer or wider than the screen goes through a pager, one answer at a time.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

/// Which pager, and whether it is used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pager {
    /// As a shell runs it; empty: none.
    command: String,
    on: bool,
}

impl Pager {
    /// `$AIQ_PAGER`, else `$PAGER`, else `less` where there is one.
    pub(crate) fn of_environment() -> Self {
        let set = |name: &str| env::var(name).ok();
        let found = || if is_there("less") { "less -FRSX" } else { "" }.to_owned();
        let command = set("AIQ_PAGER").or_else(|| set("PAGER")).unwrap_or_else(found);
        let command = command.trim().to_owned();
        Self { on: !matches!(command.as_str(), "" | "cat"), command }
    }

    /// The command, if it is to be used.
    pub(crate) fn command(&self) -> Option<&str> {
        Some(self.command.as_str()).filter(|command| self.on && !command.is_empty())
    }

    /// Follows `\pager`; the result is what to print about it.
    pub(crate) fn set(&mut self, given: Option<&str>) -> String {
        match given {
            None => {}
            Some("off") => self.on = false,
            Some("on") => self.on = true,
            Some(command) => *self = Self { command: command.to_owned(), on: true },
        }
        match (self.on, self.command.as_str()) {
            (true, "") => "there is no pager; `\\pager COMMAND` names one\n".to_owned(),
            (true, command) => format!("pager is `{command}`\n"),
            (false, _) => "pager is off\n".to_owned(),
        }
    }
}

fn is_there(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Holds text back until it is flushed, which ends an answer; then it goes to the screen, or
/// through the pager if it is larger than that.
pub(crate) struct Paged<'a> {
    screen: &'a mut dyn Write,
    command: &'a str,
    /// Columns and lines of the screen.
    size: (usize, usize),
    held: Vec<u8>,
}

impl<'a> Paged<'a> {
    pub(crate) fn new(screen: &'a mut dyn Write, command: &'a str, size: (usize, usize)) -> Self {
        Self { screen, command, size, held: Vec::new() }
    }

    fn exceeds(&self) -> bool {
        let text = String::from_utf8_lossy(&self.held);
        // The prompt takes a line too.
        text.lines().count() >= self.size.1 || text.lines().any(|line| width(line) > self.size.0)
    }

    fn page(&self) -> io::Result<()> {
        let mut pager = Command::new("sh");
        pager.arg("-c").arg(self.command).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            pager.env("LESS", "FRSX");
        }
        let mut child = pager.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A reader that has seen enough leaves the rest unread.
            let _ = input.write_all(&self.held);
        }
        // 127: the shell did not find the command.
        if child.wait()?.code() == Some(127) {
            return Err(io::Error::other(format!("`{}` is not there", self.command)));
        }
        Ok(())
    }
}

impl Write for Paged<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return self.screen.flush();
        }
        // Without its pager, the answer is shown all the same.
        if !self.exceeds() || self.page().is_err() {
            self.screen.write_all(&self.held)?;
        }
        self.held.clear();
        self.screen.flush()
    }
}

impl Drop for Paged<'_> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

/// Cells that a line takes; colours take none.
fn width(line: &str) -> usize {
    strip_str(line).to_string().width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_room() {
        assert_eq!(width("\u{1b}[1mbold\u{1b}[0m é"), 6);
    }

    #[test]
    fn only_what_exceeds_the_screen_is_paged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paged");
        let command = format!("cat > '{}'", file.display());
        let mut screen = Vec::new();
        let mut out = Paged::new(&mut screen, &command, (10, 4));
        out.write_all(b"short\n").unwrap();
        out.flush().unwrap();
        assert!(!file.exists());
        out.write_all(b"1\n2\n3\n4\n").unwrap();
        out.flush().unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"1\n2\n3\n4\n");
        out.write_all(b"a line of more\n").unwrap();
        drop(out);
        assert_eq!(std::fs::read(&file).unwrap(), b"a line of more\n");
        assert_eq!(screen, b"short\n");
    }

    #[test]
    fn a_pager_that_is_not_there_loses_nothing() {
        let mut screen = Vec::new();
        let mut out = Paged::new(&mut screen, "no-such-pager 2> /dev/null", (10, 1));
        out.write_all(b"1\n2\n").unwrap();
        drop(out);
        assert_eq!(screen, b"1\n2\n");
    }

    #[test]
    fn on_off_and_others() {
        let mut pager = Pager { command: "less".into(), on: true };
        assert_eq!(pager.set(None), "pager is `less`\n");
        assert_eq!((pager.set(Some("off")).as_str(), pager.command()), ("pager is off\n", None));
        assert_eq!(pager.set(Some("more -s")), "pager is `more -s`\n");
        assert_eq!(pager.command(), Some("more -s"));
    }
}

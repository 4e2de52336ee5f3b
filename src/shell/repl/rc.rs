//! What a user wants done at the start of every interactive session: statements and commands in a
//! file. Batches do not read it, so that they answer the same for everybody.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::command::is_command;
use super::console::Console;
use crate::base::error::Span;
use crate::session::Layer;
use crate::shell::interpreter::Interpreter;
use crate::shell::source::Source;
use crate::ui::folders;

/// `$AIQRC`, else `aiq/aiqrc` in the folder of configurations, else `~/.aiqrc`, whichever there is.
/// A file that is named must be there; an empty name means none.
pub(super) fn file() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("AIQRC") {
        return Some(PathBuf::from(named)).filter(|path| !path.as_os_str().is_empty());
    }
    let own = folders::config().map(|folder| folder.join("aiqrc"));
    let home = folders::home().map(|home| home.join(".aiqrc"));
    own.into_iter().chain(home).find(|path| path.is_file())
}

impl<I: Interpreter> Console<I> {
    /// Runs the statements and commands of a file. An error is printed with its line, and the rest
    /// is run. Break: leave the shell.
    pub(super) fn start(
        &mut self,
        path: &Path,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let source = match Source::read(&path.to_string_lossy()) {
            Ok(source) => source,
            Err(error) => {
                let _ = self.complain(&error, err);
                return ControlFlow::Continue(());
            }
        };
        self.set_layer(Some(Layer::Rc));
        let flow = self.script(&source, out, err);
        self.set_layer(None);
        // What a file does is not what a user typed.
        self.last = None;
        flow
    }

    fn script(
        &mut self,
        source: &Source,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let mut begin = 0;
        let mut at = 0;
        for line in source.text.split_inclusive('\n') {
            let typed = line.trim_start();
            let pending = source.text[begin..at].trim();
            let command = typed.starts_with('\\') || (pending.is_empty() && is_command(line));
            if command {
                self.part(source, begin..at, out, err)?;
                let range = at..at + line.trim_end().len();
                let place = Span {
                    source: source.name.clone(),
                    text: source.text.clone(),
                    range: range.start + (line.len() - typed.len())..range.end,
                };
                self.command_line(line, Some(place), out, err)?;
                begin = at + line.len();
            }
            at += line.len();
            if !command && self.is_complete(&source.text[begin..at]) {
                self.part(source, begin..at, out, err)?;
                begin = at;
            }
        }
        self.part(source, begin..at, out, err)
    }

    /// Runs a part of a file. The rest of it is blank, so that places are those of the file.
    fn part(
        &mut self,
        source: &Source,
        range: std::ops::Range<usize>,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> ControlFlow<()> {
        let text = &source.text[range.clone()];
        if text.trim().is_empty() {
            return ControlFlow::Continue(());
        }
        let lines = source.text[..range.start].matches('\n').count();
        let text = format!("{}{text}", "\n".repeat(lines));
        self.run(&source.name, &text, out, err).flow
    }
}

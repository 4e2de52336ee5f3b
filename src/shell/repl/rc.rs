//! What a user wants done at the start of every interactive session: statements and commands in a
//! file. Batches do not read it, so that they answer the same for everybody.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::console::Console;
use super::script::Take;
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
        let flow = self.script(&source, Take::OneByOne, out, err);
        self.set_layer(None);
        // What a file does is not what a user typed.
        self.last = None;
        flow
    }
}

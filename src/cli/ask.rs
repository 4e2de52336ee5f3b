//! Questions: from the command line, from files, or in the interactive shell.

use std::path::PathBuf;

use super::Common;

/// Runs `-c` statements, or the shell.
pub(super) fn ask(_common: &Common, _commands: &[String]) -> u8 {
    0
}

/// Runs files.
pub(super) fn files(_common: &Common, _files: &[PathBuf]) -> u8 {
    0
}

//! Where a user's own files are.

use std::path::PathBuf;

use etcetera::BaseStrategy;
use etcetera::base_strategy::Xdg;

/// The home folder.
pub(crate) fn home() -> Option<PathBuf> {
    etcetera::home_dir().ok()
}

/// `$XDG_CONFIG_HOME/aiq`, or the same under `~/.config`.
pub(crate) fn config() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir().join("aiq"))
}

/// `$XDG_STATE_HOME/aiq`, or the same under `~/.local/state`.
pub(crate) fn state() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.state_dir()?.join("aiq"))
}

//! Where a user's own files are.

use std::env;
use std::path::PathBuf;

/// The home folder.
pub(crate) fn home() -> Option<PathBuf> {
    variable("HOME").filter(|path| !path.as_os_str().is_empty())
}

/// `$XDG_CONFIG_HOME/aiq`, or the same under `~/.config`.
pub(crate) fn config() -> Option<PathBuf> {
    under("XDG_CONFIG_HOME", ".config", variable)
}

/// `$XDG_STATE_HOME/aiq`, or the same under `~/.local/state`.
pub(crate) fn state() -> Option<PathBuf> {
    under("XDG_STATE_HOME", ".local/state", variable)
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).map(PathBuf::from)
}

fn under(name: &str, usual: &str, variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG rules say that a relative path is to be ignored.
    let named = variable(name).filter(|path| path.is_absolute());
    let home = || variable("HOME").filter(|path| !path.as_os_str().is_empty());
    Some(named.or_else(|| Some(home()?.join(usual)))?.join("aiq"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xdg_before_home() {
        let state = |variable: &dyn Fn(&str) -> Option<PathBuf>| {
            under("XDG_STATE_HOME", ".local/state", variable)
        };
        let both = |name: &str| match name {
            "XDG_STATE_HOME" => Some(PathBuf::from("/state")),
            _ => Some(PathBuf::from("/home/ada")),
        };
        assert_eq!(state(&both), Some("/state/aiq".into()));
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/ada"));
        assert_eq!(state(&home), Some("/home/ada/.local/state/aiq".into()));
        assert_eq!(state(&|_| None), None);
    }
}

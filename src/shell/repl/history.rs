//! Where the lines typed before are kept.

use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

/// `$XDG_STATE_HOME/aiq/history`, or the same under `~/.local/state`; none without a home. The
/// folder is made if need be.
pub(super) fn file() -> io::Result<PathBuf> {
    let folder = folder(|name| env::var_os(name).map(PathBuf::from))
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no home folder"))?;
    fs::create_dir_all(&folder)?;
    Ok(folder.join("history"))
}

fn folder(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG rules say that a relative path is to be ignored.
    let state = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let home = || variable("HOME").filter(|path| !path.as_os_str().is_empty());
    Some(state.or_else(|| Some(home()?.join(".local/state")))?.join("aiq"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xdg_before_home() {
        let both = |name: &str| match name {
            "XDG_STATE_HOME" => Some(PathBuf::from("/state")),
            _ => Some(PathBuf::from("/home/ada")),
        };
        assert_eq!(folder(both), Some("/state/aiq".into()));
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/ada"));
        assert_eq!(folder(home), Some("/home/ada/.local/state/aiq".into()));
        assert_eq!(folder(|_| None), None);
    }
}

//! `\e`: a text in the user's editor.

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::base::error::{Code, Error, Result};

/// `$VISUAL`, else `$EDITOR`, else `vi`.
pub(super) fn editor() -> String {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned())
}

/// Opens a file in the editor and waits until it is closed.
pub(super) fn file(editor: &str, path: &Path) -> Result<()> {
    // The editor may have arguments of its own, so a shell takes it apart.
    let script = format!("{editor} \"$1\"");
    let status = Command::new("sh").arg("-c").arg(script).arg("aiq").arg(path).status();
    let failed = |why: String| {
        Err(Error::internal(Code::EditorFailed, format!("the editor `{editor}` failed: {why}"))
            .help("`$VISUAL` or `$EDITOR` names another"))
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => failed(status.to_string()),
        Err(error) => failed(error.to_string()),
    }
}

/// Opens a text in the editor; what was saved.
pub(super) fn text(editor: &str, text: &str) -> Result<String> {
    let trouble = |error: std::io::Error| {
        Error::internal(Code::EditorFailed, format!("the text cannot be edited: {error}"))
    };
    let mut draft =
        tempfile::Builder::new().prefix("aiq-").suffix(".aiq").tempfile().map_err(trouble)?;
    draft.write_all(text.as_bytes()).and_then(|()| draft.flush()).map_err(trouble)?;
    file(editor, draft.path())?;
    // Many editors write another file in its place.
    std::fs::read_to_string(draft.path()).map_err(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_saves_comes_back() {
        assert_eq!(text("printf 'rows;' >", "old").unwrap(), "rows;");
        assert_eq!(text("true", "old").unwrap(), "old");
        assert_eq!(text("false", "old").unwrap_err().code, "AIQ0665");
        assert_eq!(text("no-such-editor 2> /dev/null", "old").unwrap_err().code, "AIQ0665");
    }
}

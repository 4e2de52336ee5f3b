//! `aiq check DIR`: what generated files really ask for.

use std::io::Write;
use std::path::Path;

use super::Common;
use crate::error::Result;
use crate::generate::check;
use crate::lang::diagnostics;
use crate::shell::{Format, Style};

/// Prints the row that the files deploy, and where they part from the answer. The status is 1 if
/// they do.
pub(super) fn run(common: &Common, directory: &Path) -> u8 {
    match print(common, directory) {
        Ok(status) => status,
        Err(error) => {
            let text = diagnostics::render(&error, Style::colored_stderr());
            let _ = writeln!(std::io::stderr().lock(), "{text}");
            error.kind.exit_status()
        }
    }
}

fn print(common: &Common, directory: &Path) -> Result<u8> {
    let checked = check(directory)?;
    let mut out = std::io::stdout().lock();
    if matches!(common.format, Format::Json | Format::Ndjson) {
        let row = serde_json::Value::Object(checked.row);
        let json = if common.format == Format::Json { serde_json::json!([row]) } else { row };
        let _ = writeln!(out, "{json}");
    } else {
        for (name, value) in &checked.row {
            let _ = match value.as_str() {
                Some(text) => writeln!(out, "{name:24} {text}"),
                None => writeln!(out, "{name:24} {value}"),
            };
        }
    }
    let mut err = std::io::stderr().lock();
    for difference in &checked.differences {
        let _ = writeln!(err, "differs: {difference}");
    }
    Ok(u8::from(!checked.differences.is_empty()))
}

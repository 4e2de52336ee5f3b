//! What stands before several servers that no runtime makes one.

use crate::tsv::{self, Row};

/// By backend (`*` is any) and mode: the templates of the command and of the file it reads, and the
/// name of that file.
const FRONTS: &str = include_str!("../../models/deploy/fronts.tsv");

/// A router or balancer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Front {
    /// Its command is the template `COMMAND.front.args`.
    pub(super) command: &'static str,
    /// The template and the name of what it reads, if it reads a file.
    pub(super) file: Option<(&'static str, &'static str)>,
}

impl Front {
    /// What the servers of a backend need in one mode.
    pub(super) fn find(backend: &str, mode: &str) -> Option<Self> {
        let fits = |row: &Row| {
            matches!(row.get("backend"), of if of == "*" || of == backend)
                && row.get("mode") == mode
        };
        let row = tsv::rows(FRONTS).find(fits)?;
        let template = row.get("file");
        Some(Self {
            command: row.get("front"),
            file: (!template.is_empty()).then(|| (template, row.get("as"))),
        })
    }
}

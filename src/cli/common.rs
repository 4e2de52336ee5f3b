//! Options of everything that answers questions.

use std::path::PathBuf;

use crate::base::permissions::Permissions;
use crate::memory::MemoryLimit;
use crate::ui::{Color, ErrorFormat, Format, Ui};

/// Options of everything that answers questions.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Common {
    /// Extra data directory, searched first; may be given several times.
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) systems: Vec<PathBuf>,

    /// Settings and definitions run first: a file, or NAME.aiq in profiles/ here or in
    /// ~/.config/aiq/profiles/.
    #[arg(long, value_name = "NAME|FILE", global = true)]
    pub(super) profile: Option<String>,

    /// SQL may write files and change tables, as `copy`, `insert` and `create external table` do.
    #[arg(long, global = true)]
    allow_write: bool,

    /// Replaces what aiq did not write.
    #[arg(long, global = true)]
    pub(super) force: bool,

    /// Statements may not read files by their path.
    #[arg(long, global = true)]
    no_files: bool,

    /// Memory that a statement may take, such as 4GiB; half of what there is by default.
    #[arg(long, value_name = "SIZE", global = true)]
    pub(super) memory_limit: Option<MemoryLimit>,

    /// When output is coloured.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true)]
    color: Color,

    /// Output format: table, auto (records where no table fits), record, json, ndjson, csv, markdown, parquet, arrow.
    #[arg(long, value_name = "FORMAT", default_value = "table", global = true)]
    pub(super) format: Format,

    /// Error format: text for people, or JSON objects for editors.
    #[arg(long, value_enum, value_name = "FORM", default_value = "text", global = true)]
    error_format: ErrorFormat,

    /// How answers and errors look; follows from the options and the terminal.
    #[arg(skip)]
    pub(super) ui: Ui,
}

impl Common {
    /// Looks at the terminal once the options are known.
    pub(super) fn open_ui(&mut self) {
        self.ui = Ui::of_process(self.color, self.error_format);
    }

    /// What statements may do.
    pub(super) fn permissions(&self) -> Permissions {
        Permissions { write: self.allow_write, force: self.force, files: !self.no_files }
    }
}

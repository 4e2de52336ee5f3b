//! What to import, and where to.

use std::path::PathBuf;

/// What to import, and where to.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// A wheel, an unpacked package or a directory inside it, a directory of this catalog's own
    /// layout, or one table.
    pub source: PathBuf,
    /// A data directory; created if need be.
    pub into: PathBuf,
    /// Systems to take; empty for all.
    pub systems: Vec<String>,
    /// Backends to take; empty for all. Communication libraries come along in any case, since
    /// every backend is priced with them.
    pub backends: Vec<String>,
    /// Versions or slot words to take; empty for all.
    pub versions: Vec<String>,
    /// Whether files that others put into the data directory may be written over.
    pub force: bool,
}

//! The words of a session: what can be completed and highlighted.

/// A word that the shell can complete and highlight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// What it names.
    pub kind: WordKind,
    /// What it belongs to: the axis of a value, the backend of a version, the table of a column,
    /// the kind of an axis; empty for most.
    pub of: String,
    /// One line about it.
    pub help: String,
}

/// What a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WordKind {
    /// Language keyword.
    Keyword,
    /// Model name.
    Model,
    /// GPU system.
    System,
    /// Serving framework.
    Backend,
    /// Version of a backend.
    Version,
    /// Serving mode.
    Mode,
    /// Metric.
    Metric,
    /// Axis.
    Axis,
    /// Column of a table.
    Field,
    /// Function.
    Function,
    /// Table.
    Table,
    /// Named result.
    Result,
    /// Session setting.
    Setting,
    /// What `show` lists.
    Shown,
    /// What deployment files are for.
    Platform,
    /// Rule or operation.
    Definition,
    /// Value of an axis, such as a precision.
    Value,
}

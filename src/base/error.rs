//! One error type for the whole engine: a stable code, a message, and where known a span,
//! a label for it and a help line. Rendering happens at the edge (`ui::diagnostics`).

use std::ops::Range;

pub use super::codes::Code;

/// What kind of failure an error is; decides the exit status of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing meets the constraints, or an assertion failed (exit status 1).
    Infeasible,
    /// The question is wrong: syntax, names, units (exit status 2).
    Question,
    /// A platform or engine cannot deploy this (exit status 2).
    Undeployable,
    /// A measurement, system or model that the question needs is missing (exit status 3).
    Data,
    /// The hardware cannot do what is needed (exit status 3).
    Unsupported,
    /// A file is not there or damaged (exit status 3).
    Unreadable,
    /// Input/output trouble or a bug (exit status 4).
    Internal,
    /// Work ended without a result, which is a bug (exit status 4).
    Aborted,
    /// The user stopped it (exit status 2).
    Stopped,
    /// Something that works and is probably not meant (exit status 1).
    Warning,
    /// Something worth knowing (exit status 0).
    Note,
}

impl Kind {
    /// The exit status of a process that ends with this failure.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Note => 0,
            Self::Infeasible | Self::Warning => 1,
            Self::Question | Self::Undeployable | Self::Stopped => 2,
            Self::Data | Self::Unsupported | Self::Unreadable => 3,
            Self::Internal | Self::Aborted => 4,
        }
    }
}

/// A place in a source text: the text's name, the text, and a byte range in it.
#[derive(Debug, Clone)]
pub struct Span {
    /// File name, or `<input>`.
    pub source: String,
    /// The whole text the range points into.
    pub text: String,
    /// Byte range; may be empty at the end of the text.
    pub range: Range<usize>,
}

/// An error with a stable code, such as `AIQ0203`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Exit class.
    pub kind: Kind,
    /// Stable code, never reused for another meaning.
    pub code: Code,
    /// One sentence, without a full stop.
    pub message: String,
    /// Where in the question, if it is about a place in it.
    pub span: Option<Box<Span>>,
    /// Short text under the span.
    pub label: Option<String>,
    /// Further lines: what to type instead, the nearest name, the nearest data.
    pub help: Vec<String>,
    /// What else is wrong with the same text.
    pub more: Box<[Self]>,
}

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a place.
    pub fn new(kind: Kind, code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            kind,
            code,
            message,
            span: None,
            label: None,
            help: Vec::new(),
            more: Box::default(),
        }
    }

    /// A wrong question.
    pub fn question(code: Code, message: impl Into<String>) -> Self {
        Self::new(Kind::Question, code, message)
    }

    /// What a platform or engine cannot deploy.
    pub fn undeployable(message: impl Into<String>) -> Self {
        Self::new(Kind::Undeployable, Code::NotDeployable, message)
    }

    /// Missing data.
    pub fn data(code: Code, message: impl Into<String>) -> Self {
        Self::new(Kind::Data, code, message)
    }

    /// A file that is not there or damaged.
    pub fn unreadable(code: Code, message: impl Into<String>) -> Self {
        Self::new(Kind::Unreadable, code, message)
    }

    /// Work that ended without a result.
    pub fn aborted(code: Code, message: impl Into<String>) -> Self {
        Self::new(Kind::Aborted, code, message)
    }

    /// Input/output trouble or a bug.
    pub fn internal(code: Code, message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, code, message)
    }

    /// Adds a help line.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }

    /// The same error where its cause was asked for: nobody who typed a question knows the shipped
    /// text behind a name.
    #[must_use]
    pub fn seen_from(self, asked: Span) -> Self {
        let shipped = |span: &Span| span.source.starts_with("models/");
        match &self.span {
            Some(span) if shipped(span) && !shipped(&asked) => {
                let label = self.label.clone().unwrap_or_default();
                self.at(asked, label)
            }
            _ => self,
        }
    }

    /// Points at a place, unless the error has a nearer one.
    #[must_use]
    pub fn within(self, span: Span, label: impl Into<String>) -> Self {
        match self.span {
            Some(_) => self,
            None => self.at(span, label),
        }
    }

    /// Points at a place and says what is there.
    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.span = Some(Box::new(span));
        self.label = Some(label.into());
        self
    }
}

/// A fault of the plan builder itself.
pub fn bug(error: impl std::fmt::Display) -> Error {
    Error::internal(Code::PlannerBug, format!("the plan could not be built: {error}"))
}

/// The candidate nearest to `name` by edit distance, if any is near enough to be a typo.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::normalized_damerau_levenshtein(&lower, &c.to_lowercase()), c))
        .filter(|(score, _)| *score >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_typos_only() {
        let names = ["trtllm", "sglang", "vllm"];
        assert_eq!(nearest("trt_llm", names), Some("trtllm"));
        assert_eq!(nearest("postgres", names), None);
    }
}

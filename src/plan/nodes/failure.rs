//! Errors of DataFusion in our words.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;

use crate::base::error::{Code, Error};
use crate::memory::exhausted_below;

/// Our own error inside one of DataFusion's, or that error as ours.
pub(crate) fn failure(error: DataFusionError) -> Error {
    let text = plain(&error.strip_backtrace());
    let mut at: &(dyn std::error::Error + 'static) = &error;
    loop {
        if let Some(own) = at.downcast_ref::<Error>() {
            return own.clone();
        }
        match at.source() {
            Some(next) => at = next,
            None => break,
        }
    }
    if let Some(error) = exhausted_below(&error) {
        return error;
    }
    match error.find_root() {
        DataFusionError::SQL(..) => Error::question(Code::SqlSyntax, text),
        DataFusionError::SchemaError(..) | DataFusionError::Plan(_) => {
            Error::question(Code::SqlPlan, text)
        }
        DataFusionError::ArrowError(error, _) => below(error),
        DataFusionError::ParquetError(error) => Error::unreadable(
            Code::UnreadableFile,
            format!("a Parquet file cannot be read: {}", plain(&error.to_string())),
        ),
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
            Error::unreadable(Code::UnreadableFile, text)
        }
        DataFusionError::Execution(_) => Error::question(Code::SqlFailed, text),
        DataFusionError::NotImplemented(_) => Error::question(Code::SqlUnsupported, text),
        // Types that do not fit are found late where they come from a file or a function.
        DataFusionError::Internal(what) => Error::question(
            Code::SqlFailed,
            format!("a value is not of the kind needed: {}", plain(what)),
        ),
        other => Error::internal(
            Code::EngineBug,
            format!("the plan could not be run: {}", plain(&other.strip_backtrace())),
        ),
    }
}

/// A message of the engine below without what it says of itself.
fn plain(text: &str) -> String {
    const SAID: [&str; 8] = [
        "Error during planning: ",
        "Internal error: ",
        "Execution error: ",
        "External error: ",
        "Arrow error: ",
        "Parquet error: ",
        "Compute error: ",
        "This feature is not implemented: ",
    ];
    let mut text = SAID.iter().fold(text.to_owned(), |text, said| text.replace(said, ""));
    // An invitation to report what is a slip in a question.
    while let Some(from) = text.find("This issue was likely caused by a bug") {
        let rest =
            text[from..].find("/issues").map_or(text.len(), |at| from + at + "/issues".len());
        let rest = rest + text[rest..].bytes().take_while(|b| b". ".contains(b)).count();
        text.replace_range(from..rest, "");
    }
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_lowercase).into_iter().flatten();
    first.chain(letters).collect()
}

/// An error about values, in our words.
fn below(error: &ArrowError) -> Error {
    let question = |text: String| Error::question(Code::SqlFailed, text);
    match error {
        ArrowError::CastError(why) => question(format!("a value cannot be converted: {why}")),
        ArrowError::DivideByZero => question("a division by zero".to_owned()),
        ArrowError::ArithmeticOverflow(why) => question(format!("a number is too large: {why}")),
        ArrowError::ParquetError(why) | ArrowError::IpcError(why) => {
            Error::unreadable(Code::UnreadableFile, format!("a file cannot be read: {why}"))
        }
        ArrowError::CsvError(why) | ArrowError::JsonError(why) | ArrowError::IoError(why, _) => {
            Error::unreadable(Code::UnreadableFile, format!("a file cannot be read: {why}"))
        }
        ArrowError::ComputeError(why)
        | ArrowError::InvalidArgumentError(why)
        | ArrowError::ParseError(why)
        | ArrowError::SchemaError(why) => question(format!("a value cannot be computed: {why}")),
        other => question(format!("a value cannot be computed: {other}")),
    }
}

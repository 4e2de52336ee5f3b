//! Runs a text to its end: `aiq -c`, `aiq run`, standard input.

use std::io::{self, Write};

use super::interpreter::Interpreter;
use super::repl;
use super::source::Source;
use crate::ui::{Format, Ui};

pub use super::printer::OnError;

/// How a batch is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The form of the answers.
    pub format: Format,
    /// What happens after an error.
    pub on_error: OnError,
    /// How answers and errors look.
    pub ui: Ui,
}

/// Runs the statements of texts, and the commands of the shell that have a line to themselves, answers to `out`, errors (and the remarks of machine formats) to `err`.
/// Returns the exit status: 0 an answer, 1 nothing feasible or an assertion failed, 2 a wrong
/// question, 3 missing data, 4 input/output trouble or a bug. A reader that closed the pipe has
/// seen enough: that is success.
pub fn run(
    interpreter: &mut impl Interpreter,
    sources: &[Source],
    options: &Options,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let Options { format, on_error, ui } = *options;
    repl::batch(interpreter, sources, format, on_error, ui, (out, err))
}

/// [`run`] on the standard streams.
pub fn run_on_stdio(
    interpreter: &mut impl Interpreter,
    sources: &[Source],
    options: &Options,
) -> u8 {
    run(interpreter, sources, options, &mut io::stdout().lock(), &mut io::stderr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::fake::{Closed, Fake};
    use crate::ui::Style;

    fn batch(text: &str, format: Format, on_error: OnError) -> (u8, String, String) {
        let stdout = Style { timing: false, ..Style::PLAIN };
        let options = Options { format, on_error, ui: Ui { stdout, ..Ui::PLAIN } };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let sources = [Source::inline(text)];
        let status = run(&mut Fake::default(), &sources, &options, &mut out, &mut err);
        (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn every_answer_is_printed() {
        let (status, out, err) = batch("rows; set; rows;", Format::Table, OnError::Stop);
        insta::assert_snapshot!(out);
        assert_eq!((status, err.as_str()), (0, ""));
    }

    #[test]
    fn the_first_error_ends_the_batch() {
        let (status, out, err) = batch("rows; wrong; rows", Format::Csv, OnError::Stop);
        assert_eq!((status, out.as_str()), (2, "n\n1\n2\n"));
        insta::assert_snapshot!(err);
    }

    #[test]
    fn errors_can_be_passed_over() {
        let (status, out, _) = batch("wrong; rows; missing; rows", Format::Csv, OnError::Continue);
        assert_eq!((status, out.as_str()), (3, "n\n1\n2\nn\n1\n2\n"));
    }

    #[test]
    fn exit_statuses() {
        let statuses = ["rows", "infeasible", "assert", "wrong", "missing", "bug"]
            .map(|text| batch(text, Format::Json, OnError::Stop).0);
        assert_eq!(statuses, [0, 1, 1, 2, 3, 4]);
        assert_eq!(batch("infeasible; rows", Format::Json, OnError::Stop).0, 1);
    }

    #[test]
    fn a_program_reads_rows_only() {
        let (_, out, err) = batch("set; search", Format::Json, OnError::Stop);
        assert_eq!(out, "[{\"n\":1},{\"n\":2}]\n");
        assert!(err.contains("assumed: ") && err.contains("12 candidates"), "{err}");
    }

    #[test]
    fn commands_of_the_shell_are_carried_out() {
        let text = "rows;\n\\x\nrows;\n\\format csv\nrows;\n\\format\nexit\nwrong;";
        let (status, out, err) = batch(text, Format::Table, OnError::Stop);
        insta::assert_snapshot!(out);
        assert_eq!((status, err.as_str()), (0, ""));
    }

    #[test]
    fn a_wrong_command_is_an_error() {
        for (text, code) in
            [("\\nonsense\nrows;", "AIQ0658"), ("\\watch\nrows;", "AIQ0664"), ("\\e", "AIQ0664")]
        {
            let (status, out, err) = batch(text, Format::Csv, OnError::Stop);
            assert_eq!((status, out.as_str()), (2, ""), "{text}");
            assert!(err.contains(code) && err.contains("<input>:1:1"), "{err}");
        }
    }

    #[test]
    fn a_format_lasts_to_the_next_text() {
        let options = Options { format: Format::Table, on_error: OnError::Stop, ui: Ui::PLAIN };
        let sources = ["\\format csv", "rows"].map(Source::inline);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = run(&mut Fake::default(), &sources, &options, &mut out, &mut err);
        assert_eq!((status, out.as_slice()), (0, b"n\n1\n2\n".as_slice()));
    }

    #[test]
    fn bytes_hold_one_relation() {
        assert_eq!(batch_bytes("set; rows"), 0);
        assert_eq!(batch_bytes("rows; rows"), 2);
    }

    fn batch_bytes(text: &str) -> u8 {
        let options = Options { format: Format::Arrow, on_error: OnError::Stop, ui: Ui::PLAIN };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        run(&mut Fake::default(), &[Source::inline(text)], &options, &mut out, &mut err)
    }

    #[test]
    fn a_closed_pipe_is_success() {
        for format in Format::ALL {
            let options = Options { format, on_error: OnError::Stop, ui: Ui::PLAIN };
            let mut interpreter = Fake::default();
            let sources = [Source::inline("rows; wrong")];
            let mut err = Vec::new();
            let status = run(&mut interpreter, &sources, &options, &mut Closed, &mut err);
            assert_eq!((status, err.len(), interpreter.ran.len()), (0, 0, 1), "{format}");
        }
    }
}

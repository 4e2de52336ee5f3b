//! Pages of help: their examples have answers, and the command line finds them.

use aiq::shell::help;

use crate::support::binary::{printed, succeeded, typed};
use crate::support::session::{must, session};

/// Everything a page of help tells a user to paste, other than what writes files.
#[test]
fn examples_of_help_have_answers() {
    let mut ran = 0;
    for topic in help::topics() {
        // Examples set and define; the next topic begins anew.
        let mut session = session();
        for example in topic.examples().into_iter().filter(|e| e.runs) {
            assert!(must(&mut session, example.text).feasible, "{}", example.text);
            ran += 1;
        }
    }
    assert!(ran > 50, "{ran} examples");
}

#[test]
fn help_from_the_command_line() {
    for line in ["help top", "-c help distinct;", "-c \\? per"] {
        let output = typed(line);
        succeeded(&output, line);
        let page = printed(&output);
        assert!(page.starts_with("top, per, distinct (clause)\n"), "{page}");
    }
    // A command that is no topic.
    assert!(printed(&typed("help recommend")).contains("--target-request-rate"));
    assert!(printed(&typed("help")).contains("\nClauses of a question\n"));
    let unknown = typed("help serch");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(printed(&unknown).contains("did you mean `help search`?"), "{}", printed(&unknown));
}

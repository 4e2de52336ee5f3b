use std::cell::RefCell;
use std::rc::Rc;

use super::console::{Console, Edited};
use crate::session::Layer;
use crate::shell::fake::{Closed, Fake};
use crate::ui::pager::Pager;
use crate::ui::{Format, Style, Ui};

/// A session and what was typed into it; both outputs are one text, as on a screen.
fn typed(lines: &[&str]) -> String {
    let (_, mut session) = session();
    let mut screen = Vec::new();
    for line in lines {
        screen.extend_from_slice(format!("aiq> {line}\n").as_bytes());
        let mut err = Vec::new();
        let flow = session.line(line, &mut screen, &mut err);
        screen.append(&mut err);
        if flow.is_break() {
            break;
        }
    }
    String::from_utf8(screen).unwrap()
}

#[test]
fn a_conversation() {
    insta::assert_snapshot!(typed(&[
        "\\sql",
        "search;",
        "\\sql",
        "\\x",
        "rows;",
        "wrong; rows;",
        "\\timng",
        "\\format",
        "\\format csv",
        "\\d",
        "\\d gemm",
        "\\i no/such/file.aiq",
        "\\q",
        "not reached;",
    ]));
}

#[test]
fn answers_go_to_a_file_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.csv");
    let screen = typed(&[
        "\\format csv",
        &format!("\\o {}", file.display()),
        "rows;",
        "rows;",
        "\\o",
        "rows;",
    ]);
    assert!(screen.ends_with("answers go to the screen\naiq> rows;\nn\n1\n2\n"), "{screen}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "n\n1\n2\nn\n1\n2\n");
}

#[test]
fn a_binary_file_holds_the_last_answer() {
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReader;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.parquet");
    typed(&["\\format parquet", &format!("\\o {}", file.display()), "rows;", "wrong;", "rows;"]);
    let bytes = bytes::Bytes::from(std::fs::read(&file).unwrap());
    let reader = ParquetRecordBatchReader::try_new(bytes, 64).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
}

#[test]
fn a_file_of_statements() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.aiq");
    std::fs::write(&file, "rows;\nwrong;\n").unwrap();
    let screen = typed(&[&format!("\\i '{}'", file.display())]);
    assert!(screen.contains("wrong.aiq:2:1"), "{screen}");
}

#[test]
fn a_closed_screen_ends_the_session() {
    let (_, mut session) = session();
    assert!(session.line("rows;", &mut Closed, &mut Vec::new()).is_break());
    assert!(session.line("\\?", &mut Closed, &mut Vec::new()).is_break());
}

fn session() -> (Rc<RefCell<Fake>>, Console<Fake>) {
    let fake = Rc::new(RefCell::new(Fake::default()));
    let ui = Ui { stdout: Style { timing: false, ..Style::PLAIN }, ..Ui::PLAIN };
    (Rc::clone(&fake), Console::new(fake, Format::Table, ui))
}

/// What a line prints, errors last.
fn answer(session: &mut Console<Fake>, line: &str) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let _ = session.line(line, &mut out, &mut err);
    out.append(&mut err);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_statement_ends_on_a_further_line() {
    let (_, session) = session();
    let mut before = String::new();
    let mut whole = |line: &str| session.whole(&mut before, line.to_owned());
    assert_eq!(whole("\\x").as_deref(), Some("\\x"));
    assert_eq!(whole("search"), None);
    assert_eq!(whole(""), None);
    // A command may come between.
    assert_eq!(whole("\\timing").as_deref(), Some("\\timing"));
    assert_eq!(whole("rows;").as_deref(), Some("search\n\nrows;"));
    assert_eq!(whole("rows;").as_deref(), Some("rows;"));
    assert_eq!(before, "");
}

#[test]
fn help_on_topics_and_names() {
    let screen = typed(&["help units", "\\? serch", "help tp"]);
    assert!(screen.contains("aiq> help units\nunits (topic)\n"), "{screen}");
    assert!(screen.contains("AIQ0663"), "{screen}");
    let (fake, mut session) = session();
    answer(&mut session, "help tpot");
    assert_eq!(fake.borrow().ran, ["describe tpot"]);
}

#[test]
fn a_statement_is_watched_until_it_is_stopped() {
    let (fake, mut session) = session();
    answer(&mut session, "stop;");
    let screen = answer(&mut session, "\\watch 0.1");
    assert_eq!(fake.borrow().ran.len(), 3);
    assert_eq!(screen.matches("UTC, every 0.1 s; Ctrl-C ends it\n").count(), 2, "{screen}");
}

#[test]
fn a_wrong_statement_is_not_watched_on() {
    let (fake, mut session) = session();
    assert!(answer(&mut session, "\\watch").contains("there is no statement to watch"));
    answer(&mut session, "wrong;");
    answer(&mut session, "\\watch 0.1");
    assert_eq!(fake.borrow().ran, ["wrong", "wrong"]);
}

#[test]
fn a_file_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.aiq");
    std::fs::write(&file, "rows; rows; stop;").unwrap();
    let (fake, mut session) = session();
    let screen = answer(&mut session, &format!("\\watch {}", file.display()));
    assert_eq!(fake.borrow().ran, ["rows", "rows", "stop"]);
    assert!(screen.contains("a.aiq` changes; Ctrl-C ends it"), "{screen}");
    assert!(answer(&mut session, "\\watch no/such.aiq").contains("AIQ0654"));
}

#[test]
fn the_last_statement_is_edited() {
    let (fake, mut session) = session();
    answer(&mut session, "rows;");
    session.editor = "true".to_owned();
    assert_eq!(answer(&mut session, "\\e"), "nothing has changed, nothing is run\n");
    session.editor = "sed -i s/rows/search/".to_owned();
    assert!(answer(&mut session, "\\e").starts_with("search;\n"));
    assert_eq!(fake.borrow().ran, ["rows", "search"]);
    assert_eq!(session.edited.take(), Some(Edited::Run("search;".to_owned())));
    session.editor = "printf 'search tp' >".to_owned();
    assert_eq!(answer(&mut session, "\\e"), "");
    assert_eq!(session.edited.take(), Some(Edited::Unfinished("search tp".to_owned())));
}

#[test]
fn long_answers_are_paged_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("paged");
    let (_, session) = session();
    let mut pager = Pager::default();
    pager.set(Some(&format!("cat >> '{}'", file.display())));
    let mut session = session.with_pager(pager);
    session.resize(80, 24);
    assert!(answer(&mut session, "rows; long; rows;").lines().count() < 12);
    assert!(std::fs::read_to_string(&file).unwrap().lines().count() > 200);
    answer(&mut session, "\\pager off");
    assert!(answer(&mut session, "long;").lines().count() > 200);
}

#[test]
fn what_is_done_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("aiqrc");
    let text = "-- a start\nset;\n\\timing\n\nrows;\n\\nonsense\n\n  wrong\n;\n\\x\nset";
    std::fs::write(&file, text).unwrap();
    let (fake, mut session) = session();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert!(session.start(&file, &mut out, &mut err).is_continue());
    assert_eq!(fake.borrow().ran, ["-- a start\nset", "rows", "wrong", "set"]);
    assert_eq!(fake.borrow().layers, [Some(Layer::Rc); 4]);
    assert_eq!(fake.borrow().layer, None);
    let name = file.display().to_string();
    let err = String::from_utf8(err).unwrap().replace(&name, "aiqrc");
    insta::assert_snapshot!(err);
    // What a file runs is not the last statement.
    assert!(answer(&mut session, "\\watch").contains("there is no statement to watch"));
    assert!(answer(&mut session, "rows;").starts_with("── row 1"));
}

use std::ops::ControlFlow;
use std::path::Path;

use crate::answer::Answer;
use crate::base::error::Result;
use crate::lang::parse::parse;
use crate::session::state::Named;
use crate::session::state::Session;

fn session() -> Session {
    Session::open(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("systems")]).unwrap()
}

fn ask(session: &mut Session, text: &str) -> Result<Answer> {
    let mut last = None;
    session.run("test", text, &mut |result| {
        last = Some(result);
        ControlFlow::Continue(())
    });
    last.unwrap()
}

fn keep(session: &mut Session, name: &str, text: &str) {
    let answer = ask(session, text).unwrap();
    let question = parse("test", text).unwrap().remove(0);
    session.results.insert(name.to_owned(), Named { answer, question });
}

#[test]
fn named_results_are_tables_whenever_they_are_named() {
    let mut session = session();
    keep(&mut session, "a", "select 1 as x union all select 2 as x");
    assert_eq!(ask(&mut session, "select * from a where x > 1").unwrap().row_count(), 1);
    keep(&mut session, "b", "select x from a where x = 2");
    let joined = "select a.x from a join b using (x)";
    assert_eq!(ask(&mut session, joined).unwrap().row_count(), 1);
    keep(&mut session, "a", "select 3 as x");
    assert_eq!(ask(&mut session, joined).unwrap().row_count(), 0);
}

#[test]
fn only_files_of_the_releases_asked_for_are_read() {
    let mut session = session();
    let of = |system: &str| {
        format!(
            "select count(latency) from gemm where system = '{system}' and backend = 'trtllm' \
             and version in ('1.3.0rc20', '1.0.0rc3') and m < 100"
        )
    };
    ask(&mut session, &of("h200_sxm")).unwrap();
    assert_eq!(session.engine.catalog.files_read(), 2);
    ask(&mut session, &format!("explain {}", of("h100_sxm"))).unwrap();
    assert_eq!(session.engine.catalog.files_read(), 2, "planning reads nothing");
}

#[test]
fn latencies_have_a_unit() {
    let mut session = session();
    let sql = "select latency, gemm_latency(system, backend, version, quant, m, n, k) as ours \
               from gemm where system = 'a100_sxm' limit 1";
    let answer = ask(&mut session, sql).unwrap();
    for field in answer.schema.fields() {
        assert_eq!(field.metadata().get("unit").map(String::as_str), Some("ms"), "{field}");
    }
    assert!(answer.footer.is_none());
}

#[test]
fn columns_without_a_name_are_as_they_were_typed() {
    let mut session = session();
    let mut names = |sql: &str| {
        let answer = ask(&mut session, sql).unwrap();
        assert_eq!(answer.batches[0].schema(), answer.schema);
        let fields = answer.schema.fields().iter();
        fields.map(|f| f.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("select 1, 'x', 1 as a"), ["1", "'x'", "a"]);
    assert_eq!(names("select max(m) + 1 from gemm"), ["max(gemm.m) + 1"]);
}

#[test]
fn errors_point_at_their_place() {
    let mut session = session();
    let mut at = |sql: &str| {
        let error = ask(&mut session, &format!("select 1;\n {sql};")).unwrap_err();
        let span = error.span.unwrap();
        (error.code.as_str(), span.text[span.range].to_owned())
    };
    assert_eq!(at("select m,\n  mm, k from gemm"), ("AIQ0201", "mm".to_owned()));
    assert_eq!(at("select m from gemm\n wher x = 1 1"), ("AIQ0107", "x".to_owned()));
    let sql = "select * from gem";
    assert_eq!(at(sql), ("AIQ0237", sql.to_owned()));
}

#[test]
fn a_cancelled_statement_stops() {
    let mut session = session();
    session.cancel.cancel();
    let statement = parse("test", "select count(*) from gemm").unwrap().remove(0);
    let error = session.run_sql("select count(*) from gemm", &statement.loc).unwrap_err();
    assert_eq!(error.code, "AIQ0904");
}

#[test]
fn a_long_statement_stops_when_cancelled() {
    let mut session = session();
    let cancel = session.cancel_handle();
    let sql = "select count(*) from gemm a join gemm b on a.m + b.m > a.k + b.k \
               where a.system = 'b200_sxm' and b.system = 'b200_sxm'";
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            cancel.cancel();
        });
        ask(&mut session, sql).unwrap_err()
    });
    assert_eq!(error.code, "AIQ0904");
    let begin = std::time::Instant::now();
    // The session goes on, whatever the work left behind still does.
    let one = ask(&mut session, "select count(*) from gemm where system = 'a100_sxm'").unwrap();
    assert_eq!(one.row_count(), 1);
    assert!(begin.elapsed().as_secs() < 30, "{:?}", begin.elapsed());
}

//! What each stage makes of real questions: syntax tree, sorted clauses, plan, rows.

use std::fmt::Write;

use aiq::Answer;
use aiq::lang::ast::{EstimateInput, StatementKind};
use aiq::lang::parse::parse;
use aiq::plan::question::{NoNames, Question};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::support::read;
use crate::support::session::{must, session};

/// Lines of a plan are cut here: the shape matters, and the beginnings of conditions.
const WIDTH: usize = 100;

/// All stages of a text of one question.
fn stages(text: &str) -> String {
    let mut out = format!("{}\n", text.trim());
    let statement = parse("question.aiq", text).expect("a statement").remove(0);
    section(&mut out, "syntax tree", &tidy(&format!("{:#?}", statement.kind)));
    let (axes, clauses) = match &statement.kind {
        StatementKind::Search(search) => (search.axes.as_slice(), &search.clauses),
        StatementKind::Estimate(estimate) => match &estimate.input {
            EstimateInput::One(axes) => (axes.as_slice(), &estimate.clauses),
            EstimateInput::Relation(_) => panic!("one candidate"),
        },
        other => panic!("no question: {other:?}"),
    };
    let question = Question::new(axes, clauses, &[], &NoNames).expect("a question");
    section(&mut out, "question", &tidy(&format!("{question:#?}")));

    let mut session = session();
    let answer = must(&mut session, text);
    section(&mut out, "plan", &shape(&session.last_sql().expect("a plan")));
    section(&mut out, "rows", &rows(&answer));
    out
}

fn section(out: &mut String, name: &str, text: &str) {
    write!(out, "\n## {name}\n{}\n", text.trim_end()).expect("memory");
}

/// A dump without what is empty.
fn tidy(dump: &str) -> String {
    let empty = |line: &&str| ![": [],", ": {},", ": None,"].iter().any(|end| line.ends_with(end));
    dump.lines().filter(empty).map(|line| format!("{line}\n")).collect()
}

/// A plan without its projections, one blank for each level.
fn shape(plan: &str) -> String {
    let mut out = String::new();
    // Depths of the nodes above that are left out.
    let mut dropped: Vec<usize> = Vec::new();
    for line in plan.lines() {
        let depth = line.len() - line.trim_start().len();
        dropped.retain(|d| *d < depth);
        if line.trim_start().starts_with("Projection:") {
            dropped.push(depth);
            continue;
        }
        let level = depth / 2 - dropped.len();
        let line = plain(line.trim_start()).chars().take(WIDTH).collect::<String>();
        writeln!(out, "{}{line}", " ".repeat(level)).expect("memory");
    }
    out
}

/// A line of a plan without the types of its numbers and the usual order of its keys.
fn plain(line: &str) -> String {
    let line = line.replace(" ASC NULLS LAST", "");
    let mut parts = line.split("Float64(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(&part.replacen(')', "", 1));
    }
    out
}

/// Rows as CSV, numbers to five digits, without columns that are empty in all rows.
fn rows(answer: &Answer) -> String {
    let options = FormatOptions::new();
    let mut out = String::new();
    for batch in &answer.batches {
        let kept: Vec<usize> =
            (0..batch.num_columns()).filter(|i| has_values(batch.column(*i))).collect();
        let schema = batch.schema();
        let names: Vec<&str> = kept.iter().map(|i| schema.field(*i).name().as_str()).collect();
        writeln!(out, "{}", names.join(",")).expect("memory");
        for row in 0..batch.num_rows() {
            let cells = kept.iter().map(|i| {
                let column = batch.column(*i);
                if *column.data_type() == DataType::Float64 && !column.is_null(row) {
                    return short(column.as_primitive::<Float64Type>().value(row));
                }
                let format = ArrayFormatter::try_new(column.as_ref(), &options);
                format.expect("a column").value(row).to_string()
            });
            writeln!(out, "{}", cells.collect::<Vec<_>>().join(",")).expect("memory");
        }
    }
    out
}

fn has_values(column: &dyn Array) -> bool {
    column.null_count() < column.len()
}

/// Five digits, as far as they do not depend on the order in which a sum was added up.
fn short(n: f64) -> String {
    let rounded: f64 = format!("{n:.4e}").parse().expect("a number");
    rounded.to_string()
}

fn shipped(name: &str) -> String {
    let text = read(&format!("queries/{name}"));
    // The question without its assertions.
    text.split_inclusive(';').next().expect("a question").to_owned()
}

#[test]
fn the_main_question() {
    insta::assert_snapshot!(stages(&shipped("qwen3_32b_h200.aiq")));
}

#[test]
fn one_line() {
    insta::assert_snapshot!(stages(&shipped("one_line.aiq")));
}

#[test]
fn a_frontier() {
    insta::assert_snapshot!(stages(&shipped("pareto.aiq")));
}

#[test]
fn a_soft_target() {
    insta::assert_snapshot!(stages(
        "search tp in [1, 2, 4, 8] on h200_sxm as agg where tpot < 20ms
         prefer ttft < 300ms weight 2 maximize tokens_per_gpu top 2 per tp"
    ));
}

#[test]
fn an_estimate() {
    insta::assert_snapshot!(stages(
        "estimate tp = 2, batch = 64 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 as agg"
    ));
}

#[test]
fn pools_on_different_gpus() {
    insta::assert_snapshot!(stages(&shipped("heterogeneous.aiq")));
}

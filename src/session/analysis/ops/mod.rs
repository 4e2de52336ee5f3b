//! `explain ops`: where the time of one candidate goes, op by op.

mod lines;
mod parts;
mod table;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, bug};
use crate::base::rows::RowView;
use crate::lang::ast::is_hypothetical;
use crate::lang::ast::{
    AxisTerm, Clauses, Domain, EstimateInput, Expr, ExprKind, Loc, Name, Statement, StatementKind,
    Target,
};
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::plan::question::estimate::candidate;
use crate::plan::question::what_if::{column_of, pinned};
use crate::plan::question::{NoNames, Question};
use crate::session::state::Session;

pub(in crate::session) use lines::pass_times;
pub(in crate::session) use parts::{shares, values};

/// The metrics that are explained, each behind the phase that it is the time of.
pub(in crate::session) const METRICS: [(&str, &str); 2] =
    [("context", "ttft"), ("generation", "tpot")];

impl Session {
    pub(in crate::session) fn explain_ops(&mut self, target: &Target) -> Result<Answer> {
        let asked = self.explained(target)?;
        self.with_candidate(&asked, |session, candidate| {
            let lines = session.lines(candidate)?;
            let names = METRICS.map(|(_, metric)| metric);
            let shares = shares(session, candidate, &names, &pass_times(&lines))?;
            let mut answer = table::answer(&lines, &shares)?;
            answer.notes.extend(session.stands_in(&asked)?);
            Ok(answer)
        })
    }

    /// The question that a target comes to: one candidate.
    pub(in crate::session) fn explained(&mut self, target: &Target) -> Result<Question> {
        let (terms, mut clauses) = self.explained_terms(target)?;
        // What a deployment is made for decides how large it is.
        let asked = match target {
            Target::Row { name, .. } => &self.result(name)?.question.kind,
            Target::Question(question) => &question.kind,
        };
        if let StatementKind::Search(search) = asked {
            let own = search.clauses.clone();
            clauses.filter = own.filter;
            clauses.objective = own.objective;
            clauses.preferences = own.preferences;
        }
        self.asking(&terms, &clauses)
    }

    /// The axes and clauses that a target comes to.
    pub(in crate::session) fn explained_terms(
        &mut self,
        target: &Target,
    ) -> Result<(Vec<AxisTerm>, Clauses)> {
        match target {
            Target::Row { name, mode, rank } => {
                self.row_terms(name, mode.as_deref(), rank.as_ref())
            }
            Target::Question(question) => self.question_terms(question),
        }
    }

    fn question_terms(&mut self, question: &Statement) -> Result<(Vec<AxisTerm>, Clauses)> {
        match &question.kind {
            StatementKind::Estimate(e) => match &e.input {
                EstimateInput::One(terms) => Ok((terms.clone(), e.clauses.clone())),
                EstimateInput::Relation(_) => Err(Error::question(
                    Code::NotOneCandidate,
                    "ops are explained for one candidate",
                )
                .at(question.loc.span(), "many rows")),
            },
            StatementKind::Search(search) => {
                let answer = self.run_search(search)?;
                from_answer(
                    &self.library,
                    &answer,
                    &search.axes,
                    &search.clauses,
                    None,
                    1,
                    &question.loc,
                )
            }
            _ => Err(bug("no question")),
        }
    }

    /// The axes and clauses that give one row of a named result again.
    pub(in crate::session) fn row_terms(
        &self,
        name: &Name,
        mode: Option<&str>,
        rank: Option<&Expr>,
    ) -> Result<(Vec<AxisTerm>, Clauses)> {
        let named = self.result(name)?;
        let rank = rank_of(rank)?;
        let none = Vec::new();
        let (axes, clauses) = match &named.question.kind {
            StatementKind::Search(s) => (&s.axes, s.clauses.clone()),
            StatementKind::Estimate(e) => match &e.input {
                EstimateInput::One(terms) => (terms, e.clauses.clone()),
                EstimateInput::Relation(_) => (&none, e.clauses.clone()),
            },
            _ => return Err(bug("no question")),
        };
        from_answer(&self.library, &named.answer, axes, &clauses, mode, rank, &name.loc)
    }
}

/// The rank that is written, 1 if none is.
pub(in crate::session) fn rank_of(rank: Option<&Expr>) -> Result<usize> {
    let Some(e) = rank else { return Ok(1) };
    match crate::plan::expr::lower::known(e, &NoNames)?.as_number() {
        Some(n) if n >= 1.0 => Ok(n as usize),
        _ => Err(Error::question(Code::NoSuchRank, "a rank is a whole number from 1")
            .at(e.loc.span(), "not a rank")),
    }
}

/// A cell as text.
fn cell(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = cast(batch.column_by_name(name)?, &DataType::Utf8).ok()?;
    let column = column.as_string::<i32>().clone();
    (!column.is_null(row)).then(|| column.value(row).to_owned())
}

/// The row of that rank, among those of a mode if one is named.
pub(in crate::session) fn row_of<'a>(
    answer: &'a Answer,
    mode: Option<&str>,
    rank: usize,
    loc: &Loc,
) -> Result<(&'a RecordBatch, usize)> {
    let batch = answer.batches.first().ok_or_else(|| bug("no rows"))?;
    let rows: Vec<usize> = (0..batch.num_rows())
        .filter(|r| mode.is_none() || cell(batch, "mode", *r).as_deref() == mode)
        .collect();
    let row = rows.get(rank - 1).ok_or_else(|| {
        let of = mode.map_or_else(String::new, |m| format!(" of mode {m}"));
        let error =
            Error::question(Code::NoSuchRank, format!("the result has no row of rank {rank}{of}"))
                .at(loc.span(), format!("it has {} rows{of}", rows.len()));
        match mode {
            Some(_) => error.help("a search with `top 5 per mode` keeps rows of each mode"),
            None => error,
        }
    })?;
    Ok((batch, *row))
}

/// The axes of one row of an answer, then those of its question.
pub(in crate::session) fn from_answer(
    library: &Library,
    answer: &Answer,
    own: &[AxisTerm],
    clauses: &Clauses,
    mode: Option<&str>,
    rank: usize,
    loc: &Loc,
) -> Result<(Vec<AxisTerm>, Clauses)> {
    let (batch, row) = row_of(answer, mode, rank, loc)?;
    let text = |name: &str, row: usize| cell(batch, name, row);
    let mut terms = Vec::new();
    let mut add = |name: String, kind: ExprKind| {
        let value = Expr { kind, loc: loc.clone() };
        let name = Name { text: name, loc: loc.clone() };
        terms.push(AxisTerm { name, domain: Domain::Value(value) });
    };
    for field in batch.schema().fields() {
        let is_metric = library.is_metric(field.name());
        let Some(candidate) = candidate(library, field.name()).filter(|_| !is_metric) else {
            continue;
        };
        // Two pools on different data have no value in common.
        let Some(value) = text(field.name(), row).filter(|v| !v.contains(" + ")) else { continue };
        if candidate.is_choice {
            add(candidate.path, ExprKind::Text(value));
        } else if let Ok(n) = value.parse() {
            add(candidate.path, ExprKind::Number(n, Unit::None));
        }
    }
    let mut hypotheses = Vec::new();
    for supposed in &clauses.hypotheses {
        let name = &supposed.name;
        let cell = text(&column_of(&name.text), row).and_then(|c| c.parse().ok());
        match (cell, is_hypothetical(&name.text)) {
            (Some(cell), true) => hypotheses.push(pinned(supposed, cell)?),
            // What the row shows is multiplied already.
            (Some(cell), false) => terms.push(AxisTerm {
                name: name.clone(),
                domain: Domain::Value(Expr {
                    kind: ExprKind::Number(cell, Unit::None),
                    loc: loc.clone(),
                }),
            }),
            (None, _) => hypotheses.push(supposed.clone()),
        }
    }
    // Of several budgets the row is about that which it takes.
    let several = |t: &AxisTerm| t.name.text == "gpus" && matches!(t.domain, Domain::Items(_));
    let budget = match clauses.placements.first() {
        _ if own.iter().any(several) => {
            let used = RowView::new(batch, row).number("gpus_used");
            used.map(|used| ExprKind::Number(used, Unit::None))
        }
        Some((_, Some(gpus))) => Some(gpus.kind.clone()),
        _ => None,
    };
    terms.extend(budget.map(|kind| AxisTerm {
        name: Name { text: "gpus".to_owned(), loc: loc.clone() },
        domain: Domain::Value(Expr { kind, loc: loc.clone() }),
    }));
    terms.extend(own.iter().cloned());
    // The row fixes models, systems and modes; the rest of the clauses is about the requests.
    let (serving, mix) = (clauses.serving.clone(), clauses.mix.clone());
    let clauses = Clauses { serving, mix, hypotheses, ..Clauses::default() };
    Ok((terms, clauses))
}

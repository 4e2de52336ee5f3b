//! `diff`: what changed between two answers, row by row, and the ops that changed it; or between
//! the measurements of two releases or data directories.

mod clauses;
mod data_overlay;
mod matched;
mod place;
mod question;
mod rows;
mod summary;
mod tables;

use super::why_not::{Ops, between, cause};
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{Diff, StatementKind};
use crate::plan::question::Question;
use crate::session::state::{Named, Session};
use data_overlay::Laid;
use rows::{Change, Table};

/// Changed rows whose causes are looked for; the rest have none.
const EXPLAINED: usize = 20;

/// An answer that is compared with another.
struct Half {
    named: Named,
    /// Data of its own.
    laid: Option<Laid>,
    /// What it is called.
    said: String,
}

impl Session {
    pub(in crate::session) fn diff(&mut self, diff: &Diff) -> Result<Answer> {
        match diff {
            Diff::Results(a, b) => {
                let half = |name| -> Result<Half> {
                    let named = self.result(name)?.clone();
                    Ok(Half { named, laid: None, said: name.text.clone() })
                };
                let (a, b) = (half(a)?, half(b)?);
                self.diff_answers(a, b)
            }
            Diff::Question { search, sides } => {
                let [a, b] = [&sides[0], &sides[1]].map(|side| self.side(side));
                let (a, b) = (a?, b?);
                let (a, b) = (self.asked_with(search, a)?, self.asked_with(search, b)?);
                self.diff_answers(a, b)
            }
            Diff::Tables { table, sides, clauses } => {
                self.diff_tables(table.as_ref(), sides, clauses)
            }
        }
    }

    fn diff_answers(&mut self, mut a: Half, mut b: Half) -> Result<Answer> {
        let before = Table::new(&self.library, &a.named)?;
        let after = Table::new(&self.library, &b.named)?;
        let keys = before.keys(&after);
        let mut changes = before.changes(&after, &keys)?;
        for change in changes.iter_mut().take(EXPLAINED) {
            change.cause = self.cause_of(change, &mut a, &mut b);
        }
        let mut answer = rows::answer(&keys, &changes, [&before, &after])?;
        let count = |kind: &str| changes.iter().filter(|c| c.kind == kind).count();
        answer.notes.push(format!(
            "`{}` of {} rows of {} and {} of {}: {} entered, {} left, {} moved",
            before.metric,
            before.rows(),
            a.said,
            after.rows(),
            b.said,
            count("entered"),
            count("left"),
            count("moved"),
        ));
        if changes.len() > EXPLAINED {
            answer.notes.push(format!(
                "causes are named for the first {EXPLAINED} of {} rows; a smaller `top`, or a \
                 condition, brings others among them",
                changes.len()
            ));
        }
        Ok(answer)
    }

    /// Why a row changed: of rows in both the ops that moved it, of others what keeps it from the
    /// other answer.
    fn cause_of(&mut self, change: &Change, a: &mut Half, b: &mut Half) -> Option<String> {
        match (change.a, change.b) {
            (Some(before), Some(after)) => {
                let first = self.ops_at(a, before.row).ok()?;
                let second = self.ops_at(b, after.row).ok()?;
                moved(&first, &second)
            }
            (Some(only), None) => {
                let (reason, theirs) = self.absent(&a.named, only.row, b)?;
                Some(with_ops(reason, self.ops_at(a, only.row).ok(), theirs))
            }
            (None, Some(only)) => {
                let (reason, theirs) = self.absent(&b.named, only.row, a)?;
                Some(with_ops(reason, theirs, self.ops_at(b, only.row).ok()))
            }
            (None, None) => None,
        }
    }

    /// The ops of a row of an answer.
    fn ops_at(&mut self, half: &mut Half, row: usize) -> Result<Ops> {
        let asked = self.candidate_at(&half.named, row)?;
        self.over(&mut half.laid, |session| session.ops_of(&asked))
    }

    /// A row of an answer as a question of its own.
    fn candidate_at(&self, named: &Named, row: usize) -> Result<Question> {
        match &named.question.kind {
            StatementKind::Search(search) => {
                let batch = named.answer.batches.iter().find(|b| b.num_rows() > row);
                self.alone(search, batch.map(|b| b.slice(row, 1)).as_ref())
            }
            _ => Err(Error::question(Code::NotOneCandidate, "ops are explained for one candidate")),
        }
    }

    /// Why a row of one answer is not in another, and the ops of that candidate there.
    fn absent(
        &mut self,
        own: &Named,
        row: usize,
        other: &mut Half,
    ) -> Option<(String, Option<Ops>)> {
        let StatementKind::Search(theirs) = &other.named.question.kind else { return None };
        let batch = own.answer.batches.iter().find(|b| b.num_rows() > row)?;
        let text = format!("{} {}", other.said, other.named.question.loc.text());
        let row = batch.slice(row, 1);
        let found = self.over(&mut other.laid, |session| {
            let (reason, there) = session.why_absent(&row, (theirs, &text)).ok()?;
            Some((reason, session.ops_of(&there).ok()))
        });
        found.map(|(reason, ops)| (format!("{}: {reason}", other.said), ops))
    }
}

/// A reason, and the ops that differ, where they are known on both sides.
fn with_ops(reason: String, a: Option<Ops>, b: Option<Ops>) -> String {
    match a.zip(b).and_then(|(a, b)| moved(&a, &b)) {
        Some(ops) => format!("{reason}; {ops}"),
        None => reason,
    }
}

/// The ops that move each metric most.
fn moved(a: &Ops, b: &Ops) -> Option<String> {
    let gap = between(b, a);
    let mut said = Vec::new();
    for metric in ["ttft", "tpot"] {
        let total = gap.total(metric);
        let ops = cause(&gap, metric, total);
        if !ops.is_empty() {
            said.push(format!("{metric}: {ops}"));
        }
    }
    (!said.is_empty()).then(|| said.join("; "))
}

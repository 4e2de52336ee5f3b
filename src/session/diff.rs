//! `diff`: what changed between two answers, row by row, and the ops that changed it.

mod question;
mod rows;

use super::why_not::{Ops, between, cause};
use super::{Named, Session};
use crate::answer::Answer;
use crate::error::{Error, Result};
use crate::lang::ast::{Diff, StatementKind};
use crate::plan::question::Question;
use rows::{Change, Table};

/// Changed rows whose causes are looked for; the rest have none.
const EXPLAINED: usize = 20;

impl Session {
    pub(super) fn diff(&mut self, diff: &Diff) -> Result<Answer> {
        match diff {
            Diff::Results(a, b) => {
                let (first, second) = (self.result(a)?.clone(), self.result(b)?.clone());
                self.diff_answers((&first, &a.text), (&second, &b.text))
            }
            Diff::Question { search, sides } => {
                let [a, b] = [&sides[0], &sides[1]].map(|side| self.side(side));
                let (a, b) = (a?, b?);
                let (first, second) = (self.asked_with(search, &a)?, self.asked_with(search, &b)?);
                let names = [question::said(&a), question::said(&b)];
                self.diff_answers((&first, &names[0]), (&second, &names[1]))
            }
        }
    }

    fn diff_answers(&mut self, a: (&Named, &str), b: (&Named, &str)) -> Result<Answer> {
        let (before, after) = (Table::new(&self.library, a.0)?, Table::new(&self.library, b.0)?);
        let keys = before.keys(&after);
        let mut changes = before.changes(&after, &keys)?;
        for change in changes.iter_mut().take(EXPLAINED) {
            change.cause = self.cause_of(change, a, b);
        }
        let mut answer = rows::answer(&keys, &changes)?;
        let count = |kind: &str| changes.iter().filter(|c| c.kind == kind).count();
        answer.notes.push(format!(
            "`{}` of {} rows of {} and {} of {}: {} entered, {} left, {} moved",
            before.metric,
            before.rows(),
            a.1,
            after.rows(),
            b.1,
            count("entered"),
            count("left"),
            count("moved"),
        ));
        Ok(answer)
    }

    /// Why a row changed: of rows in both the ops that moved it, of others what keeps it from the
    /// other answer.
    fn cause_of(
        &mut self,
        change: &Change,
        a: (&Named, &str),
        b: (&Named, &str),
    ) -> Option<String> {
        match (change.a, change.b) {
            (Some(before), Some(after)) => {
                let first = self.ops_at(a.0, before.row).ok()?;
                let second = self.ops_at(b.0, after.row).ok()?;
                moved(&first, &second)
            }
            (Some(only), None) => self.absent(a.0, only.row, b),
            (None, Some(only)) => self.absent(b.0, only.row, a),
            (None, None) => None,
        }
    }

    /// The ops of a row of an answer.
    fn ops_at(&mut self, named: &Named, row: usize) -> Result<Ops> {
        let asked = self.candidate_at(named, row)?;
        self.ops_of(&asked)
    }

    /// A row of an answer as a question of its own.
    fn candidate_at(&self, named: &Named, row: usize) -> Result<Question> {
        match &named.question.kind {
            StatementKind::Search(search) => {
                let batch = named.answer.batches.iter().find(|b| b.num_rows() > row);
                self.alone(search, batch.map(|b| b.slice(row, 1)).as_ref())
            }
            _ => Err(Error::question("AIQ0225", "ops are explained for one candidate")),
        }
    }

    /// Why a row of one answer is not in another.
    fn absent(&mut self, own: &Named, row: usize, other: (&Named, &str)) -> Option<String> {
        let StatementKind::Search(theirs) = &other.0.question.kind else { return None };
        let batch = own.answer.batches.iter().find(|b| b.num_rows() > row)?;
        let text = format!("{} {}", other.1, other.0.question.loc.text());
        let reason = self.why_absent(&batch.slice(row, 1), (theirs, &text)).ok()?;
        Some(format!("{}: {reason}", other.1))
    }
}

/// The ops that move each metric most.
fn moved(a: &Ops, b: &Ops) -> Option<String> {
    let gap = between(b, a);
    let mut said = Vec::new();
    for metric in ["ttft", "tpot"] {
        let total: f64 = gap.iter().filter(|((m, _), _)| *m == metric).map(|(_, ms)| ms).sum();
        let ops = cause(&gap, metric, total);
        if !ops.is_empty() {
            said.push(format!("{metric}: {ops}"));
        }
    }
    (!said.is_empty()).then(|| said.join("; "))
}

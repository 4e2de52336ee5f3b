//! `diff`: what changed between two answers, row by row, and the ops that changed it; or between
//! the measurements of two releases or data directories.

mod candidates;
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
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{Diff, StatementKind, Target};
use crate::plan::question::Question;
use crate::session::analysis::ops::{rank_of, row_of};
use crate::session::analysis::readable::readable_about;
use crate::session::state::{Named, Session};
use candidates::Candidate;
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
            Diff::Results(both) => {
                let whole =
                    |target: &Target| matches!(target, Target::Row { mode: None, rank: None, .. });
                let [a, b] = both.as_ref();
                match whole(a) && whole(b) {
                    true => {
                        let (a, b) = (self.half(a)?, self.half(b)?);
                        self.diff_answers(a, b)
                    }
                    false => {
                        let both = [self.row_candidate(a)?, self.row_candidate(b)?];
                        self.diff_candidates(both)
                    }
                }
            }
            Diff::Question { search, sides } => {
                let [a, b] = [&sides[0], &sides[1]].map(|side| self.side(side));
                let (a, mut b) = (a?, b?);
                b.completed_by(&a);
                // Two modes have no candidate in common: their best are compared.
                let of_modes = a.is_mode() && b.is_mode();
                let (a, b) = (self.asked_with(search, a)?, self.asked_with(search, b)?);
                match of_modes {
                    true => self.diff_candidates([self.best_of(&a)?, self.best_of(&b)?]),
                    false => self.diff_answers(a, b),
                }
            }
            Diff::Tables { table, sides, clauses } => {
                self.diff_tables(table.as_ref(), sides, clauses)
            }
        }
    }

    /// A named result.
    fn half(&self, target: &Target) -> Result<Half> {
        let Target::Row { name, .. } = target else { return Err(bug("not a result")) };
        Ok(Half { named: self.result(name)?.clone(), laid: None, said: name.text.clone() })
    }

    /// A row of a named result.
    fn row_candidate(&mut self, target: &Target) -> Result<Candidate> {
        let Target::Row { name, mode, rank } = target else { return Err(bug("not a row")) };
        let asked = self.explained(target)?;
        let (mode, at) = (mode.as_deref(), rank_of(rank.as_ref())?);
        let named = self.result(name)?;
        let (batch, row) = row_of(&named.answer, mode, at, &name.loc)?;
        let of_mode = mode.map_or_else(String::new, |mode| format!(".{mode}"));
        let ranked = rank.as_ref().map_or_else(String::new, |_| format!("[{at}]"));
        let said = format!("{}{of_mode}{ranked}", name.text);
        Ok(Candidate { asked, row: batch.slice(row, 1), said })
    }

    /// The best row of an answer.
    fn best_of(&self, half: &Half) -> Result<Candidate> {
        let batch = half.named.answer.batches.iter().find(|b| b.num_rows() > 0);
        let batch = batch.ok_or_else(|| {
            Error::question(Code::NotOneCandidate, format!("no candidate of {} is feasible", half.said))
                .at(half.named.question.loc.span(), "nothing to compare")
                .help("ask this search alone, with `as` in front of the mode, to see what removes its candidates")
        })?;
        let asked = self.candidate_at(&half.named, 0)?;
        Ok(Candidate { asked, row: batch.slice(0, 1), said: half.said.clone() })
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
        let about = (["a", "b", "delta"].map(str::to_owned).to_vec(), vec!["cause".to_owned()]);
        answer.readable = readable_about(&self.library, &answer, &about)?;
        // Why one side has no rows, where the other has some.
        let none = [&a, &b].into_iter().filter(|half| !half.named.answer.feasible);
        answer.headline = none.clone().find_map(|half| {
            let why = half.named.answer.infeasible.as_ref()?.because.as_ref()?;
            Some(format!("nothing to compare: {} has no candidate, as {why}", half.said))
        });
        if let [Some(x), Some(y)] = [before.best(), after.best()] {
            answer.headline =
                Some(self.which_is_better(&before.metric, [(&a.said, x), (&b.said, y)]));
        }
        for half in none {
            answer.notes.push(format!("of {} nothing meets all conditions:", half.said));
            answer.notes.extend(half.named.answer.notes.iter().cloned());
        }
        // Releases that stand in on one side alone make a comparison one of engines.
        let data = |half: &Half| {
            half.named
                .answer
                .footer
                .iter()
                .flat_map(|footer| footer.data.clone())
                .collect::<Vec<_>>()
        };
        if data(&a) != data(&b)
            && [&a, &b].iter().any(|half| data(half).iter().any(|d| d.contains(" from ")))
        {
            answer.notes.extend(
                [&a, &b]
                    .map(|half| format!("{} is priced on {}", half.said, data(half).join(", "))),
            );
        }
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

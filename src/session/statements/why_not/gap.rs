//! The gap between two candidates, metric by metric, and the ops that make it.

use std::collections::{BTreeMap, BTreeSet};

use super::reasons::Reason;
use crate::base::error::Result;
use crate::base::rows::RowView;
use crate::lang::ast::{Better, Objective, Search, Trait};
use crate::lang::units::Unit;
use crate::plan::diagnose::Judged;
use crate::plan::question::Question;
use crate::session::analysis::ops::{METRICS, pass_times, shares};
use crate::session::analysis::rounding::{short, unit};
use crate::session::state::Session;

/// What ops contribute to each explained metric, by metric and op.
#[derive(Debug, Clone, Default)]
pub(in crate::session) struct Ops(BTreeMap<(&'static str, String), Spent>);

/// What an op contributes.
#[derive(Debug, Clone, Default)]
struct Spent {
    /// Milliseconds.
    ms: f64,
    /// The tables it is read from; none for a formula.
    tables: BTreeSet<&'static str>,
}

/// Ops that are named.
const NAMED: usize = 3;

impl Ops {
    /// All that is contributed to a metric, ms.
    pub(in crate::session) fn total(&self, metric: &str) -> f64 {
        self.0.iter().filter(|((m, _), _)| *m == metric).map(|(_, spent)| spent.ms).sum()
    }
}

impl Session {
    /// What each op contributes to the metrics of a candidate.
    pub(in crate::session) fn ops_of(&self, asked: &Question) -> Result<Ops> {
        self.with_candidate(asked, |session, candidate| {
            let lines = session.lines(candidate)?;
            let names = METRICS.map(|(_, metric)| metric);
            let shares = shares(session, candidate, &names, &pass_times(&lines))?;
            let mut ops = Ops::default();
            for ((_, metric), share) in METRICS.into_iter().zip(&shares) {
                for line in &lines {
                    let factor = share.factors.get(&line.pass).copied().unwrap_or(0.0);
                    let spent = ops.0.entry((metric, line.op.clone())).or_default();
                    spent.ms += factor * line.latency;
                    spent.tables.extend(line.table);
                }
            }
            Ok(ops)
        })
    }

    /// What the ops of one candidate take beyond those of another.
    pub(in crate::session) fn ops_between(&self, a: &Question, b: &Question) -> Result<Ops> {
        Ok(between(&self.ops_of(a)?, &self.ops_of(b)?))
    }
}

/// `a - b`, op by op.
pub(in crate::session) fn between(a: &Ops, b: &Ops) -> Ops {
    let mut gap = a.clone();
    for (key, theirs) in &b.0 {
        let spent = gap.0.entry(key.clone()).or_default();
        spent.ms -= theirs.ms;
        spent.tables.extend(&theirs.tables);
    }
    gap
}

/// The ops that make most of a gap in a metric, with the tables they are read from:
/// `gate_up (gemm) +3.1 ms, down (gemm) +2.2 ms`.
pub(in crate::session) fn cause(gap: &Ops, metric: &str, total: f64) -> String {
    let mut own: Vec<(&str, &Spent)> = (gap.0.iter())
        .filter(|((m, _), s)| *m == metric && s.ms.abs() >= 0.01 * total.abs() && s.ms != 0.0)
        .map(|((_, op), spent)| (op.as_str(), spent))
        .collect();
    own.sort_by(|a, b| b.1.ms.abs().total_cmp(&a.1.ms.abs()));
    let shown = own.iter().take(NAMED).map(|(op, spent)| {
        let sign = if spent.ms < 0.0 { "-" } else { "+" };
        let tables: Vec<&str> = spent.tables.iter().copied().collect();
        let from =
            if tables.is_empty() { String::new() } else { format!(" ({})", tables.join(", ")) };
        format!("{op}{from} {sign}{} ms", short(spent.ms.abs()))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Of each metric the candidate's value, the winner's, and by how much it is worse.
pub(super) fn gaps(
    session: &Session,
    search: &Search,
    (own, winner): (&Judged, &Judged),
    ops: &Ops,
) -> Result<Vec<Reason>> {
    let modes = session.library.modes.values().flat_map(|m| &m.scope.metrics);
    let metrics: Vec<_> = session.library.metrics.iter().chain(modes).collect();
    let direction = |name: &str| {
        let found = metrics.iter().find(|m| m.name.text == name);
        found.map(|m| (m.better.unwrap_or(Better::Higher), m.unit))
    };
    let objective = match &search.clauses.objective {
        Some(Objective::Maximize(e) | Objective::Minimize(e)) => e.loc.text().trim().to_owned(),
        _ => session.library.columns.best().to_owned(),
    };
    let mut compared: Vec<_> =
        session.library.columns.iter().filter(|c| c.is(Trait::Compared)).collect();
    compared.sort_by_key(|c| c.weight);
    let mut names = vec![objective];
    for column in compared {
        if !names.contains(&column.name.text) {
            names.push(column.name.text.clone());
        }
    }
    let mut reasons = Vec::new();
    for name in &names {
        let (Some(value), Some(best)) =
            (RowView::new(&own.row, 0).number(name), RowView::new(&winner.row, 0).number(name))
        else {
            continue;
        };
        let (better, of) = direction(name).unwrap_or((Better::Lower, Unit::None));
        let excess = match better {
            Better::Higher => best - value,
            Better::Lower => value - best,
        };
        let percent = if best == 0.0 { 0.0 } else { 100.0 * (value / best - 1.0) };
        let mut message = match excess {
            e if e > 0.0 => format!("worse: {percent:+.1} %"),
            e if e < 0.0 => format!("better: {percent:+.1} %"),
            _ => "the same".to_owned(),
        };
        message =
            format!("{}{} against {}{}, {message}", short(value), unit(of), short(best), unit(of));
        let made = cause(ops, name, value - best);
        if !made.is_empty() && value != best {
            message += &format!("; {made}");
        }
        reasons.push(Reason {
            kind: "rank",
            subject: name.clone(),
            value: Some(value),
            limit: Some(best),
            excess: Some(excess),
            message,
        });
    }
    Ok(reasons)
}

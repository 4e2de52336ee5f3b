//! Two candidates side by side: their metrics, then what each pass and each op contributes to the
//! metrics that are explained.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::RecordBatch;

use crate::answer::Answer;
use crate::base::error::Result;
use crate::base::rows::{RowView, TableBuilder};
use crate::lang::ast::Trait;
use crate::model::value::number;
use crate::plan::question::Question;
use crate::plan::question::goal::Goal;
use crate::session::analysis::ops::{METRICS, pass_times, shares};
use crate::session::analysis::readable::words;
use crate::session::state::Session;

/// A candidate that is compared with another.
pub(super) struct Candidate {
    /// As a question of its own.
    pub(super) asked: Question,
    /// Its row of the answer.
    pub(super) row: RecordBatch,
    /// What it is called.
    pub(super) said: String,
}

/// A line of the comparison: a metric, or what contributes to one.
struct Line {
    /// `metric`, `pass` or `op`.
    level: &'static str,
    /// The metric that it contributes to.
    of: Option<&'static str>,
    name: String,
    values: [Option<f64>; 2],
    unit: &'static str,
}

/// A bound holds a candidate that is this share of it; the next batch would break it.
const HELD: f64 = 0.9;

/// A smaller share of a value is rounding.
const ROUNDING: f64 = 1e-9;

impl Candidate {
    fn number(&self, metric: &str) -> Option<f64> {
        RowView::new(&self.row, 0).number(metric)
    }
}

impl Line {
    fn change(&self) -> Option<f64> {
        let (a, b) = match (self.level, self.values) {
            ("metric", [a, b]) => (a?, b?),
            // A pass that one of the two does not have is all of the change.
            (_, [a, b]) => (a.unwrap_or_default(), b.unwrap_or_default()),
        };
        Some(if (b - a).abs() <= ROUNDING * a.abs() { 0.0 } else { b - a })
    }

    fn size(&self) -> f64 {
        self.change().map_or(0.0, f64::abs)
    }
}

/// What contributes to a metric, in ms, by the level and the name.
type Contributions = BTreeMap<(&'static str, &'static str, String), f64>;

impl Session {
    pub(super) fn diff_candidates(&self, both: [Candidate; 2]) -> Result<Answer> {
        let mut lines: Vec<Line> = self.metrics_of(&both);
        let parts = both.each_ref().map(|one| self.contributions(&one.asked));
        let [a, b] = parts;
        let (a, b) = (a?, b?);
        let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
        let mut parts: Vec<Line> = Vec::new();
        for (_, metric) in METRICS {
            for level in ["pass", "op"] {
                let own = names.iter().filter(|(of, at, _)| *of == metric && *at == level);
                let mut own: Vec<Line> = own
                    .map(|key| Line {
                        level,
                        of: Some(metric),
                        name: key.2.clone(),
                        values: [a.get(key).copied(), b.get(key).copied()],
                        unit: "ms",
                    })
                    .filter(|line| line.values.iter().flatten().any(|ms| *ms != 0.0))
                    .collect();
                own.sort_by(|x, y| y.size().total_cmp(&x.size()));
                parts.append(&mut own);
            }
        }
        lines.append(&mut parts);
        let [first, second] = both.each_ref().map(|one| one.said.as_str());
        let table = TableBuilder::default()
            .texts("level", lines.iter().map(|l| l.level))
            .texts_or_null("of", lines.iter().map(|l| l.of))
            .texts("name", lines.iter().map(|l| l.name.as_str()))
            .numbers_or_null(first, lines.iter().map(|l| l.values[0]))
            .numbers_or_null(second, lines.iter().map(|l| l.values[1]))
            .numbers_or_null("change", lines.iter().map(Line::change))
            .texts("unit", lines.iter().map(|l| l.unit));
        let mut answer = Answer::rows(table.build()?);
        let metric = self.library.columns.best();
        if let [Some(a), Some(b)] = both.each_ref().map(|one| one.number(metric)) {
            answer.headline =
                Some(self.which_is_better(metric, [(&both[0].said, a), (&both[1].said, b)]));
        }
        answer.notes.extend(self.stands_in(&both[0].asked)?);
        for one in &both {
            let words = words(&self.library, &one.row).and_then(|all| all.into_iter().next()?);
            let held = self.held_by(one).map_or_else(String::new, |held| format!(", {held}"));
            answer.notes.extend(words.map(|words| format!("{}: {words}{held}", one.said)));
        }
        Ok(answer)
    }

    /// The condition that a candidate is nearest to: what keeps it from doing more.
    fn held_by(&self, one: &Candidate) -> Option<String> {
        let goal = Goal::new(None, &one.asked.filter, &[]);
        let share = |name: &str| Some(one.number(name)? / goal.at_most(name));
        let compared = self.library.columns.iter().map(|c| c.name.text.as_str());
        let bounded = compared.filter(|name| goal.at_most(name).is_finite());
        let shares = bounded.filter_map(|name| Some((name, share(name)?)));
        let (name, share) = shares.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let unit = self.library.unit_of(name).label();
        let told = |n: f64| number((n * 1e3).round() / 1e3);
        let (value, most) = (told(one.number(name)?), told(goal.at_most(name)));
        let near = if share >= HELD { "held by its bound" } else { "far from its bounds" };
        let text = format!("{near}: {name} = {value} of {most} {unit}");
        Some(text.trim_end().to_owned())
    }

    /// The metrics that candidates are compared by, what is best where a question does not say first.
    fn metrics_of(&self, [a, b]: &[Candidate; 2]) -> Vec<Line> {
        let columns = &self.library.columns;
        let mut compared: Vec<_> = columns.iter().filter(|c| c.is(Trait::Compared)).collect();
        compared.sort_by_key(|c| (c.name.text != columns.best(), c.weight));
        let line = |name: &str| {
            let values = [a.number(name), b.number(name)];
            let unit = self.library.unit_of(name).label();
            Line { level: "metric", of: None, name: name.to_owned(), values, unit }
        };
        let lines = compared.into_iter().map(|c| line(&c.name.text));
        lines.filter(|line| line.values.iter().any(Option::is_some)).collect()
    }

    /// What passes and ops contribute to the metrics that are explained.
    fn contributions(&self, asked: &Question) -> Result<Contributions> {
        self.with_candidate(asked, |session, candidate| {
            let lines = session.lines(candidate)?;
            let times = pass_times(&lines);
            let shares = shares(session, candidate, &METRICS.map(|(_, metric)| metric), &times)?;
            let mut parts = Contributions::new();
            for ((_, metric), share) in METRICS.into_iter().zip(&shares) {
                let mut add = |level, name: &str, ms: f64| {
                    *parts.entry((metric, level, name.to_owned())).or_default() += ms;
                };
                for (pass, ms) in &times {
                    add("pass", pass, share.factors.get(pass).copied().unwrap_or_default() * ms);
                }
                add("pass", "host", share.host);
                for line in &lines {
                    let factor = share.factors.get(&line.pass).copied().unwrap_or_default();
                    add("op", &line.op, factor * line.latency);
                }
            }
            Ok(parts)
        })
    }

    /// `a.disagg: tokens_per_gpu = 381.1 tokens/s, 1.07x a.agg (355.0)`
    pub(super) fn which_is_better(&self, metric: &str, both: [(&str, f64); 2]) -> String {
        let [a, b] = both;
        let lower = self.library.is_best_low(metric);
        let ((better, best), (other, value)) =
            if (b.1 >= a.1) != lower || a.1 == b.1 { (b, a) } else { (a, b) };
        let (unit, ratio) = (self.library.unit_of(metric).label(), best / value);
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        format!("{better}: {metric} = {best:.1}{unit}, {ratio:.2}x {other} ({value:.1})")
    }
}

//! Values that the question gives and no candidate has, with the reason.

use std::collections::BTreeSet;

use crate::answer::Answer;
use crate::base::error::Result;
use crate::base::rows::RowView;
use crate::lang::ast::{AxisTerm, Domain, Expr, ExprKind, Item, Name, Objective};
use crate::lang::units::Unit;
use crate::model::value::number;
use crate::plan::expr::domain::{Values, expand};
use crate::plan::question::{NoNames, Question};
use crate::plan::search::branch::{Branch, Purpose};
use crate::session::state::Session;

/// Values of one name that are looked into.
const MOST: usize = 32;

impl Session {
    /// A remark on each name of which the question gives values that no candidate can have: a rule
    /// or a missing measurement removes all that have them.
    pub(in crate::session) fn vanished(
        &self,
        asked: &Question,
        branches: &[Branch],
    ) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        // Where there is no candidate at all, another remark says why.
        if branches.iter().all(|branch| branch.impossible) {
            return Ok(notes);
        }
        for term in asked.overrides.iter().take(asked.own) {
            let gone = without_candidates(term, branches);
            if let Some(first) = gone.first() {
                let alone = AxisTerm::number(&term.name.text, *first);
                let mut narrowed = asked.clone();
                narrowed.overrides.retain(|t| t.name != term.name);
                narrowed.overrides.insert(0, alone);
                let texts: Vec<String> = gone.iter().map(|value| number(*value)).collect();
                notes.extend(self.remark(&term.name.text, &texts, &narrowed)?);
            }
        }
        for (name, values) in asked.choices.iter().filter(|(_, values)| values.len() > 1) {
            let gone: Vec<&Name> = values.iter().filter(|v| !is_of(branches, name, v)).collect();
            if let Some(first) = gone.first() {
                let mut narrowed = asked.clone();
                narrowed.choices.insert(name.clone(), vec![(*first).clone()]);
                let texts: Vec<String> = gone.iter().map(|value| value.text.clone()).collect();
                notes.extend(self.remark(name, &texts, &narrowed)?);
            }
        }
        Ok(notes)
    }

    /// A remark on an axis that is to be the most or the least and has one value.
    pub(in crate::session) fn fixed_objective(&self, asked: &Question) -> Option<String> {
        let (Objective::Maximize(aim) | Objective::Minimize(aim)) = asked.objective.as_ref()?
        else {
            return None;
        };
        let ExprKind::Name(name) = &aim.kind else { return None };
        let axes = self.all_axes();
        let axis = axes.iter().find(|axis| axis.name.text == *name)?;
        let is_tried = asked.swept().any(|swept| swept.text == *name);
        let has_several = matches!(axis.domain, Domain::Items(_)) || self.library.is_metric(name);
        (!is_tried && !has_several).then(|| {
            format!(
                "{name} is the same in every candidate; `serving {name} in [A, B, C]` tries several"
            )
        })
    }

    /// A remark on each combination of values of which the answer should have rows (`top 1 per model,
    /// system`) and has none.
    pub(in crate::session) fn without_rows(
        &self,
        asked: &Question,
        answer: &Answer,
    ) -> Result<Vec<String>> {
        let several = |name: &&Name| asked.choice("", &name.text).is_some_and(|v| v.len() > 1);
        let names: Vec<&Name> = asked.per.iter().filter(several).collect();
        if asked.per.is_empty() && answer.row_count() < asked.top {
            return Ok(self.systems_without_rows(asked, answer));
        }
        let values = |name: &Name| asked.choice("", &name.text).unwrap_or_default();
        let combinations =
            names.iter().fold(1, |count: usize, name| count.saturating_mul(values(name).len()));
        if names.is_empty() || combinations > MOST {
            return Ok(Vec::new());
        }
        let mut wanted: Vec<Vec<Name>> = vec![Vec::new()];
        for name in &names {
            let values = values(name);
            let with =
                |row: &Vec<Name>, value: &Name| [&row[..], std::slice::from_ref(value)].concat();
            wanted = wanted.iter().flat_map(|row| values.iter().map(|v| with(row, v))).collect();
        }
        let mut notes = Vec::new();
        for row in wanted {
            if has_row(answer, &names, &row) {
                continue;
            }
            let mut narrowed = asked.clone();
            let pairs = names.iter().zip(&row);
            narrowed.choices.extend(pairs.clone().map(|(n, v)| (n.text.clone(), vec![v.clone()])));
            let what: Vec<String> =
                pairs.map(|(name, value)| format!("{} = {}", name.text, value.text)).collect();
            let what = what.join(", ");
            notes.push(match self.common_reason(&narrowed)? {
                Some(reason) => format!("no candidate has {what}: {reason}"),
                None => format!("no candidate with {what} meets all conditions"),
            });
        }
        Ok(notes)
    }

    /// A remark on each system that no row of an answer with all layouts is on alone.
    fn systems_without_rows(&self, asked: &Question, answer: &Answer) -> Vec<String> {
        let systems = asked.choice("", "system").unwrap_or_default();
        let name = Name::new("system");
        let has_none = |system: &&Name| !has_row(answer, &[&name], &[(*system).clone()]);
        let without: Vec<&str> =
            systems.iter().filter(has_none).map(|system| system.text.as_str()).collect();
        if without.is_empty() || systems.len() == 1 {
            return Vec::new();
        }
        let budget = answer.assumptions.iter().find(|one| one.starts_with("gpus = "));
        let assumed =
            budget.map_or_else(String::new, |gpus| format!(" with {gpus}, which is assumed"));
        vec![format!(
            "no candidate on {} alone meets all conditions{assumed}",
            without.join(" or ")
        )]
    }

    /// `no candidate has nextn = 1 or 2: the checkpoint has no draft layers`, with the reason of the
    /// first; nothing where several conditions share in it.
    fn remark(&self, name: &str, values: &[String], one: &Question) -> Result<Option<String>> {
        let reason = self.common_reason(one)?;
        Ok(reason
            .map(|reason| format!("no candidate has {name} = {}: {reason}", values.join(" or "))))
    }

    /// A reason that removes every candidate of a question, if one alone does.
    fn common_reason(&self, one: &Question) -> Result<Option<String>> {
        let mut common: Option<BTreeSet<String>> = None;
        for branch in self.branches(one, Purpose::Diagnose)? {
            let mut fatal = BTreeSet::new();
            for (names, plan) in &branch.early {
                let Some(found) = self.removals(plan, names.len())? else { continue };
                let each = names.iter().zip(&found.each);
                let all = each.filter(|(_, removal)| removal.removed == Some(found.all));
                fatal.extend(
                    all.map(|(name, removal)| removal.message.as_ref().unwrap_or(name).clone()),
                );
            }
            common = Some(match common {
                None => fatal,
                Some(before) => before.intersection(&fatal).cloned().collect(),
            });
        }
        Ok(common.unwrap_or_default().into_iter().next())
    }
}

/// The values of a term that conditions on axes remove in every branch.
fn without_candidates(term: &AxisTerm, branches: &[Branch]) -> Vec<f64> {
    // A share is a number only beside what it is a share of.
    let plain = |e: &Expr| match e.kind {
        ExprKind::Number(_, Unit::Percent) => None,
        ExprKind::Number(value, _) => Some(value),
        _ => None,
    };
    let few = |item: &Item| match item {
        Item::One(e) => plain(e).is_some(),
        Item::Range { low, high, .. } => {
            plain(low).zip(plain(high)).is_some_and(|(low, high)| high - low <= MOST as f64)
        }
    };
    let numbers = match &term.domain {
        Domain::Items(items) if items.len() <= MOST && items.iter().all(few) => {
            expand(&term.domain, &NoNames, None).ok()
        }
        _ => None,
    };
    let Some(Values::Numbers(numbers)) = numbers else { return Vec::new() };
    let name = term.name.text.replace('.', "_");
    let of_pool = format!("_{name}");
    let survives = |value: f64| {
        branches.iter().filter(|b| !b.impossible).any(|branch| {
            let own = |column: &String| *column == name || column.ends_with(&of_pool);
            let mut columns = branch.left.iter().filter(|(column, _)| own(column)).peekable();
            columns.peek().is_none() || columns.any(|(_, left)| left.contains(&value))
        })
    };
    numbers.into_iter().filter(|value| !survives(*value)).collect()
}

/// Whether a row of an answer has these values in the columns of these names.
fn has_row(answer: &Answer, names: &[&Name], values: &[Name]) -> bool {
    answer.batches.iter().any(|batch| {
        let rows = (0..batch.num_rows()).map(|row| RowView::new(batch, row));
        let fits = |row: &RowView| {
            names
                .iter()
                .zip(values)
                .all(|(n, v)| row.text(&n.text.replace('.', "_")).as_deref() == Some(&v.text))
        };
        rows.into_iter().any(|row| fits(&row))
    })
}

/// Whether some branch has that value of a choice and any candidates.
fn is_of(branches: &[Branch], name: &str, value: &Name) -> bool {
    let mut known = branches.iter().filter(|b| b.choices.iter().any(|(n, _)| n == name)).peekable();
    known.peek().is_none()
        || known
            .any(|b| !b.impossible && b.choices.iter().any(|(n, v)| n == name && *v == value.text))
}

//! A line to try for a name of the model: how an axis, a metric or a setting stands in a question.

use crate::lang::ast::{AxisDef, AxisKind, Better, Domain, Expr, ExprKind, Item, LetDef};
use crate::plan::expr::domain::domain_text;
use crate::session::state::Session;

/// Values of an axis that are shown.
const FEW: usize = 3;

impl Session {
    /// A line to try, which parses; nothing for names of other kinds.
    pub(super) fn example(&self, name: &str) -> Option<String> {
        let axes = self.all_axes();
        if let Some(axis) = axes.into_iter().find(|a| a.name.text.eq_ignore_ascii_case(name)) {
            return of_axis(axis, &self.library.lets);
        }
        if let Some(metric) = self.library.all_metrics().find(|m| m.name.text == name) {
            return Some(match metric.better? {
                Better::Higher => format!("search maximize {name} top 3"),
                Better::Lower => format!("search minimize {name} top 3"),
            });
        }
        let setting = self.library.lets.iter().find(|l| l.name.text == name)?;
        let value = domain_text(&Domain::Value(setting.value.clone()));
        let known = !self.library.columns.meaning(name).is_empty();
        known.then(|| format!("set {name} = {value}"))
    }
}

fn of_axis(axis: &AxisDef, lets: &[LetDef]) -> Option<String> {
    let name = axis.name.text.as_str();
    let values: Vec<String> = match &axis.domain {
        Domain::Value(value) => vec![written(axis, value, lets)?],
        Domain::Items(items) => items.iter().filter_map(|item| of_item(axis, item, lets)).collect(),
    };
    let values = &values[..values.len().min(FEW)];
    let given = match values {
        [] => return None,
        [one] => format!("{name} = {one}"),
        several => format!("{name} in [{}]", several.join(", ")),
    };
    Some(match (axis.kind, name) {
        (AxisKind::Choice, "model") => format!("search for {} top 3", values[0]),
        (AxisKind::Choice, "system") => format!("search on {} * 8 top 3", values[0]),
        (AxisKind::Choice, "backend") => format!("search using {} top 3", values[0]),
        (AxisKind::Request | AxisKind::Workload, _) => format!("search serving {given} top 3"),
        _ => format!("search {given} top 3"),
    })
}

fn of_item(axis: &AxisDef, item: &Item, lets: &[LetDef]) -> Option<String> {
    match item {
        Item::One(value) => written(axis, value, lets),
        Item::Range { low, .. } => written(axis, low, lets),
    }
}

/// A value as a question has it: a setting is what it is, and where that follows from the checkpoint, as
/// precisions do, some precision.
fn written(axis: &AxisDef, value: &Expr, lets: &[LetDef]) -> Option<String> {
    match &value.kind {
        ExprKind::Number(..) | ExprKind::Text(_) => {
            Some(domain_text(&Domain::Value(value.clone())))
        }
        ExprKind::Name(name) if axis.kind == AxisKind::Choice => {
            let setting = lets.iter().find(|setting| setting.name.text == *name);
            let plain = setting.map(|s| &s.value).filter(|v| matches!(v.kind, ExprKind::Text(_)));
            Some(plain.map_or_else(|| "fp8".to_owned(), |v| domain_text(&Domain::Value(v.clone()))))
        }
        _ => None,
    }
}

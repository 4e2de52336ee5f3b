//! The question that gives a row again.

use crate::deploy::{MIX, number};
use crate::lang::ast::{AxisTerm, Clauses, Domain, Estimate, EstimateInput, Expr, ExprKind};
use crate::lang::quote::quoted;
use crate::plan::expr::domain::domain_text;
use crate::plan::question::Question;
use crate::plan::question::estimate::candidate;
use crate::session::state::Session;

impl Session {
    /// The question that prices a row which was printed as JSON, on its own GPUs. What a row does
    /// not say, such as the requests, is for the caller to add.
    pub fn estimate_of(&self, row: &serde_json::Map<String, serde_json::Value>) -> Estimate {
        let mut terms = Vec::new();
        for (column, value) in row {
            let Some(candidate) = candidate(&self.library, column) else { continue };
            let value = match value {
                // Pools of two kinds have no value in common.
                serde_json::Value::String(t) if candidate.is_choice && !t.contains(" + ") => {
                    Expr::text(t)
                }
                serde_json::Value::Number(n) if !candidate.is_choice => {
                    Expr::number(n.as_f64().unwrap_or(f64::NAN))
                }
                _ => continue,
            };
            terms.push(AxisTerm::one(candidate.path, value));
        }
        if let Some(gpus) = row.get("gpus_used").and_then(serde_json::Value::as_f64) {
            terms.push(AxisTerm::number("gpus", gpus));
        }
        Estimate { input: EstimateInput::One(terms), clauses: Clauses::default() }
    }
}

/// Axes and choices of a row as the language writes them, so that `estimate` prices it again.
pub(super) fn question_of(question: &Question, prefix: &str, gpus: u64) -> Vec<(String, String)> {
    let mut terms: Vec<(String, String)> = (question.choices.iter())
        .filter_map(|(name, values)| Some((name.clone(), quoted(&values.first()?.text))))
        .collect();
    terms.push(("gpus".to_owned(), gpus.to_string()));
    terms.extend(
        question.mix.as_ref().map(|mix| (MIX.to_owned(), mix.loc.text().trim().to_owned())),
    );
    for term in &question.overrides {
        let name = &term.name.text;
        let aside = name.starts_with(prefix) || name.starts_with("price.");
        if aside || terms.iter().any(|(known, _)| known == name) {
            continue;
        }
        let value = match &term.domain {
            Domain::Value(expr) => match &expr.kind {
                ExprKind::Number(n, _) => number(*n).to_string(),
                ExprKind::Text(text) => quoted(text),
                _ => domain_text(&term.domain),
            },
            Domain::Items(_) => domain_text(&term.domain),
        };
        terms.push((name.clone(), value));
    }
    terms
}

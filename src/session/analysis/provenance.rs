//! What a derived value stands on: the searched row, the request, the hardware, ...

use std::collections::BTreeSet;

use crate::lang::ast::{self, AxisKind, Expr, ExprKind, Item, LetDef, ListExpr};
use crate::model::library::Library;
use crate::plan::question::CHOICES;

/// Kinds of facts, in the order in which they are told.
const KINDS: [&str; 6] =
    ["searched row", "request", "hardware", "engine version", "model", "default"];
/// Choices that say which engine runs.
const ENGINE: [&str; 2] = ["backend", "version"];

/// Follows the names of expressions to what they stand on.
pub(in crate::session) struct Basis<'a> {
    library: &'a Library,
    own: &'a ast::Scope,
    seen: BTreeSet<String>,
    found: BTreeSet<usize>,
}

impl<'a> Basis<'a> {
    /// What a name stands on, in words: `searched row, engine version`.
    pub(in crate::session) fn of(name: &str, library: &'a Library, own: &'a ast::Scope) -> String {
        let mut basis = Basis { library, own, seen: BTreeSet::new(), found: BTreeSet::new() };
        basis.name(name);
        // Constants count only where there is nothing else.
        let only = basis.found.len() <= 1;
        let kinds = KINDS.iter().enumerate();
        let kept = kinds.filter(|(i, _)| basis.found.contains(i) && (only || *i < KINDS.len() - 1));
        let words: Vec<&str> = kept.map(|(_, kind)| *kind).collect();
        if words.is_empty() { "default".to_owned() } else { words.join(", ") }
    }

    fn kind(&mut self, kind: &str) {
        self.found.extend(KINDS.iter().position(|k| *k == kind));
    }

    fn name(&mut self, name: &str) {
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        if name.starts_with("system.") {
            return self.kind("hardware");
        }
        if CHOICES.contains(&name) {
            let engine = ENGINE.contains(&name);
            return self.kind(if engine { "engine version" } else { "searched row" });
        }
        let axes = self.own.axes.iter().chain(&self.library.axes);
        if let Some(axis) = axes.into_iter().find(|a| a.name.text == name) {
            let row = axis.kind == AxisKind::Worker;
            return self.kind(if row { "searched row" } else { "request" });
        }
        let lets = self.own.lets.iter().chain(&self.library.lets);
        let lets: Vec<&'a LetDef> = lets.filter(|l| l.name.text == name).collect();
        if lets.iter().any(|l| l.engine.is_some()) {
            self.kind("engine version");
        }
        let is_metric =
            self.own.metrics.iter().chain(&self.library.metrics).any(|m| m.name.text == name);
        match lets.as_slice() {
            [] if is_metric => self.kind("searched row"),
            [] => self.kind("model"),
            lets => lets.iter().for_each(|l| self.expr(&l.value)),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Call(function, arguments) => match function.as_str() {
                "fact" => self.kind("hardware"),
                "config" | "needed" => self.kind("model"),
                _ => arguments.iter().for_each(|e| self.expr(e)),
            },
            ExprKind::Neg(e) | ExprKind::Not(e) => self.expr(e),
            ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|e| self.expr(e)),
            ExprKind::If(a, b, c) => [a, b, c].into_iter().for_each(|e| self.expr(e)),
            ExprKind::In(e, items) => {
                self.expr(e);
                for item in items {
                    if let Item::One(e) = item {
                        self.expr(e);
                    }
                }
            }
            ExprKind::Sum(e, each) => {
                self.expr(e);
                if let ListExpr::Expr(list) = &each.list {
                    self.expr(list);
                }
            }
            ExprKind::Number(..) | ExprKind::Text(_) | ExprKind::Bool(_) | ExprKind::Null => {
                self.kind("default");
            }
        }
    }
}

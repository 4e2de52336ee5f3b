//! What an expression comes down to, before it is lowered: whether the whole deployment knows all
//! of it, and whether it stands on a figure that nobody gave.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::Scope;
use super::symbol::{Axis, Source, Symbol};
use super::view::View;
use crate::base::error::{Error, Result};
use crate::lang::ast::{BinaryOp, Domain, Expr, ExprKind, Item, ListExpr, RuleDef, Stride};
use crate::model::value::Value;
use crate::plan::expr::figures;
use crate::plan::expr::lower::lower;

/// What is asked of every part of an expression that has no parts of its own.
trait Question {
    /// Whether a symbol that is no definition is as wished; `None` is an unknown name.
    fn symbol(&mut self, scope: &Scope<'_>, symbol: Option<&Symbol<'_>>) -> Result<bool>;

    /// Whether a call is as wished, its arguments aside.
    fn call(&mut self, scope: &Scope<'_>, function: &str, arguments: &[Expr]) -> Result<bool>;

    /// Whether a definition is as wished, where that was found before.
    fn before(&self, _scope: &Scope<'_>, _name: &str) -> Option<bool> {
        None
    }

    /// Remembers what was found of a name.
    fn remember(&self, _scope: &Scope<'_>, _name: &str, _found: bool) {}
}

/// Whether the whole deployment knows a name, or only its pools do.
struct OfWhole;

impl Question for OfWhole {
    fn symbol(&mut self, scope: &Scope<'_>, symbol: Option<&Symbol<'_>>) -> Result<bool> {
        Ok(match symbol {
            None => false,
            // The op graph is that of the workers of a pool.
            Some(Symbol::Weights) => scope.pools.is_empty(),
            Some(Symbol::Axis(Axis { source: Source::Rows, .. })) => true,
            Some(Symbol::Axis(axis)) => !axis.of_worker || scope.pools.is_empty(),
            Some(_) => true,
        })
    }

    fn call(&mut self, _: &Scope<'_>, _: &str, _: &[Expr]) -> Result<bool> {
        Ok(true)
    }

    fn before(&self, scope: &Scope<'_>, name: &str) -> Option<bool> {
        scope.found.borrow().whole.get(name).copied()
    }

    fn remember(&self, scope: &Scope<'_>, name: &str, found: bool) {
        scope.found.borrow_mut().whole.insert(name.to_owned(), found);
    }
}

/// Whether all figures are given, and which is not.
#[derive(Default)]
struct Given {
    missing: Option<Error>,
}

impl Question for Given {
    fn symbol(&mut self, _: &Scope<'_>, _: Option<&Symbol<'_>>) -> Result<bool> {
        Ok(true)
    }

    fn call(&mut self, scope: &Scope<'_>, function: &str, arguments: &[Expr]) -> Result<bool> {
        if !figures::is_figure(function) {
            return Ok(true);
        }
        let [argument] = arguments else { return Ok(true) };
        let view = View { scope, inline: true };
        let lowered = lower(argument, &view)?;
        let text = lowered.value().and_then(Value::as_text);
        self.missing =
            text.and_then(|t| figures::missing(function, t, scope.overrides, &argument.loc));
        Ok(self.missing.is_none())
    }
}

/// Which axes there are, by their columns.
#[derive(Default)]
struct Axes {
    columns: BTreeSet<String>,
    /// Names that were walked before, each with its pool.
    walked: RefCell<BTreeSet<String>>,
}

impl Question for Axes {
    fn symbol(&mut self, _: &Scope<'_>, symbol: Option<&Symbol<'_>>) -> Result<bool> {
        if let Some(Symbol::Axis(axis)) = symbol {
            self.columns.insert(axis.column.clone());
        }
        Ok(true)
    }

    fn call(&mut self, _: &Scope<'_>, _: &str, _: &[Expr]) -> Result<bool> {
        Ok(true)
    }

    fn before(&self, scope: &Scope<'_>, name: &str) -> Option<bool> {
        self.walked.borrow().contains(&format!("{}.{name}", scope.pool)).then_some(true)
    }

    fn remember(&self, scope: &Scope<'_>, name: &str, _: bool) {
        self.walked.borrow_mut().insert(format!("{}.{name}", scope.pool));
    }
}

impl Scope<'_> {
    /// How many axes an expression comes down to.
    ///
    /// # Errors
    /// As [`Self::owns_rule`].
    pub(in crate::plan) fn count_axes(&self, expr: &Expr) -> Result<usize> {
        let mut axes = Axes::default();
        self.at.watched(self.at.class(), || self.every(expr, &mut axes, &mut Vec::new())).0?;
        Ok(axes.columns.len())
    }

    /// Whether a rule is about the whole deployment, not about the workers of its pools.
    ///
    /// # Errors
    /// Conditions that decide which part of it counts, where they cannot be lowered.
    pub(in crate::plan) fn owns_rule(&self, rule: &RuleDef) -> Result<bool> {
        if let Some(when) = &rule.when {
            if !self.owns(when)? {
                return Ok(false);
            }
            if self.lower(when)?.value().is_some_and(|v| *v != Value::Bool(true)) {
                return Ok(true);
            }
        }
        self.owns(&rule.require)
    }

    /// Whether an expression is about the whole deployment, not about the workers of its pools.
    ///
    /// # Errors
    /// As [`Self::owns_rule`].
    pub(in crate::plan) fn owns(&self, expr: &Expr) -> Result<bool> {
        self.at.watched(self.at.class(), || self.every(expr, &mut OfWhole, &mut Vec::new())).0
    }

    /// Whether a name is one of the whole deployment.
    ///
    /// # Errors
    /// As [`Self::owns_rule`].
    pub fn owns_name(&self, name: &str) -> Result<bool> {
        self.at
            .watched(self.at.class(), || self.every_of_name(name, &mut OfWhole, &mut Vec::new()))
            .0
    }

    /// The figure that a name stands on and only the user can give, as the error that its value
    /// would be.
    ///
    /// # Errors
    /// As [`Self::owns_rule`].
    pub(in crate::plan) fn missing_figure(&self, name: &str) -> Result<Option<Error>> {
        let mut given = Given::default();
        self.at
            .watched(self.at.class(), || self.every_of_name(name, &mut given, &mut Vec::new()))
            .0?;
        Ok(given.missing)
    }

    /// Whether all parts of an expression that count are as wished. `open` are the names being
    /// expanded and the variables that are bound.
    fn every(&self, expr: &Expr, wish: &mut dyn Question, open: &mut Vec<String>) -> Result<bool> {
        match &expr.kind {
            ExprKind::Number(..) | ExprKind::Text(_) | ExprKind::Bool(_) | ExprKind::Null => {
                Ok(true)
            }
            ExprKind::Name(name) => self.every_of_name(name, wish, open),
            ExprKind::Neg(inner) | ExprKind::Not(inner) => self.every(inner, wish, open),
            ExprKind::Call(function, arguments) => {
                Ok(self.each(arguments, wish, open)? && wish.call(self, function, arguments)?)
            }
            // A side or branch that is known to decide spares the other.
            ExprKind::Binary(op @ (BinaryOp::And | BinaryOp::Or), left, right) => {
                if !self.every(left, wish, open)? {
                    return Ok(false);
                }
                let decides = Value::Bool(*op == BinaryOp::Or);
                Ok(self.known(left, open)? == Some(decides) || self.every(right, wish, open)?)
            }
            ExprKind::Binary(_, left, right) => {
                Ok(self.every(left, wish, open)? && self.every(right, wish, open)?)
            }
            ExprKind::If(condition, then, otherwise) => {
                if !self.every(condition, wish, open)? {
                    return Ok(false);
                }
                match self.known(condition, open)? {
                    Some(Value::Bool(true)) => self.every(then, wish, open),
                    Some(_) => self.every(otherwise, wish, open),
                    None => Ok(self.every(then, wish, open)? && self.every(otherwise, wish, open)?),
                }
            }
            ExprKind::In(subject, items) => {
                Ok(self.every(subject, wish, open)? && self.items(items, wish, open)?)
            }
            ExprKind::Sum(term, each) => {
                let list = match &each.list {
                    ListExpr::Items(items) => self.items(items, wish, open)?,
                    ListExpr::Expr(expr) => self.every(expr, wish, open)?,
                };
                open.push(each.name.text.clone());
                let all = list && self.every(term, wish, open)?;
                open.pop();
                Ok(all)
            }
        }
    }

    /// The value of an expression without variables, if it is known.
    fn known(&self, expr: &Expr, open: &[String]) -> Result<Option<Value>> {
        let mut names = Vec::new();
        expr.names(&mut names);
        if names.iter().any(|name| open.iter().any(|o| is_of(name, o))) {
            return Ok(None);
        }
        Ok(lower(expr, &View { scope: self, inline: true })?.value().cloned())
    }

    fn each(
        &self,
        exprs: &[Expr],
        wish: &mut dyn Question,
        open: &mut Vec<String>,
    ) -> Result<bool> {
        for expr in exprs {
            if !self.every(expr, wish, open)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn items(
        &self,
        items: &[Item],
        wish: &mut dyn Question,
        open: &mut Vec<String>,
    ) -> Result<bool> {
        for item in items {
            let all = match item {
                Item::One(one) => self.every(one, wish, open)?,
                Item::Range { low, high, stride } => {
                    let step = match stride {
                        Stride::One => true,
                        Stride::Step(by) | Stride::Factor(by) => self.every(by, wish, open)?,
                    };
                    step && self.every(low, wish, open)? && self.every(high, wish, open)?
                }
            };
            if !all {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn every_of_name(
        &self,
        name: &str,
        wish: &mut dyn Question,
        open: &mut Vec<String>,
    ) -> Result<bool> {
        if open.iter().any(|o| is_of(name, o)) {
            return Ok(true);
        }
        if let Some((head, tail)) = name.split_once('.') {
            return match self.pools.iter().find(|pool| pool.pool == head) {
                Some(pool) => pool.every_of_name(tail, wish, &mut Vec::new()),
                None if head == "system" => Ok(true),
                None if self.own.simulations.iter().any(|s| s.name.text == head) => Ok(true),
                None => wish.symbol(self, None),
            };
        }
        if let Some(found) = wish.before(self, name) {
            return Ok(found);
        }
        let symbol = self.symbol(name)?;
        let mut all = wish.symbol(self, symbol.as_ref())?;
        if all {
            open.push(name.to_owned());
            all = match symbol {
                Some(Symbol::Defined(value, _)) => self.every(value, wish, open)?,
                Some(Symbol::Axis(Axis { source: Source::Default(domain), .. })) => {
                    self.domain(domain, wish, open)?
                }
                Some(Symbol::Axis(Axis { source: Source::Term(_), of_texts: true, .. })) => true,
                Some(Symbol::Axis(Axis { source: Source::Term(term), .. })) => {
                    self.domain(&term.domain, wish, open)?
                }
                Some(Symbol::OfClass(base, _)) => self.every_of_name(&base, wish, open)?,
                _ => true,
            };
            open.pop();
        }
        wish.remember(self, name, all);
        Ok(all)
    }

    fn domain(
        &self,
        domain: &Domain,
        wish: &mut dyn Question,
        open: &mut Vec<String>,
    ) -> Result<bool> {
        match domain {
            Domain::Value(expr) => self.every(expr, wish, open),
            Domain::Items(items) => self.items(items, wish, open),
        }
    }
}

/// Whether a name is a variable or a field of it.
fn is_of(name: &str, variable: &str) -> bool {
    name.strip_prefix(variable).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

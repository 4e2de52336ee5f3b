//! The parts of a deployment that get a relation each: the whole and its pools, with their passes
//! and conditions.

use super::message::Broken;
use super::{Bound, Predicate, Sides};
use crate::base::error::Result;
use crate::lang::ast::{BinaryOp, Expr, ExprKind, RuleDef};
use crate::model::value::Value;
use crate::plan::expr::lower::{check_condition, lower};
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::origin_filter::caps_origin;
use crate::plan::graph::terms::{PassTerms, pass_terms};
use crate::plan::scope::Scope;
use crate::plan::scope::view::View;

/// A deployment with everything its relations are built from.
pub struct Parts<'a> {
    /// The whole deployment.
    pub whole: Part<'a>,
    /// Its pools; none where the deployment is one pool.
    pub pools: Vec<Part<'a>>,
}

impl<'a> Parts<'a> {
    /// The passes of a deployment and its pools; conditions are added later.
    ///
    /// # Errors
    /// Unknown names in passes and architectures.
    pub fn new(scope: &'a Scope<'a>, explains: bool) -> Result<Self> {
        let pools = scope.pools.iter().map(|pool| Part::new(pool, explains));
        let pools = pools.collect::<Result<_>>()?;
        Ok(Self { whole: Part::new(scope, explains)?, pools })
    }

    /// Adds rules of the library for the engine unless the architecture has one of that name, of
    /// the architecture, of the pools and of the mode.
    ///
    /// # Errors
    /// Unknown names.
    pub fn rules(&mut self) -> Result<()> {
        let scope = self.whole.scope;
        let own = &scope.target.architecture.rules;
        let general = &scope.library.rules;
        let not_replaced = |r: &&RuleDef| own.iter().all(|o| o.name.text != r.name.text);
        // As they stand in the texts: what comes first says more.
        let mut rules: Vec<&RuleDef> =
            general.all().map(|(_, rule)| rule).filter(not_replaced).collect();
        let place = |rule: &&RuleDef| {
            let loc = &rule.name.loc;
            (loc.source.name.clone(), loc.range.start)
        };
        rules.sort_by_cached_key(place);
        for rule in rules {
            let of_engine = |part: &Part<'_>| {
                let in_force = general.get(&rule.name.text, &part.scope.target.backend);
                in_force.is_some_and(|r| std::ptr::eq(r, rule))
            };
            self.rule(rule, &of_engine)?;
        }
        own.iter().try_for_each(|rule| self.rule(rule, &|_| true))?;
        for pool in &mut self.pools {
            let scope = pool.scope;
            scope.own.rules.iter().try_for_each(|rule| pool.rule(rule))?;
        }
        scope.own.rules.iter().try_for_each(|rule| self.whole.rule(rule))?;
        // What is wrong with one value itself is said before what it makes of the deployment.
        let parts = self.pools.iter_mut().chain([&mut self.whole]);
        parts.for_each(|part| part.predicates.sort_by_key(|p| p.axes > 1));
        Ok(())
    }

    /// Adds a rule to the deployment, or to each pool if it is about workers, where it is in force.
    fn rule(&mut self, rule: &RuleDef, in_force: &dyn Fn(&Part<'_>) -> bool) -> Result<()> {
        let of_whole = self.pools.is_empty() || self.whole.scope.owns_rule(rule)?;
        let parts = match of_whole {
            true => std::slice::from_mut(&mut self.whole),
            false => self.pools.as_mut_slice(),
        };
        parts.iter_mut().filter(|part| in_force(part)).try_for_each(|part| part.rule(rule))
    }

    /// Adds a condition of the question to the deployment, or to each pool if it is about workers.
    ///
    /// # Errors
    /// Unknown names.
    pub fn condition(&mut self, condition: &Expr) -> Result<()> {
        let of_pools = !self.pools.is_empty()
            && (caps_origin(condition) || !self.whole.scope.owns(condition)?);
        if of_pools {
            return self.pools.iter_mut().try_for_each(|pool| pool.condition(condition));
        }
        self.whole.condition(condition)
    }
}

/// A scope with everything its relation is built from.
pub struct Part<'a> {
    /// The scope.
    pub scope: &'a Scope<'a>,
    /// Its passes.
    pub passes: Vec<PassTerms>,
    /// Its conditions.
    pub predicates: Vec<Predicate>,
    /// Whether it is asked what each rule says of candidates that break it.
    pub explains: bool,
}

impl<'a> Part<'a> {
    /// The passes of a scope; conditions are added later.
    ///
    /// # Errors
    /// Unknown names in passes and architectures.
    fn new(scope: &'a Scope<'a>, explains: bool) -> Result<Self> {
        let mut passes = Vec::new();
        for pass in &scope.own.passes {
            passes.extend(pass_terms(scope, pass)?);
        }
        Ok(Self { scope, passes, predicates: Vec::new(), explains })
    }

    /// Adds a rule, unless it always holds here. It must hold for every class of requests.
    ///
    /// # Errors
    /// Unknown names.
    fn rule(&mut self, rule: &RuleDef) -> Result<()> {
        let scope = self.scope;
        for class in scope.classes() {
            let before = self.predicates.len();
            let (added, varies) = scope.at.watched(class, || self.rule_of_class(rule));
            added?;
            if !varies {
                break;
            }
            for predicate in &mut self.predicates[before..] {
                predicate.name += &format!(" of {}", scope.class_name(class).unwrap_or_default());
            }
        }
        Ok(())
    }

    /// Where it is a matter of the candidate whether a rule applies, it holds where it does not.
    fn rule_of_class(&mut self, rule: &RuleDef) -> Result<()> {
        let applies = match &rule.when {
            Some(when) => self.scope.lower(when)?,
            None => Lowered::known(Value::Bool(true)),
        };
        let require = match (&rule.when, applies.value()) {
            (_, Some(Value::Bool(true))) | (None, _) => rule.require.clone(),
            (_, Some(_)) => return Ok(()),
            (Some(when), None) => unless(when, &rule.require),
        };
        let holds = self.scope.lower(&require)?;
        if holds.value() == Some(&Value::Bool(true)) {
            return Ok(());
        }
        check_condition(&holds, &rule.require)?;
        let broken = match self.explains {
            true => Some(Broken::new(self.scope, &rule.message, &require)?),
            false => None,
        };
        let sides = self.sides(&rule.require)?;
        self.add(&rule.name.text, &require, holds, broken, (true, sides))
    }

    /// Adds a condition of the question.
    ///
    /// # Errors
    /// Unknown names.
    fn condition(&mut self, condition: &Expr) -> Result<()> {
        let holds = self.scope.lower(condition)?;
        check_condition(&holds, condition)?;
        let name = condition.loc.text().split_whitespace().collect::<Vec<_>>().join(" ");
        let sides = self.sides(condition)?;
        self.add(&name, condition, holds, None, (false, sides))
    }

    /// What a comparison compares, where conditions are explained.
    fn sides(&self, expr: &Expr) -> Result<Option<Sides>> {
        let ExprKind::Binary(op, left, right) = &expr.kind else { return Ok(None) };
        if !self.explains || !op.is_comparison() {
            return Ok(None);
        }
        let subject = left.loc.text().to_owned();
        let (left, right) = (self.scope.lower(left)?, self.scope.lower(right)?);
        Ok(Some(Sides { op: *op, subject, left, right }))
    }

    fn add(
        &mut self,
        name: &str,
        expr: &Expr,
        holds: Lowered,
        broken: Option<Broken>,
        about: (bool, Option<Sides>),
    ) -> Result<()> {
        if holds.value() == Some(&Value::Bool(true)) {
            return Ok(());
        }
        let inline = if self.scope.is_priced(&holds) {
            None
        } else {
            let inline = lower(expr, &View { scope: self.scope, inline: true })?;
            let axes = self.scope.axes();
            let plain = inline.columns().iter().all(|c| axes.contains_key(c));
            (plain && is_short(&inline)).then_some(inline)
        };
        let bound = bound(self.scope, expr)?;
        let (is_rule, sides) = about;
        let axes = if is_rule && self.explains { self.scope.count_axes(expr)? } else { 0 };
        let name = name.to_owned();
        self.predicates.push(Predicate {
            name,
            holds,
            inline,
            bound,
            broken,
            is_rule,
            axes,
            sides,
        });
        Ok(())
    }
}

/// `not when or require`.
fn unless(when: &Expr, require: &Expr) -> Expr {
    let not = Expr { kind: ExprKind::Not(Box::new(when.clone())), loc: when.loc.clone() };
    let kind = ExprKind::Binary(BinaryOp::Or, Box::new(not), Box::new(require.clone()));
    Expr { kind, loc: require.loc.clone() }
}

/// Whether a condition is cheap enough to be checked in every relation that has its axes.
fn is_short(condition: &Lowered) -> bool {
    condition.expr().to_string().len() <= 240
}

/// `metric < number` in either order, for distances.
fn bound(scope: &Scope<'_>, expr: &Expr) -> Result<Option<Bound>> {
    let ExprKind::Binary(op, left, right) = &expr.kind else { return Ok(None) };
    let below = match op {
        BinaryOp::Lt | BinaryOp::Le => true,
        BinaryOp::Gt | BinaryOp::Ge => false,
        _ => return Ok(None),
    };
    let (l, r) = (scope.lower(left)?, scope.lower(right)?);
    let number = |v: &Lowered| v.value().and_then(Value::as_number);
    let (metric, value, limit, below) = match (number(&l), number(&r)) {
        (None, Some(limit)) => (left, l, limit, below),
        (Some(limit), None) => (right, r, limit, !below),
        _ => return Ok(None),
    };
    let metric = metric.loc.text().to_owned();
    Ok(Some(Bound { metric, value: value.expr(), limit, below, unit: value.unit }))
}

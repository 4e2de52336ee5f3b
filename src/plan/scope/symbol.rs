//! What a name means where it stands, decided before anything is lowered.

use super::Scope;
use super::view::View;
use crate::base::error::Result;
use crate::lang::ast::{
    AxisDef, AxisKind, AxisTerm, Domain, Expr, LetDef, Name, PassDef, ProfileDef,
};
use crate::lang::units::Unit;
use crate::model::value::Value;
use crate::perf::Origin;
use crate::plan::expr::lower::known;

/// What a name means.
#[derive(Debug, Clone)]
pub enum Symbol<'a> {
    /// A value that is known when the plan is made: a choice, the kind of the model.
    Known(Value),
    /// Bytes of weights of a rank.
    Weights,
    /// The worst origin of the passes.
    Origin,
    /// How many classes of requests there are.
    Classes,
    /// The latency of a pass.
    Pass(&'a PassDef),
    /// The latencies of a pass at several sizes.
    Profile(&'a ProfileDef),
    /// An axis.
    Axis(Axis<'a>),
    /// A definition: a metric, which has a unit, or another size.
    Defined(&'a Expr, Option<Unit>),
    /// A metric of one class of requests: `ttft_chat`.
    OfClass(String, usize),
    /// How bad an origin is.
    Rank(Origin),
}

/// Where the values of an axis come from.
#[derive(Debug, Clone)]
pub struct Axis<'a> {
    /// Its column.
    pub(super) column: String,
    /// Whether each pool has its own.
    pub(super) of_worker: bool,
    /// Whether its values are texts.
    pub(super) of_texts: bool,
    /// Where its values come from.
    pub(super) source: Source<'a>,
}

/// Where the values of an axis come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// Each row to estimate has one.
    Rows,
    /// A question, a class of requests or a setting.
    Term(&'a AxisTerm),
    /// The shipped default.
    Default(&'a Domain),
}

impl<'a> Scope<'a> {
    /// What a name without a path means here; `None` if nothing has it.
    ///
    /// # Errors
    /// Conditions of definitions and axes that are not known.
    pub fn symbol(&self, name: &str) -> Result<Option<Symbol<'a>>> {
        if let Some(choice) = self.target.choices.get(name) {
            return Ok(Some(Symbol::Known(choice.clone())));
        }
        let target = self.target;
        match name {
            "architecture" => {
                return Ok(Some(Symbol::Known(Value::text(&target.config.architecture))));
            }
            "family" => {
                return Ok(Some(Symbol::Known(Value::text(&target.architecture.name.text))));
            }
            "weights" => return Ok(Some(Symbol::Weights)),
            "origin" => return Ok(Some(Symbol::Origin)),
            "classes" => return Ok(Some(Symbol::Classes)),
            _ => {}
        }
        if let Some(pass) = self.own.passes.iter().find(|p| p.name.text == name) {
            return Ok(Some(Symbol::Pass(pass)));
        }
        if let Some(profile) = self.own.profiles.iter().find(|p| p.pass.name.text == name) {
            return Ok(Some(Symbol::Profile(profile)));
        }
        if let Some(axis) = self.axis(name)? {
            return Ok(Some(Symbol::Axis(axis)));
        }
        if let Some((value, unit)) = self.definition(name)? {
            return Ok(Some(Symbol::Defined(value, unit)));
        }
        if let Some((base, class)) = self.mix.and_then(|mix| mix.column(name))
            && self.symbol(base)?.is_some()
        {
            return Ok(Some(Symbol::OfClass(base.to_owned(), class)));
        }
        // `where origin <= interpolated`
        let origin = Origin::ALL.into_iter().find(|o| o.name() == name);
        Ok(origin.map(Symbol::Rank))
    }

    /// Whether a name, be it with a path, means anything here.
    pub(super) fn means_something(&self, name: &str) -> bool {
        let Some((head, tail)) = name.split_once('.') else {
            let class = self.at.class();
            return self.at.watched(class, || self.symbol(name)).0.is_ok_and(|s| s.is_some());
        };
        let of_pool = |pool: &Self| pool.pool == head && pool.means_something(tail);
        head == "system"
            || self.own.simulations.iter().any(|s| s.name.text == head)
            || self.pools.iter().any(|pool| of_pool(pool))
    }

    /// Whether the model text defines a name.
    ///
    /// # Errors
    /// Conditions of definitions that are not known.
    pub fn defines(&self, name: &str) -> Result<bool> {
        Ok(self.definition(name)?.is_some())
    }

    /// The definition of a name that applies, and its unit if it is a metric.
    pub(crate) fn definition(&self, name: &str) -> Result<Option<(&'a Expr, Option<Unit>)>> {
        let metrics = self.own.metrics.iter().rev().chain(&self.library.metrics);
        if let Some(m) = metrics.into_iter().find(|m| m.name.text == name) {
            return Ok(Some((&m.value, Some(m.unit))));
        }
        Ok(self.let_in_force(name)?.map(|definition| (&definition.value, None)))
    }

    /// The value of a name that applies: of the mode or pool, of the architecture, of the engine,
    /// of all engines.
    ///
    /// # Errors
    /// Conditions of definitions that are not known.
    pub(crate) fn let_in_force(&self, name: &str) -> Result<Option<&'a LetDef>> {
        let lets = (self.own.lets.iter().rev())
            .chain(self.target.architecture.lets.iter().rev())
            .chain(self.library.lets.iter().rev());
        for definition in lets.filter(|l| l.name.text == name) {
            if self.applies(definition.engine.as_ref(), definition.when.as_ref())? {
                return Ok(Some(definition));
            }
        }
        Ok(None)
    }

    /// The axis of a name, if it is one.
    fn axis(&self, name: &str) -> Result<Option<Axis<'a>>> {
        let default = self.default_axis(name)?;
        let of_worker = default.is_some_and(|d| d.kind == AxisKind::Worker);
        let of_texts = default.is_some_and(|d| d.kind == AxisKind::Choice);
        let column = if of_worker { format!("{}{name}", self.prefix) } else { name.to_owned() };
        let of_class = self.class_term(name);
        // A pool's own values win over those for all workers.
        let path = format!("{}.{name}", self.pool);
        let given = |name: &str| self.overrides.iter().find(|t| t.name.text == name);
        let source = if of_class.is_none() && self.given.columns.contains(&column) {
            Source::Rows
        } else {
            match (of_class.or_else(|| given(&path)).or_else(|| given(name)), default) {
                (Some(term), _) => Source::Term(term),
                (None, Some(default)) => Source::Default(&default.domain),
                (None, None) => return Ok(None),
            }
        };
        Ok(Some(Axis { column, of_worker, of_texts, source }))
    }

    /// The default axis of a name that applies, without counting it as used.
    ///
    /// # Errors
    /// Conditions of axes that are not known.
    pub fn default_axis(&self, name: &str) -> Result<Option<&'a AxisDef>> {
        let axes = self.own.axes.iter().rev().chain(self.library.axes.iter().rev());
        for axis in axes.filter(|a| a.name.text == name) {
            if self.applies(axis.engine.as_ref(), axis.when.as_ref())? {
                return Ok(Some(axis));
            }
        }
        Ok(None)
    }

    /// Whether a definition for one engine or under a condition applies to this target.
    fn applies(&self, engine: Option<&Name>, when: Option<&Expr>) -> Result<bool> {
        if engine.is_some_and(|engine| engine.text != self.target.backend) {
            return Ok(false);
        }
        let view = View { scope: self, inline: true };
        when.map_or(Ok(true), |when| Ok(known(when, &view)? == Value::Bool(true)))
    }
}

//! What names mean for the candidates of a deployment or of one pool of it, and which columns
//! its relation therefore needs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::DataType;
use datafusion::functions::core::expr_fn::greatest;
use datafusion::logical_expr::{Expr as Df, cast};

use super::classes::{self, At};
use super::domain::{Values, domain_text, expand};
use super::lower::{Lowered, Term, column, known, lower};
use super::mix::Mix;
use super::question::Question;
use super::scenario::SECTIONS;
use super::target::Target;
use super::value::{Value, number};
use crate::arch::library::Library;
use crate::error::{Error, Result, nearest};
use crate::lang::ast::{self, AxisKind, AxisTerm, Expr, Loc};
use crate::perf::Origin;

/// A column computed from others.
#[derive(Debug, Clone)]
pub struct Computed {
    /// Its name.
    pub name: String,
    /// Its value.
    pub expr: Df,
    /// How many computed columns it stands on.
    pub level: usize,
    /// Whether it needs the latency of a pass.
    pub priced: bool,
}

/// Where a relation of candidates comes from.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Columns that exist already, by their full name: the rows to estimate.
    pub columns: BTreeSet<String>,
    /// Least and greatest value of each, for ranges that depend on them.
    pub bounds: BTreeMap<String, (f64, f64)>,
}

pub use super::view::View;

/// What names mean, expanded in place or not, for each class of requests; and whether that differs
/// between classes.
type Memo = BTreeMap<(String, bool, Option<usize>), (Lowered, bool)>;

/// Names of the candidates of one deployment or pool.
pub struct Scope<'a> {
    /// Definitions in force.
    pub library: &'a Library,
    /// What it is about.
    pub target: &'a Target,
    /// Begins the names of its columns: empty, or `prefill_`.
    pub prefix: String,
    /// Name of the pool, empty for the whole deployment.
    pub pool: String,
    /// Its own definitions.
    pub own: &'a ast::Scope,
    /// Values the question or the session gives, best first.
    pub overrides: &'a [AxisTerm],
    /// Pools whose names may be used with their path.
    pub pools: Vec<&'a Self>,
    /// Columns that exist already.
    pub given: &'a Given,
    /// Classes of requests, if there are several.
    pub(super) mix: Option<&'a Mix>,
    /// Which class names are about, and whether they differ between classes.
    pub(super) at: At,
    axes: RefCell<BTreeMap<String, Vec<f64>>>,
    computed: RefCell<Vec<Computed>>,
    memo: RefCell<Memo>,
    busy: RefCell<Vec<(String, Option<usize>)>>,
    assumed: RefCell<BTreeMap<String, String>>,
    exports: RefCell<BTreeSet<String>>,
    unknown: RefCell<BTreeMap<String, String>>,
}

impl<'a> Scope<'a> {
    /// A scope in which nothing was asked for yet.
    pub fn new(
        library: &'a Library,
        target: &'a Target,
        pool: &str,
        own: &'a ast::Scope,
        overrides: &'a [AxisTerm],
        given: &'a Given,
    ) -> Self {
        Self {
            library,
            target,
            prefix: if pool.is_empty() { String::new() } else { format!("{pool}_") },
            pool: pool.to_owned(),
            own,
            overrides,
            pools: Vec::new(),
            given,
            mix: None,
            at: At::default(),
            axes: RefCell::default(),
            computed: RefCell::default(),
            memo: RefCell::default(),
            busy: RefCell::default(),
            assumed: RefCell::default(),
            exports: RefCell::default(),
            unknown: RefCell::default(),
        }
    }

    /// The scope of a question.
    pub fn of(
        library: &'a Library,
        target: &'a Target,
        pool: &str,
        own: &'a ast::Scope,
        asked: &'a Question,
        given: &'a Given,
    ) -> Self {
        let scope = Self::new(library, target, pool, own, &asked.overrides, given);
        Self { mix: asked.mix.as_ref(), ..scope }
    }

    /// Axes with several values that something asked for, by column name.
    pub fn axes(&self) -> BTreeMap<String, Vec<f64>> {
        self.axes.borrow().clone()
    }

    /// Whether something asked for this axis, by column name.
    pub fn uses_axis(&self, column: &str) -> bool {
        self.axes.borrow().contains_key(column)
    }

    /// Names of this pool that the whole deployment asked for.
    pub fn exports(&self) -> BTreeSet<String> {
        self.exports.borrow().clone()
    }

    /// Columns to compute, in an order in which each stands on earlier ones.
    pub fn computed(&self) -> Vec<Computed> {
        self.computed.borrow().clone()
    }

    /// Values taken from the shipped defaults, by name.
    pub fn assumed(&self) -> BTreeMap<String, String> {
        self.assumed.borrow().clone()
    }

    /// Remembers why a value that is only shown is not known.
    pub fn leave_open(&self, name: &str, why: String) {
        self.unknown.borrow_mut().insert(name.to_owned(), why);
    }

    /// Values that are not known, by name, and why.
    pub fn unknown_values(&self) -> BTreeMap<String, String> {
        self.unknown.borrow().clone()
    }

    /// Lowers an expression; definitions become columns of the relation.
    ///
    /// # Errors
    /// Unknown names, units that do not fit.
    pub fn lower(&self, expr: &Expr) -> Result<Lowered> {
        lower(expr, self)
    }

    /// The value of a name.
    ///
    /// # Errors
    /// Unknown names.
    pub fn named(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        self.lookup(name, loc, false)
    }

    /// Adds a computed column, unless the value is known or a column already.
    pub fn materialise(&self, name: &str, value: Lowered) -> Lowered {
        let Term::Row(expr) = &value.term else {
            return value;
        };
        if matches!(expr, Df::Column(_)) {
            return value;
        }
        let full = format!("{}{name}{}", self.prefix, self.suffix());
        let mut computed = self.computed.borrow_mut();
        let (mut level, mut priced) = (0, false);
        for dependency in value.columns() {
            match computed.iter().find(|c| c.name == dependency) {
                Some(c) => {
                    level = level.max(c.level);
                    priced |= c.priced;
                }
                None => priced |= self.is_pass_column(&dependency),
            }
        }
        if !computed.iter().any(|c| c.name == full) {
            let expr = expr.clone();
            computed.push(Computed { name: full.clone(), expr, level: level + 1, priced });
        }
        value.in_column(&full)
    }

    /// Whether a column is the latency of a pass.
    pub fn is_pass_column(&self, column: &str) -> bool {
        let name = column.strip_prefix(self.prefix.as_str()).map(classes::plain);
        name.is_some_and(|n| n == "origin" || self.own.passes.iter().any(|p| p.name.text == n))
    }

    /// Whether an expression reads the latency of a pass, directly or not.
    pub fn is_priced(&self, value: &Lowered) -> bool {
        let computed = self.computed.borrow();
        value
            .columns()
            .iter()
            .any(|c| self.is_pass_column(c) || computed.iter().any(|d| d.name == *c && d.priced))
    }

    pub(super) fn lookup(&self, name: &str, loc: &Loc, inline: bool) -> Result<Lowered> {
        if let Some((head, tail)) = name.split_once('.') {
            return self.path(head, tail, name, loc);
        }
        let class = self.at.class();
        let key = (name.to_owned(), inline, class);
        if let Some((found, varies)) = self.memo.borrow().get(&key) {
            self.at.note(*varies);
            return Ok(found.clone());
        }
        if self.mix.is_some() && class.is_none() {
            let found = self.of_all(name, loc, inline)?;
            self.memo.borrow_mut().insert(key, (found.clone(), false));
            return Ok(found);
        }
        let busy = (name.to_owned(), class);
        if self.busy.borrow().contains(&busy) {
            return Err(Error::question("AIQ0305", format!("`{name}` is defined by itself"))
                .at(loc.span(), "needs its own value"));
        }
        self.busy.borrow_mut().push(busy);
        let (found, varies) = self.at.watched(class, || self.find(name, loc, inline));
        self.busy.borrow_mut().pop();
        let found = found?;
        self.at.note(varies);
        self.memo.borrow_mut().insert(key, (found.clone(), varies));
        Ok(found)
    }

    fn find(&self, name: &str, loc: &Loc, inline: bool) -> Result<Lowered> {
        if let Some(choice) = self.target.choices.get(name) {
            return Ok(Lowered::known(choice.clone()));
        }
        match name {
            "architecture" => {
                return Ok(Lowered::known(Value::text(&self.target.config.architecture)));
            }
            "family" => {
                return Ok(Lowered::known(Value::text(&self.target.architecture.name.text)));
            }
            "weights" => return self.weights(inline),
            "origin" => return Ok(self.origin()),
            "classes" => return Ok(Lowered::number(self.classes().len() as f64)),
            _ => {}
        }
        if let Some(pass) = self.own.passes.iter().find(|p| p.name.text == name) {
            self.at.note(self.pass_varies(pass)?);
            return Ok(Lowered::column(&format!("{}{name}{}", self.prefix, self.suffix())));
        }
        if let Some(axis) = self.axis(name, loc, inline)? {
            return Ok(axis);
        }
        if let Some((value, unit)) = self.definition(name)? {
            let view = View { scope: self, inline };
            let lowered = lower(value, &view)?;
            let unit = unit.unwrap_or(lowered.unit);
            let lowered = lowered.times(Lowered::number(self.supposed(name)));
            let lowered = lowered.with_unit(unit);
            return Ok(if inline { lowered } else { self.materialise(name, lowered) });
        }
        if let Some(value) = self.of_class(name, loc, inline)? {
            return Ok(value);
        }
        // `where origin <= interpolated`
        if let Some(origin) = Origin::ALL.iter().find(|o| o.name() == name) {
            return Ok(Lowered::number(f64::from(*origin as u8)));
        }
        Err(self.unknown(name, loc))
    }

    /// The worst origin of the passes, as a number.
    fn origin(&self) -> Lowered {
        let number = |origin| Lowered::row(cast(origin, DataType::Float64));
        if self.pools.is_empty() {
            return number(column(&format!("{}origin", self.prefix)));
        }
        let origins = self.pools.iter().map(|p| column(&format!("{}origin", p.prefix)));
        number(greatest(origins.collect()))
    }

    /// The definition of a name that applies, and its unit if it is a metric.
    pub(crate) fn definition(
        &self,
        name: &str,
    ) -> Result<Option<(&'a Expr, Option<crate::lang::units::Unit>)>> {
        let metrics = self.own.metrics.iter().rev().chain(&self.library.metrics);
        if let Some(m) = metrics.into_iter().find(|m| m.name.text == name) {
            return Ok(Some((&m.value, Some(m.unit))));
        }
        let lets = (self.own.lets.iter().rev())
            .chain(self.target.architecture.lets.iter().rev())
            .chain(self.library.lets.iter().rev());
        for definition in lets.filter(|l| l.name.text == name) {
            let applies = match &definition.when {
                None => true,
                Some(when) => {
                    known(when, &View { scope: self, inline: true })? == Value::Bool(true)
                }
            };
            if applies {
                return Ok(Some((&definition.value, None)));
            }
        }
        Ok(None)
    }

    /// What the question supposes a name to be multiplied by.
    fn supposed(&self, name: &str) -> f64 {
        self.target.scenario.factor(&self.pool, name)
    }

    /// Whether the model text defines a name.
    ///
    /// # Errors
    /// Conditions of definitions that are not known.
    pub fn defines(&self, name: &str) -> Result<bool> {
        Ok(self.definition(name)?.is_some())
    }

    /// Whether the question, a setting or the rows to estimate give a value of this name.
    pub(super) fn is_asked(&self, name: &str) -> bool {
        let column = name.replace('.', "_");
        self.given.columns.contains(&column)
            || self.overrides.iter().any(|term| term.name.text == name)
    }

    fn axis(&self, name: &str, loc: &Loc, inline: bool) -> Result<Option<Lowered>> {
        let default = self.default_axis(name)?;
        let worker = default.is_some_and(|d| d.kind == AxisKind::Worker);
        let full = if worker { format!("{}{name}", self.prefix) } else { name.to_owned() };
        let own = self.class_term(name);
        let times = self.supposed(name);
        if own.is_none() && self.given.columns.contains(&full) {
            if times != 1.0 {
                let message = format!("`{name}` is said by each row");
                return Err(Error::question("AIQ0281", message)
                    .at(loc.span(), "has no one value to multiply"));
            }
            return Ok(Some(Lowered::column(&full)));
        }
        // A pool's own values win over those for all workers.
        let path = format!("{}.{name}", self.pool);
        let by_path = self.overrides.iter().find(|t| t.name.text == path);
        let given = own.or(by_path);
        let given = given.or_else(|| self.overrides.iter().find(|t| t.name.text == name));
        let domain = match (given, default) {
            (Some(term), _) => &term.domain,
            (None, Some(default)) => &default.domain,
            (None, None) => return Ok(None),
        };
        if worker && !self.pools.is_empty() {
            let pools: Vec<String> =
                self.pools.iter().map(|p| format!("{}.{name}", p.pool)).collect();
            return Err(Error::question(
                "AIQ0211",
                format!("`{name}` belongs to the workers of a pool"),
            )
            .at(loc.span(), "which pool?")
            .help(format!("write {}", pools.join(" or "))));
        }
        let estimate = !self.given.columns.is_empty();
        let limit = self.library.limits.get(name);
        let expanded = expand(domain, &View { scope: self, inline }, limit)?.times(times);
        if given.is_none() {
            let text = match &expanded {
                Values::Numbers(numbers) if estimate => number(first(numbers)),
                _ if times != 1.0 => format!("{} * {}", domain_text(domain), number(times)),
                _ => domain_text(domain),
            };
            self.assumed.borrow_mut().insert(full.clone(), text);
        }
        if let (Some(term), Values::One(one)) = (given, &expanded)
            && self.is_priced(one)
        {
            let message = format!("`{name}` decides what is priced");
            return Err(Error::question("AIQ0305", message)
                .at(term.name.loc.span(), "cannot follow from a time"));
        }
        let values = match expanded {
            Values::One(one) if inline => one,
            Values::One(one) => self.materialise(name, one),
            // An estimate has one value of each axis: the first.
            Values::Numbers(numbers) if estimate => Lowered::number(first(&numbers)),
            Values::Numbers(_) if self.at.varies() => {
                return Err(classes::several(name, given.map_or(loc, |t| &t.name.loc)));
            }
            Values::Numbers(numbers) => {
                self.axes.borrow_mut().insert(full.clone(), numbers);
                Lowered::column(&full)
            }
            Values::Texts(_) => {
                return Err(Error::question("AIQ0210", format!("`{name}` takes numbers"))
                    .at(loc.span(), "its values are texts"));
            }
        };
        Ok(Some(values))
    }

    /// The default axis of a name that applies, without counting it as used.
    pub fn default_axis(&self, name: &str) -> Result<Option<&'a ast::AxisDef>> {
        let axes = self.own.axes.iter().rev().chain(self.library.axes.iter().rev());
        for axis in axes.filter(|a| a.name.text == name) {
            let applies = match &axis.when {
                None => true,
                Some(when) => {
                    known(when, &View { scope: self, inline: true })? == Value::Bool(true)
                }
            };
            if applies {
                return Ok(Some(axis));
            }
        }
        Ok(None)
    }

    fn path(&self, head: &str, tail: &str, name: &str, loc: &Loc) -> Result<Lowered> {
        if head == "system" {
            let fact =
                SECTIONS.iter().find_map(|section| self.target.fact(&format!("{section}.{tail}")));
            return Ok(Lowered::known(fact.unwrap_or(Value::Null)));
        }
        let Some(pool) = self.pools.iter().find(|p| p.pool == head) else {
            return Err(self.unknown(name, loc));
        };
        let full = format!("{}{tail}", pool.prefix);
        let known_here = self.axes.borrow().contains_key(&full);
        // Axes that only the whole deployment asks for, such as the number of workers, are
        // joined after the pools were reduced.
        let late = pool.default_axis(tail)?.is_some_and(|a| a.kind == AxisKind::Worker)
            && !pool.given.columns.contains(&full)
            && !pool.uses_axis(&full);
        if known_here {
            return Ok(Lowered::column(&full));
        }
        let class = self.at.class();
        let (value, varies) = pool.at.watched(class, || pool.named(tail, loc));
        let value = value?;
        self.at.note(varies);
        if !late {
            let suffix = if varies { pool.suffix_of(class) } else { String::new() };
            pool.exports.borrow_mut().insert(format!("{tail}{suffix}"));
        }
        if late && let Some(numbers) = pool.axes.borrow_mut().remove(&full) {
            self.axes.borrow_mut().insert(full.clone(), numbers);
        }
        Ok(value)
    }

    fn unknown(&self, name: &str, loc: &Loc) -> Error {
        let names = self.vocabulary();
        let error = Error::question("AIQ0201", format!("there is no `{name}`"))
            .at(loc.span(), "unknown name");
        match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`show metrics` and `show settings` list names"),
        }
    }

    /// Names a question may use here.
    pub fn vocabulary(&self) -> BTreeSet<String> {
        let metrics = self.own.metrics.iter().chain(&self.library.metrics);
        let axes = self.own.axes.iter().chain(&self.library.axes);
        let lets = self.own.lets.iter().chain(&self.library.lets);
        (metrics.map(|m| m.name.text.clone()))
            .chain(axes.map(|a| a.name.text.clone()))
            .chain(lets.map(|l| l.name.text.clone()))
            .chain(Origin::ALL.map(|o| o.name().to_owned()))
            .collect()
    }
}

/// The value of an axis that an estimate takes.
fn first(numbers: &[f64]) -> f64 {
    numbers.first().copied().unwrap_or(f64::NAN)
}

//! Looking a name up: its symbol, lowered once and remembered.

use datafusion::arrow::datatypes::DataType;
use datafusion::functions::core::expr_fn::greatest;
use datafusion::logical_expr::cast;

use super::symbol::{Axis, Source, Symbol};
use super::view::View;
use super::{Scope, classes};
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{AxisKind, Domain, Expr, ExprKind, Item, Loc};
use crate::model::value::Value;
use crate::model::value::number;
use crate::plan::expr::domain::{Values, Written, domain_text, expand, written};
use crate::plan::expr::lower::lower;
use crate::plan::expr::lowered::{Lowered, column};
use crate::plan::question::what_if::SECTIONS;

impl Scope<'_> {
    /// The value of a name, expanded in place or as a column.
    pub(super) fn lookup(&self, name: &str, loc: &Loc, inline: bool) -> Result<Lowered> {
        if let Some((head, tail)) = name.split_once('.') {
            return self.path(head, tail, name, loc);
        }
        let class = self.at.class();
        let key = (name.to_owned(), inline, class);
        if let Some((found, varies)) = self.found.borrow().meanings.get(&key) {
            self.at.note(*varies);
            return Ok(found.clone());
        }
        if self.mix.is_some() && class.is_none() {
            let found = self.of_all(name, loc, inline)?;
            self.found.borrow_mut().meanings.insert(key, (found.clone(), false));
            return Ok(found);
        }
        let busy = (name.to_owned(), class);
        if self.found.borrow().busy.contains(&busy) {
            return Err(Error::question(
                Code::DefinedByItself,
                format!("`{name}` is defined by itself"),
            )
            .at(loc.span(), "needs its own value"));
        }
        self.found.borrow_mut().busy.push(busy);
        let (found, varies) = self.at.watched(class, || self.find(name, loc, inline));
        self.found.borrow_mut().busy.pop();
        let found = found.map_err(|error| error.seen_from(loc.span()))?;
        self.at.note(varies);
        self.found.borrow_mut().meanings.insert(key, (found.clone(), varies));
        Ok(found)
    }

    fn find(&self, name: &str, loc: &Loc, inline: bool) -> Result<Lowered> {
        let Some(symbol) = self.symbol(name)? else { return Err(self.unknown(name, loc)) };
        Ok(match symbol {
            Symbol::Known(value) => Lowered::known(value),
            Symbol::Weights => {
                let weights = self.graph.weights(self)?;
                if inline { weights } else { self.materialise("weights", weights) }
            }
            Symbol::Origin => self.origin(),
            Symbol::Classes => Lowered::number(self.classes().len() as f64),
            Symbol::Pass(pass) => {
                self.at.note(self.pass_varies(pass)?);
                Lowered::column(&format!("{}{name}{}", self.prefix, self.suffix()))
            }
            Symbol::Profile(profile) => {
                Lowered::column(&format!("{}{}", self.prefix, profile.pass.name.text))
            }
            Symbol::Axis(axis) => self.axis_value(name, &axis, loc, inline)?,
            Symbol::Defined(value, unit) => {
                let lowered = lower(value, &View { scope: self, inline })?;
                let unit = unit.unwrap_or(lowered.unit);
                let lowered = lowered.times(Lowered::number(self.supposed(name)));
                let lowered = lowered.with_unit(unit);
                if inline { lowered } else { self.materialise(name, lowered) }
            }
            Symbol::OfClass(base, class) => {
                self.at.set(Some(class), || self.lookup(&base, loc, inline))?
            }
            Symbol::Rank(origin) => Lowered::number(f64::from(origin as u8)),
        })
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

    /// What the question supposes a name to be multiplied by.
    fn supposed(&self, name: &str) -> f64 {
        self.target.scenario.factor(&self.pool, name)
    }

    fn axis_value(&self, name: &str, axis: &Axis<'_>, loc: &Loc, inline: bool) -> Result<Lowered> {
        let times = self.supposed(name);
        let (domain, given) = match axis.source {
            Source::Rows if times != 1.0 => {
                let message = format!("`{name}` is said by each row");
                return Err(Error::question(Code::NotSupposable, message)
                    .at(loc.span(), "has no one value to multiply"));
            }
            Source::Rows => return Ok(Lowered::column(&axis.column)),
            Source::Term(term) => (&term.domain, Some(term)),
            Source::Default(domain) => (domain, None),
        };
        if axis.of_worker && !self.pools.is_empty() {
            return Err(self.of_a_pool(name, loc));
        }
        let texts = given.filter(|_| axis.of_texts).map(|term| texts(&term.domain));
        let domain = texts.as_ref().unwrap_or(domain);
        let estimate = !self.given.columns.is_empty();
        let limit = self.library.limits.get(name);
        let expanded = expand(domain, &View { scope: self, inline }, limit)?.times(times);
        if given.is_none() {
            let text = match &expanded {
                Values::Numbers(numbers) if estimate => Written::Value(number(first(numbers))),
                _ if times != 1.0 => {
                    Written::Several(format!("{} * {}", domain_text(domain), number(times)))
                }
                _ => written(domain),
            };
            self.needs.borrow_mut().assumed.insert(axis.column.clone(), text);
        }
        if let (Some(term), Values::One(one)) = (given, &expanded)
            && self.at.is_pricing()
            && self.is_priced(one)
        {
            let message = format!("`{name}` decides what is priced");
            return Err(Error::question(Code::DefinedByItself, message)
                .at(term.name.loc.span(), "cannot follow from a time"));
        }
        Ok(match expanded {
            Values::One(one) if inline => one,
            Values::One(one) => self.materialise(name, one),
            // An estimate has one value of each axis: the first.
            Values::Numbers(numbers) if estimate => Lowered::number(first(&numbers)),
            Values::Numbers(_) if self.at.varies() => {
                return Err(classes::several(name, given.map_or(loc, |t| &t.name.loc)));
            }
            Values::Numbers(numbers) => {
                self.needs.borrow_mut().axes.insert(axis.column.clone(), numbers);
                Lowered::column(&axis.column)
            }
            Values::Texts(_) => {
                let takes = if axis.of_texts { "one text" } else { "numbers" };
                let loc = given.map_or(loc, |term| &term.name.loc);
                return Err(Error::question(Code::BadAxis, format!("`{name}` takes {takes}"))
                    .at(loc.span(), "its values are texts"));
            }
        })
    }

    fn of_a_pool(&self, name: &str, loc: &Loc) -> Error {
        let pools: Vec<String> = self.pools.iter().map(|p| format!("{}.{name}", p.pool)).collect();
        let message = format!("`{name}` belongs to the workers of a pool");
        Error::question(Code::WhichPool, message)
            .at(loc.span(), "which pool?")
            .help(format!("write {}", pools.join(" or ")))
    }

    fn path(&self, head: &str, tail: &str, name: &str, loc: &Loc) -> Result<Lowered> {
        if head == "system" {
            let fact =
                SECTIONS.iter().find_map(|section| self.target.fact(&format!("{section}.{tail}")));
            return Ok(Lowered::known(fact.unwrap_or(Value::Null)));
        }
        if let Some(simulation) = self.own.simulations.iter().find(|s| s.name.text == head) {
            return self.simulated(simulation, tail, loc);
        }
        let Some(pool) = self.pools.iter().find(|p| p.pool == head) else {
            return Err(self.unknown(name, loc));
        };
        let full = format!("{}{tail}", pool.prefix);
        let known_here = self.uses_axis(&full);
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
            pool.needs.borrow_mut().exports.insert(format!("{tail}{suffix}"));
        }
        if late && let Some(numbers) = pool.needs.borrow_mut().axes.remove(&full) {
            self.needs.borrow_mut().axes.insert(full.clone(), numbers);
        }
        Ok(value)
    }

    fn unknown(&self, name: &str, loc: &Loc) -> Error {
        let names = self.vocabulary();
        let error = Error::question(Code::NoSuchName, format!("there is no `{name}`"))
            .at(loc.span(), "unknown name");
        // Answers have the columns of pools under this name.
        if let Some((pool, rest)) = name.split_once('_')
            && self.pools.iter().any(|p| p.pool == pool)
        {
            return error.help(format!("of a pool it is `{pool}.{rest}`"));
        }
        if self.library.quants.get(name).is_some() {
            return error.help(format!(
                "a precision is tried by `search gemm = {name}` (`help precisions`)"
            ));
        }
        match self.library.columns.guess(name, names.iter().map(String::as_str)) {
            Some(help) => error.help(help),
            None => error.help("`show metrics` and `show settings` list names"),
        }
    }
}

/// The values of an axis of texts, which need no quotes.
fn texts(domain: &Domain) -> Domain {
    let text = |e: &Expr| match &e.kind {
        ExprKind::Name(name) => Expr { kind: ExprKind::Text(name.clone()), loc: e.loc.clone() },
        _ => e.clone(),
    };
    match domain {
        Domain::Value(value) => Domain::Value(text(value)),
        Domain::Items(items) => Domain::Items(
            items
                .iter()
                .map(|item| match item {
                    Item::One(value) => Item::One(text(value)),
                    range @ Item::Range { .. } => range.clone(),
                })
                .collect(),
        ),
    }
}

/// The value of an axis that an estimate takes.
fn first(numbers: &[f64]) -> f64 {
    numbers.first().copied().unwrap_or(f64::NAN)
}

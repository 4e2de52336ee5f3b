//! Names in a mix. A name is about one class of requests, or about all of them: then it has the
//! mean of its values over the requests, unless its definition says otherwise with `mean`,
//! `largest` or `smallest`. What does not depend on the requests is the same for all classes and
//! is computed once.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use datafusion::functions::core::expr_fn::{greatest, least};
use datafusion::logical_expr::{Expr as Df, lit, when};

use crate::plan::expr::lower::{Lowered, Mixed, Names, bug, lower};
use crate::plan::question::mix::Mix;
use super::Scope;
use crate::plan::graph::terms::terms_of;
use crate::arch::value::Value;
use crate::error::{Error, Result};
use crate::lang::ast::{AxisTerm, Expr, Loc, PassDef};

/// Stands between a name and the class that a column is about.
const MARK: char = '@';

/// The name in a column of a class.
pub(in crate::plan) fn plain(column: &str) -> &str {
    column.split_once(MARK).map_or(column, |(name, _)| name)
}

/// Which class names are about.
#[derive(Default)]
pub(in crate::plan) struct At {
    class: Cell<Option<usize>>,
    varies: Cell<bool>,
    passes: RefCell<BTreeMap<String, bool>>,
}

impl At {
    /// The class; `None` for all of them.
    pub(in crate::plan) fn class(&self) -> Option<usize> {
        self.class.get()
    }

    /// Whether what is being looked at differs between classes.
    pub(in crate::plan) fn varies(&self) -> bool {
        self.varies.get()
    }

    /// Notes that something was met, and whether it differs between classes.
    pub(in crate::plan) fn note(&self, varies: bool) {
        self.varies.set(self.varies.get() || varies);
    }

    /// Lets `then` see the names of a class, and says whether anything it met differs between
    /// classes.
    pub(in crate::plan) fn watched<R>(&self, class: Option<usize>, then: impl FnOnce() -> R) -> (R, bool) {
        let before = (self.class.replace(class), self.varies.replace(false));
        let result = then();
        self.class.set(before.0);
        (result, self.varies.replace(before.1))
    }

    /// Lets `then` see the names of a class.
    pub(in crate::plan) fn set<R>(&self, class: Option<usize>, then: impl FnOnce() -> R) -> R {
        self.watched(class, then).0
    }
}

impl Scope<'_> {
    /// The classes to look at one by one: none where all requests are alike.
    pub(in crate::plan) fn classes(&self) -> Vec<Option<usize>> {
        match self.mix {
            None => vec![None],
            Some(mix) => (0..mix.classes.len()).map(Some).collect(),
        }
    }

    /// What numbers are in each class, with its name (none if there is only one) and its share.
    ///
    /// # Errors
    /// Names that are unknown or no number yet.
    pub(crate) fn of_each_class(
        &self,
        names: &[&str],
        loc: &Loc,
    ) -> Result<Vec<(String, f64, Vec<f64>)>> {
        let number = |name: &&str| {
            let value = self.named(name, loc)?.value().and_then(Value::as_number);
            value.ok_or_else(|| bug(format!("`{name}` is no number")))
        };
        let shares = self.shares();
        let classes = self.classes().into_iter().enumerate();
        classes
            .map(|(i, class)| {
                let values: Result<_> = self.at.set(class, || names.iter().map(number).collect());
                let name = self.class_name(class).unwrap_or_default().to_owned();
                Ok((name, shares.get(i).copied().unwrap_or(1.0), values?))
            })
            .collect()
    }

    /// What a class is called.
    pub(crate) fn class_name(&self, class: Option<usize>) -> Option<&str> {
        Some(self.mix?.classes.get(class?)?.name.as_str())
    }

    /// Ends the columns of what differs between classes.
    pub(in crate::plan) fn suffix(&self) -> String {
        if self.at.varies() { self.suffix_of(self.at.class()) } else { String::new() }
    }

    /// Ends the columns of a class.
    pub(in crate::plan) fn suffix_of(&self, class: Option<usize>) -> String {
        self.class_name(class).map_or_else(String::new, |name| format!("{MARK}{name}"))
    }

    /// What the class says of a name; notes where any class says something.
    pub(in crate::plan) fn class_term(&self, name: &str) -> Option<&AxisTerm> {
        let mix = self.mix.filter(|m| m.gives(name))?;
        self.at.note(true);
        mix.classes.get(self.at.class()?)?.terms.iter().find(|t| t.name.text == name)
    }

    /// The value of a name for all classes together.
    pub(in crate::plan) fn of_all(&self, name: &str, loc: &Loc, inline: bool) -> Result<Lowered> {
        let mut values = Vec::new();
        for class in self.classes() {
            let (value, varies) = self.at.watched(class, || self.lookup(name, loc, inline));
            let value = value?;
            if !varies {
                return Ok(value);
            }
            values.push(value);
        }
        let unit = values[0].unit;
        let mean = mean(&self.shares(), &values).ok_or_else(|| varied(name, loc))?;
        let mean = mean.with_unit(unit);
        Ok(if inline { mean } else { self.at.set(None, || self.materialise(name, mean)) })
    }

    /// The value that a column of one class has: `ttft_chat`.
    pub(in crate::plan) fn of_class(&self, name: &str, loc: &Loc, inline: bool) -> Result<Option<Lowered>> {
        let Some((base, class)) = self.mix.and_then(|mix| mix.column(name)) else {
            return Ok(None);
        };
        match self.at.set(Some(class), || self.lookup(base, loc, inline)) {
            Err(error) if error.code == "AIQ0201" => Ok(None),
            found => found.map(Some),
        }
    }

    /// Whether the ops of a pass differ between classes.
    pub(in crate::plan) fn pass_varies(&self, pass: &PassDef) -> Result<bool> {
        if self.mix.is_none() {
            return Ok(false);
        }
        let name = &pass.name.text;
        if let Some(known) = self.at.passes.borrow().get(name) {
            return Ok(*known);
        }
        let (terms, varies) = self.at.watched(Some(0), || terms_of(self, pass));
        terms?;
        self.at.passes.borrow_mut().insert(name.clone(), varies);
        Ok(varies)
    }

    /// The classes that a pass is priced for one by one.
    pub(in crate::plan) fn classes_of(&self, pass: &PassDef) -> Result<Vec<Option<usize>>> {
        let all = self.classes();
        Ok(if self.pass_varies(pass)? { all } else { all.into_iter().take(1).collect() })
    }

    /// Ends the columns of a pass.
    pub(in crate::plan) fn pass_suffix(&self, pass: &PassDef) -> String {
        match self.at.passes.borrow().get(&pass.name.text) {
            Some(true) => self.suffix_of(self.at.class()),
            _ => String::new(),
        }
    }

    /// Columns of a pass, each with the class it is about.
    pub(crate) fn pass_columns(&self, pass: &PassDef) -> Result<Vec<(String, Option<usize>)>> {
        let varies = self.pass_varies(pass)?;
        let column = |class: Option<usize>| {
            let class = class.filter(|_| varies);
            (format!("{}{}{}", self.prefix, pass.name.text, self.suffix_of(class)), class)
        };
        Ok(self.classes_of(pass)?.into_iter().map(column).collect())
    }
}

impl<'a> Scope<'a> {
    /// Lets `then` see the names of a class, and says whether anything it met differs between
    /// classes.
    pub(crate) fn watched<R>(&self, class: Option<usize>, then: impl FnOnce() -> R) -> (R, bool) {
        self.at.watched(class, then)
    }

    /// Classes of requests, if there are several.
    pub(crate) fn mix(&self) -> Option<&'a Mix> {
        self.mix
    }
}

impl Mixed for Scope<'_> {
    fn shares(&self) -> Vec<f64> {
        self.mix.map_or_else(Vec::new, |m| m.classes.iter().map(|c| c.share).collect())
    }

    fn at_class(&self, class: usize, then: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.at.set(Some(class), then)
    }
}

/// Functions over the classes of a mix.
const FUNCTIONS: [&str; 3] = ["mean", "largest", "smallest"];

/// Whether a function is one over the classes of a mix.
pub(crate) fn is_over_classes(function: &str) -> bool {
    FUNCTIONS.contains(&function)
}

/// `mean(a)`, `mean(a, weight)`, `largest(a)`, `smallest(a)`: where all requests are alike, `a`.
///
/// # Errors
/// `AIQ0207` for other arguments, `AIQ0276` for what has no mean.
pub(in crate::plan) fn over(
    function: &str,
    arguments: &[Expr],
    names: &dyn Names,
    loc: &Loc,
) -> Result<Lowered> {
    let (value, weight) = match (function, arguments) {
        (_, [value]) => (value, None),
        ("mean", [value, weight]) => (value, Some(weight)),
        _ => {
            return Err(Error::question("AIQ0207", format!("`{function}` has other arguments"))
                .at(loc.span(), "cannot be called like this")
                .help("write mean(a), mean(a, weight), largest(a) or smallest(a)"));
        }
    };
    let Some(mixed) = names.mixed() else { return lower(value, names) };
    let (mut shares, mut values, mut weights) = (mixed.shares(), Vec::new(), Vec::new());
    for class in 0..shares.len() {
        mixed.at_class(class, &mut || {
            values.push(lower(value, names)?);
            weights.extend(weight.map(|w| lower(w, names)).transpose()?);
            Ok(())
        })?;
    }
    let unit = values.first().map(|v| v.unit).unwrap_or_default();
    if weight.is_some() {
        let known: Option<Vec<f64>> = weights.iter().map(number).collect();
        match known {
            Some(known) => {
                let weighted: Vec<f64> = shares.iter().zip(known).map(|(s, w)| s * w).collect();
                let sum: f64 = weighted.iter().sum();
                if sum > 0.0 {
                    shares = weighted.iter().map(|w| w / sum).collect();
                }
            }
            None => {
                let products: Vec<Lowered> =
                    values.iter().zip(&weights).map(|(v, w)| v.clone().times(w.clone())).collect();
                let sums = mean(&shares, &products).zip(mean(&shares, &weights));
                let plain = mean(&shares, &values);
                let ((products, weights), plain) =
                    sums.zip(plain).ok_or_else(|| varied(value.loc.text(), loc))?;
                // Where nothing weighs anything, all weigh the same.
                let weighted = when(weights.expr().eq(lit(0.0)), plain.expr())
                    .otherwise(products.expr() / weights.expr());
                return Ok(Lowered::row(weighted.map_err(bug)?).with_unit(unit));
            }
        }
    }
    let found = match function {
        "largest" => extreme(&values, f64::max, greatest),
        "smallest" => extreme(&values, f64::min, least),
        _ => mean(&shares, &values),
    };
    Ok(found.ok_or_else(|| varied(value.loc.text(), loc))?.with_unit(unit))
}

/// What classes do not agree in and has no mean.
pub(in crate::plan) fn varied(name: &str, loc: &Loc) -> Error {
    Error::question("AIQ0276", format!("`{name}` differs between the classes of the mix"))
        .at(loc.span(), "has no mean")
        .help("ask for one class with `serving isl = ...`")
}

/// An axis of several values of which some classes have one of their own.
pub(in crate::plan) fn several(name: &str, loc: &Loc) -> Error {
    let text =
        format!("some classes of the mix have their own `{name}`, the others several values");
    Error::question("AIQ0276", text)
        .at(loc.span(), "one value beside the mix")
        .help(format!("give `{name}` one value here, or every class its own"))
}

fn number(value: &Lowered) -> Option<f64> {
    value.value().and_then(Value::as_number)
}

/// The mean of numbers; of anything else the one value, if all have it.
fn mean(shares: &[f64], values: &[Lowered]) -> Option<Lowered> {
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    if let Some(numbers) = numbers {
        // Equal numbers have exactly themselves as mean.
        let first = numbers.first()?;
        let beyond: f64 = shares.iter().zip(&numbers).map(|(share, n)| share * (n - first)).sum();
        return Some(Lowered::number(first + beyond));
    }
    if let Some(one) = the_one(values) {
        return one;
    }
    let first = values.first()?;
    if values.iter().all(|v| v.expr() == first.expr()) {
        return Some(first.clone());
    }
    if values.iter().any(Lowered::is_condition) {
        return None;
    }
    let parts = shares.iter().zip(values).map(|(share, v)| lit(*share) * v.expr());
    parts.reduce(|a, b| a + b).map(Lowered::row)
}

/// Where some value is no number: the one that all have, if there is one.
fn the_one(values: &[Lowered]) -> Option<Option<Lowered>> {
    let other = |v: &Lowered| v.value().is_some_and(|v| v.as_number().is_none());
    if !values.iter().any(other) {
        return None;
    }
    let first = values.first()?;
    let null = values.iter().any(|v| v.value() == Some(&Value::Null));
    if null {
        return Some(Some(Lowered::known(Value::Null)));
    }
    Some(values.iter().all(|v| v.value() == first.value()).then(|| first.clone()))
}

fn extreme(
    values: &[Lowered],
    known: impl Fn(f64, f64) -> f64,
    row: impl Fn(Vec<Df>) -> Df,
) -> Option<Lowered> {
    let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
    if let Some(numbers) = numbers {
        return numbers.into_iter().reduce(known).map(Lowered::number);
    }
    if let Some(one) = the_one(values) {
        return one;
    }
    let mut exprs: Vec<Df> = values.iter().map(Lowered::expr).collect();
    exprs.dedup();
    match exprs.as_slice() {
        [_] => values.first().cloned(),
        _ if values.iter().any(Lowered::is_condition) => None,
        _ => Some(Lowered::row(row(exprs))),
    }
}

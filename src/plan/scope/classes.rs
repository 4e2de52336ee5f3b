//! Names in a mix. A name is about one class of requests, or about all of them: then it has the
//! mean of its values over the requests, unless its definition says otherwise with `mean`,
//! `largest` or `smallest`. What does not depend on the requests is the same for all classes and
//! is computed once.

use super::Scope;
use super::columns::MARK;
use crate::base::error::{Code, Error, Result, bug};
use crate::lang::ast::{AxisTerm, Loc, PassDef};
use crate::model::value::Value;
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::Mixed;
use crate::plan::expr::over_classes::{mean, varied};
use crate::plan::question::mix::Mix;

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

    /// Whether the ops of a pass differ between classes.
    pub(in crate::plan) fn pass_varies(&self, pass: &PassDef) -> Result<bool> {
        if self.mix.is_none() {
            return Ok(false);
        }
        let name = &pass.name.text;
        if let Some(known) = self.found.borrow().passes.get(name) {
            return Ok(*known);
        }
        let (read, varies) = self.at.watched(Some(0), || self.graph.reads(self, pass));
        read?;
        self.found.borrow_mut().passes.insert(name.clone(), varies);
        Ok(varies)
    }

    /// The classes that a pass is priced for one by one.
    pub(in crate::plan) fn classes_of(&self, pass: &PassDef) -> Result<Vec<Option<usize>>> {
        let all = self.classes();
        Ok(if self.pass_varies(pass)? { all } else { all.into_iter().take(1).collect() })
    }

    /// Ends the columns of a pass.
    pub(in crate::plan) fn pass_suffix(&self, pass: &PassDef) -> String {
        match self.found.borrow().passes.get(&pass.name.text) {
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
    /// What the class says of a name; notes where any class says something.
    pub(in crate::plan) fn class_term(&self, name: &str) -> Option<&'a AxisTerm> {
        let mix = self.mix.filter(|m| m.gives(name))?;
        self.at.note(true);
        mix.classes.get(self.at.class()?)?.terms.iter().find(|t| t.name.text == name)
    }

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

/// An axis of several values of which some classes have one of their own.
pub(in crate::plan) fn several(name: &str, loc: &Loc) -> Error {
    let text =
        format!("some classes of the mix have their own `{name}`, the others several values");
    Error::question(Code::NoMeanOverClasses, text)
        .at(loc.span(), "one value beside the mix")
        .help(format!("give `{name}` one value here, or every class its own"))
}

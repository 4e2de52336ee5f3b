//! Mixes: classes of requests that the same workers serve.

use crate::plan::expr::names::Names;
use std::collections::BTreeSet;

use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{self, AxisKind, AxisTerm, Domain, Expr, Loc, Name};
use crate::lang::units::Unit;
use crate::model::library::Library;
use crate::plan::expr::lower::known;

/// Shares that miss 100 % by less are taken as if they did not.
const ROUNDING: f64 = 1e-9;

/// Classes of requests.
#[derive(Debug, Clone)]
pub struct Mix {
    /// The classes.
    pub classes: Vec<Class>,
    /// Where they stand.
    pub loc: Loc,
}

/// A class of requests.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its name; its number where it has none.
    pub name: String,
    /// Its share of all requests.
    pub share: f64,
    /// What its requests are like.
    pub terms: Vec<AxisTerm>,
}

impl Mix {
    /// Names the classes and checks their shares.
    ///
    /// # Errors
    /// `AIQ0271` for shares that do not add up to 100 %, `AIQ0272` for two classes of one name,
    /// `AIQ0273` for several values of a class.
    pub fn new(mix: &ast::Mix, facts: &dyn Names) -> Result<Self> {
        let mut classes: Vec<Class> = Vec::new();
        for (i, class) in mix.classes.iter().enumerate() {
            let number = known(&class.share, facts)?.as_number().unwrap_or(f64::NAN);
            let share = share(&class.share, number)?;
            let (name, loc) = match &class.name {
                Some(name) => (name.text.clone(), name.loc.clone()),
                None => ((i + 1).to_string(), class.share.loc.clone()),
            };
            if classes.iter().any(|c| c.name == name) {
                return Err(Error::question(
                    Code::ClassNamedTwice,
                    format!("two classes are called `{name}`"),
                )
                .at(loc.span(), "the second"));
            }
            let mut seen = BTreeSet::new();
            for term in &class.terms {
                one_value(term, &mut seen)?;
            }
            classes.push(Class { name, share, terms: class.terms.clone() });
        }
        let sum: f64 = classes.iter().map(|c| c.share).sum();
        if (sum - 1.0).abs() > ROUNDING {
            let percent = crate::model::value::number(100.0 * sum);
            return Err(Error::question(
                Code::BadShares,
                format!("the shares of the classes add up to {percent} %"),
            )
            .at(mix.loc.span(), "must be 100 %")
            .help("a share is written `70%` or `0.7`, of all requests"));
        }
        Ok(Self { classes, loc: mix.loc.clone() })
    }

    /// Refuses values beside the mix that every class has itself.
    ///
    /// # Errors
    /// `AIQ0274`.
    pub fn check_beside<'t>(&self, terms: impl Iterator<Item = &'t AxisTerm>) -> Result<()> {
        for term in terms {
            let name = &term.name.text;
            if self.classes.iter().all(|c| c.terms.iter().any(|t| t.name.text == *name)) {
                return Err(both(&term.name));
            }
        }
        Ok(())
    }

    /// Refuses rows to estimate that have values which classes have themselves.
    ///
    /// # Errors
    /// `AIQ0274`.
    pub fn check_rows<'c>(&self, mut columns: impl Iterator<Item = &'c String>) -> Result<()> {
        match columns.find(|c| self.gives(c)) {
            None => Ok(()),
            Some(own) => Err(Error::question(
                Code::NoEffectBesideMix,
                format!("the rows have their own `{own}`, as have classes of the mix"),
            )
            .at(self.loc.span(), "has it too")
            .help("leave it to one of the two")),
        }
    }

    /// Refuses names that are no property of a request.
    ///
    /// # Errors
    /// `AIQ0275`.
    pub fn check(&self, library: &Library) -> Result<()> {
        let of_requests = library.axes.iter().filter(|a| a.kind == AxisKind::Request);
        let mut known: Vec<&str> = of_requests.map(|a| a.name.text.as_str()).collect();
        known.dedup();
        for term in self.classes.iter().flat_map(|c| &c.terms) {
            let name = term.name.text.as_str();
            if known.contains(&name) {
                continue;
            }
            let error =
                Error::question(Code::NotPerClass, format!("`{name}` is no property of a request"))
                    .at(term.name.loc.span(), "the same for all classes, or unknown");
            return Err(match nearest(name, known.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("classes may differ in {}", known.join(", "))),
            });
        }
        Ok(())
    }

    /// Whether some class says what its value of a name is.
    pub fn gives(&self, name: &str) -> bool {
        self.classes.iter().flat_map(|c| &c.terms).any(|t| t.name.text == name)
    }

    /// A column of a class: the name of the metric, and which class.
    pub fn column<'c>(&self, column: &'c str) -> Option<(&'c str, usize)> {
        self.classes.iter().enumerate().find_map(|(i, class)| {
            let base = column.strip_suffix(class.name.as_str())?.strip_suffix('_')?;
            (!base.is_empty()).then_some((base, i))
        })
    }
}

fn share(expr: &Expr, number: f64) -> Result<f64> {
    let ast::ExprKind::Number(_, Unit::None | Unit::Percent) = expr.kind else {
        return Err(not_a_share(expr));
    };
    if number > 0.0 && number <= 1.0 + ROUNDING { Ok(number) } else { Err(not_a_share(expr)) }
}

fn not_a_share(expr: &Expr) -> Error {
    Error::question(Code::BadShares, format!("`{}` is no share", expr.loc.text().trim()))
        .at(expr.loc.span(), "above 0 and at most 100%")
        .help("a share is written `70%` or `0.7`, of all requests")
}

fn one_value<'t>(term: &'t AxisTerm, seen: &mut BTreeSet<&'t str>) -> Result<()> {
    let name = &term.name.text;
    if !matches!(term.domain, Domain::Value(_)) || !seen.insert(name) {
        return Err(Error::question(
            Code::ClassHasOneValue,
            format!("a class has one value of `{name}`"),
        )
        .at(term.name.loc.span(), "several")
        .help("write a class for each, or vary it outside of the mix"));
    }
    Ok(())
}

fn both(name: &Name) -> Error {
    Error::question(
        Code::NoEffectBesideMix,
        format!("every class of the mix has its own `{}`", name.text),
    )
    .at(name.loc.span(), "would have no effect")
    .help("leave it to one of the two")
}

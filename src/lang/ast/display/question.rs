//! Searches and estimates as the language writes them: one clause a line. The conditions of several
//! `where` become those of one.

use std::fmt::{Display, Formatter, Result};

use super::expr::Operand;
use super::joined;
use crate::lang::ast::clauses::{
    Change, Class, Clauses, Distinct, Estimate, EstimateInput, Hypothesis, Mix, Objective,
    Preference, Search, Top,
};
use crate::lang::ast::expr::{AxisTerm, Domain, Expr};
use crate::lang::ast::place::Name;
use crate::lang::quote::{name, quoted};

impl Display for Search {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("search")?;
        axes(f, &self.axes)?;
        write!(f, "{}", self.clauses)
    }
}

impl Display for Estimate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("estimate")?;
        match &self.input {
            EstimateInput::One(terms) => axes(f, terms)?,
            EstimateInput::Relation(sql) => write!(f, " from ({sql})")?,
        }
        write!(f, "{}", self.clauses)
    }
}

fn axes(f: &mut Formatter<'_>, axes: &[AxisTerm]) -> Result {
    if !axes.is_empty() {
        f.write_str(" ")?;
    }
    joined(f, axes, ", ")
}

/// Each clause begins a line.
impl Display for Clauses {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let models: Vec<String> = self.models.iter().map(|model| quoted(&model.text)).collect();
        clause(f, "for", &models, ", ")?;
        let placements: Vec<String> = self.placements.iter().map(placement).collect();
        clause(f, "on", &placements, ", ")?;
        let frameworks: Vec<String> = self.frameworks.iter().map(framework).collect();
        clause(f, "using", &frameworks, ", ")?;
        let mix = self.mix.iter().map(ToString::to_string);
        let serving: Vec<String> =
            mix.chain(self.serving.iter().map(ToString::to_string)).collect();
        clause(f, "serving", &serving, ", ")?;
        clause(f, "as", &texts(&self.modes), ", ")?;
        for (word, each) in [("for", true), ("with", false)] {
            let of_word: Vec<&Hypothesis> =
                self.hypotheses.iter().filter(|h| h.each == each).collect();
            clause(f, word, &of_word, ", ")?;
        }
        match self.filter.as_slice() {
            [one] => write!(f, "\n  where {one}")?,
            several => {
                let several: Vec<Operand<'_>> = several.iter().map(Operand::of_and).collect();
                clause(f, "where", &several, " and ")?;
            }
        }
        self.preferences.iter().try_for_each(|p| write!(f, "\n  prefer {p}"))?;
        self.objective.iter().try_for_each(|objective| write!(f, "\n  {objective}"))?;
        self.top.iter().try_for_each(|top| write!(f, "\n  {top}"))
    }
}

/// A clause, if it has parts.
fn clause<T: Display>(f: &mut Formatter<'_>, word: &str, parts: &[T], between: &str) -> Result {
    if parts.is_empty() {
        return Ok(());
    }
    write!(f, "\n  {word} ")?;
    joined(f, parts, between)
}

fn texts(names: &[Name]) -> Vec<&str> {
    names.iter().map(|name| name.text.as_str()).collect()
}

fn placement((system, gpus): &(Name, Option<Expr>)) -> String {
    let system = name(&system.text);
    gpus.as_ref().map_or_else(|| system.clone(), |gpus| format!("{system} * {gpus}"))
}

fn framework((backend, version): &(Name, Option<Name>)) -> String {
    let backend = name(&backend.text);
    let version = version.as_ref().map(|version| quoted(&version.text));
    version.map_or_else(|| backend.clone(), |version| format!("{backend} {version}"))
}

impl Display for Mix {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("mix (")?;
        joined(f, &self.classes, "; ")?;
        f.write_str(")")
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if let Some(name) = &self.name {
            write!(f, "{}: ", name.text)?;
        }
        write!(f, "{} ", self.share)?;
        joined(f, &self.terms, ", ")
    }
}

impl Display for Hypothesis {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} ", self.name.text)?;
        match &self.change {
            Change::To(domain) => write!(f, "{domain}"),
            Change::Times(Domain::Value(factor)) => {
                write!(f, "* {}", Operand::of_product(factor))
            }
            Change::Times(Domain::Items(factors)) => {
                f.write_str("* [")?;
                joined(f, factors, ", ")?;
                f.write_str("]")
            }
        }
    }
}

impl Display for Preference {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.condition)?;
        self.weight.iter().try_for_each(|weight| write!(f, " weight {weight}"))?;
        self.fail_ratio.iter().try_for_each(|ratio| write!(f, " fail_ratio {ratio}"))?;
        f.write_str(if self.hard { " hard" } else { "" })
    }
}

impl Display for Objective {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Maximize(value) => write!(f, "maximize {value}"),
            Self::Minimize(value) => write!(f, "minimize {value}"),
            Self::Pareto(values) => {
                f.write_str("pareto ")?;
                joined(f, values, ", ")
            }
        }
    }
}

/// What is distinct stands on a line of its own: its columns are many.
impl Display for Top {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "top {}", self.count)?;
        if !self.per.is_empty() {
            f.write_str(" per ")?;
            joined(f, &texts(&self.per), ", ")?;
        }
        match &self.distinct {
            Distinct::Layouts => Ok(()),
            Distinct::Candidates => f.write_str(" distinct *"),
            Distinct::Columns(columns) => {
                f.write_str("\n  distinct ")?;
                joined(f, &texts(columns), ", ")
            }
        }
    }
}

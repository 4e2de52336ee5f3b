//! The op graph of a model at the coordinates of a pass, as terms to be priced.

use crate::plan::expr::lowered::{Lowered, Term};
use crate::plan::expr::names::{Mixed, Names};
use crate::plan::scope::view::View;
use std::collections::{BTreeMap, BTreeSet};

use datafusion::logical_expr::{lit, when};

use super::rows::{Placed, rows};
use crate::base::error::{Code, Error, Result, bug, nearest};
use crate::lang::ast::{
    Argument, Domain, Loc, Name, OpRow, OperationDef, PassDef, PriceDef, ProfileDef,
};
use crate::model::value::Value;
use crate::perf::{OpSpec, Origin, op};
use crate::plan::expr::domain::{Values, expand};
use crate::plan::expr::elements::Element;
use crate::plan::expr::lower::lower;
use crate::plan::scope::Scope;

/// More positions than any pass is summed over; protects memory from `over position in 0..1e12`.
const MOST_POSITIONS: f64 = 1e6;

/// One op of a pass, ready to be priced.
#[derive(Debug, Clone)]
pub struct OpTerm {
    /// Label of the row of the architecture.
    pub label: String,
    /// Which row of the phase it is, counting rows repeated for several elements of a list.
    pub row: usize,
    /// Which lane of which block it runs in, where it overlaps with others.
    pub lane: Option<Lane>,
    /// What is priced.
    pub op: &'static OpSpec,
    /// Its text arguments.
    pub text: Vec<String>,
    /// How often it runs in the pass.
    pub count: Lowered,
    /// The best origin its price may claim.
    pub claims: Origin,
    /// Its numeric arguments, over axes and coordinates.
    pub numbers: Vec<Lowered>,
}

/// A lane of a block of lanes that run side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// Which block of the pass.
    pub block: usize,
    /// Which lane of the block.
    pub lane: usize,
}

/// The terms of a pass.
#[derive(Debug, Clone)]
pub struct PassTerms {
    /// Column of the summed latency.
    pub column: String,
    /// The terms.
    pub terms: Vec<OpTerm>,
    /// Coordinates that differ between candidates, over axes, by column name.
    pub coordinates: BTreeMap<String, Lowered>,
    /// The position variable of a sum over positions, and its values.
    pub positions: Option<(String, Vec<f64>)>,
}

impl PassTerms {
    /// The column a term is summed in: that of its lane, or of the pass itself.
    pub fn column_of(&self, term: &OpTerm) -> String {
        match term.lane {
            None => self.column.clone(),
            Some(lane) => self.lane_column(lane),
        }
    }

    /// The column of a lane.
    pub fn lane_column(&self, lane: Lane) -> String {
        format!("{}.overlap{}.lane{}", self.column, lane.block, lane.lane)
    }

    /// Blocks of lanes that run side by side.
    pub fn blocks(&self) -> BTreeMap<usize, BTreeSet<Lane>> {
        let mut blocks: BTreeMap<usize, BTreeSet<Lane>> = BTreeMap::new();
        for lane in self.terms.iter().filter_map(|t| t.lane) {
            blocks.entry(lane.block).or_default().insert(lane);
        }
        blocks
    }
}

/// Names inside an operation: its parameters and the coordinates, elements of lists, then those
/// of the scope.
#[derive(Clone)]
pub(in crate::plan) struct Env<'s, 'a> {
    pub(in crate::plan) scope: &'s Scope<'a>,
    pub(in crate::plan) bindings: BTreeMap<String, Lowered>,
    pub(in crate::plan) elements: Vec<Element>,
}

impl Names for Env<'_, '_> {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        let bound = self.bindings.get(name).cloned();
        match bound.or_else(|| self.elements.iter().rev().find_map(|e| e.get(name))) {
            Some(bound) => Ok(bound),
            None => View { scope: self.scope, inline: true }.name(name, loc),
        }
    }

    fn knows(&self, name: &str, loc: &Loc) -> bool {
        self.bindings.contains_key(name)
            || self.elements.iter().any(|e| e.get(name).is_some())
            || self.scope.knows(name, loc)
    }

    fn fact(&self, function: &str, arguments: &[&str], loc: &Loc) -> Result<Option<Value>> {
        self.scope.fact(function, arguments, loc)
    }

    fn mixed(&self) -> Option<&dyn Mixed> {
        self.scope.mixed()
    }
}

/// The terms of a pass, of each class of requests where it differs between them.
///
/// # Errors
/// Unknown operations, arguments and names.
pub fn pass_terms(scope: &Scope<'_>, pass: &PassDef) -> Result<Vec<PassTerms>> {
    scope.classes_of(pass)?.into_iter().map(|c| scope.at.set(c, || terms_of(scope, pass))).collect()
}

/// The terms of a pass for the class that names are about.
pub(in crate::plan) fn terms_of(scope: &Scope<'_>, pass: &PassDef) -> Result<PassTerms> {
    scope.at.pricing(|| terms_at(scope, pass, BTreeMap::new()))
}

/// The columns of the sizes of a profile, and their values, the least first.
///
/// # Errors
/// Sizes that are no known numbers.
pub(in crate::plan) fn sizes(
    scope: &Scope<'_>,
    profile: &ProfileDef,
) -> Result<Vec<(String, Vec<f64>)>> {
    let size = |(name, domain): &(Name, Domain)| {
        let column = format!("{}{}.{}", scope.prefix, profile.pass.name.text, name.text);
        match expand(domain, scope, None)? {
            Values::Numbers(mut values) => {
                values.sort_by(f64::total_cmp);
                Ok((column, values))
            }
            _ => Err(Error::question(Code::NotKnownBeforehand, "sizes are known numbers")
                .at(name.loc.span(), "here")),
        }
    };
    profile.sizes.iter().map(size).collect()
}

/// The terms of a profile with these columns of its sizes.
///
/// # Errors
/// As [`pass_terms`].
pub(in crate::plan) fn profile_terms(
    scope: &Scope<'_>,
    profile: &ProfileDef,
    sizes: &[(String, Vec<f64>)],
) -> Result<PassTerms> {
    let columns = profile.sizes.iter().zip(sizes);
    let bindings =
        columns.map(|((name, _), (column, _))| (name.text.clone(), Lowered::column(column)));
    scope.at.pricing(|| terms_at(scope, &profile.pass, bindings.collect()))
}

fn terms_at(
    scope: &Scope<'_>,
    pass: &PassDef,
    mut bindings: BTreeMap<String, Lowered>,
) -> Result<PassTerms> {
    let place = format!("{}{}", scope.prefix, pass.name.text);
    let suffix = scope.pass_suffix(pass);
    let column = format!("{place}{suffix}");
    if let Some(when) = &pass.when
        && scope.lower(when)?.value().is_some_and(|v| *v != Value::Bool(true))
    {
        return Ok(PassTerms {
            column,
            terms: Vec::new(),
            coordinates: BTreeMap::new(),
            positions: None,
        });
    }
    let positions = positions(scope, pass, &mut bindings)?;
    let env = Env { scope, bindings, elements: Vec::new() };
    let mut coordinates = BTreeMap::new();
    let mut bindings = env.bindings.clone();
    for (name, value) in &pass.at {
        let value = lower(value, &env)?;
        let bound = match &value.term {
            Term::Row(expr) if !matches!(expr, datafusion::logical_expr::Expr::Column(_)) => {
                let column = format!("{place}.{}{suffix}", name.text);
                coordinates.insert(column.clone(), value);
                Lowered::column(&column)
            }
            _ => value,
        };
        bindings.insert(name.text.clone(), bound);
    }
    let env = Env { scope, bindings, elements: Vec::new() };
    let weight = match &pass.over {
        Some(over) => lower(&over.weight, &env)?,
        None => Lowered::number(1.0),
    };
    let mut terms = Vec::new();
    for (index, placed) in rows(&env, pass.phase)?.iter().enumerate() {
        let left_out = pass.only.is_some() && pass.only != placed.row.role
            || pass.except.is_some() && pass.except == placed.row.role;
        if !left_out {
            row_terms(placed, index, &weight, &mut terms)?;
        }
    }
    Ok(PassTerms { column, terms, coordinates, positions })
}

/// Values of the position variable. Where the end depends on the candidate, the greatest end of
/// all; positions past the end of a candidate weigh nothing there.
fn positions(
    scope: &Scope<'_>,
    pass: &PassDef,
    bindings: &mut BTreeMap<String, Lowered>,
) -> Result<Option<(String, Vec<f64>)>> {
    let Some(over) = &pass.over else {
        return Ok(None);
    };
    let crate::lang::ast::Item::Range { low, high, stride } = &over.range else {
        return Ok(None);
    };
    let greatest = Greatest { scope };
    let bound = |expr| {
        lower(expr, &greatest)?.value().and_then(Value::as_number).ok_or_else(|| {
            Error::question(Code::NotKnownBeforehand, "the bounds of a sum must be numbers")
                .at(over.name.loc.span(), "here")
        })
    };
    let step = match stride {
        crate::lang::ast::Stride::Step(by) => bound(by)?,
        _ => 1.0,
    };
    let (low, high) = (bound(low)?, bound(high)?);
    if high - low > step * MOST_POSITIONS {
        return Err(Error::question(Code::TooManyTerms, "a sum has too many terms")
            .at(over.name.loc.span(), format!("more than {MOST_POSITIONS} values")));
    }
    let mut values = Vec::new();
    let mut at = low;
    while at <= high && step > 0.0 {
        values.push(at);
        at += step;
    }
    if values.is_empty() {
        values.push(low);
    }
    let suffix = scope.pass_suffix(pass);
    let name = format!("{}{}.{}{suffix}", scope.prefix, pass.name.text, over.name.text);
    bindings.insert(over.name.text.clone(), Lowered::column(&name));
    Ok(Some((name, values)))
}

/// Every axis at its greatest value.
struct Greatest<'s, 'a> {
    scope: &'s Scope<'a>,
}

impl Names for Greatest<'_, '_> {
    fn name(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        let value = View { scope: self.scope, inline: true }.name(name, loc)?;
        let columns = value.columns();
        let Some(only) = columns.iter().next().filter(|_| columns.len() == 1) else {
            return Ok(value);
        };
        let greatest = match self.scope.given.bounds.get(only) {
            Some((_, high)) => Some(*high),
            None => self.scope.axes().get(only).and_then(|v| v.iter().copied().reduce(f64::max)),
        };
        Ok(greatest.map_or(value, Lowered::number))
    }

    fn knows(&self, name: &str, loc: &Loc) -> bool {
        self.scope.knows(name, loc)
    }

    fn fact(&self, function: &str, arguments: &[&str], loc: &Loc) -> Result<Option<Value>> {
        self.scope.fact(function, arguments, loc)
    }

    fn mixed(&self) -> Option<&dyn Mixed> {
        self.scope.mixed()
    }
}

/// The count where a condition holds, else 0; `None` if it never holds.
pub(in crate::plan) fn condition(
    env: &Env<'_, '_>,
    when_expr: Option<&crate::lang::ast::Expr>,
    count: Lowered,
) -> Result<Option<Lowered>> {
    let Some(expr) = when_expr else {
        return Ok(Some(count));
    };
    let holds = lower(expr, env)?;
    match holds.value() {
        Some(Value::Bool(true)) => Ok(Some(count)),
        Some(_) => Ok(None),
        None => {
            let case = when(holds.expr(), count.expr()).otherwise(lit(0.0)).map_err(bug)?;
            Ok(Some(Lowered::row(case)))
        }
    }
}

pub(super) fn operation<'s>(env: &Env<'s, '_>, row: &OpRow) -> Result<&'s OperationDef> {
    let operations = &env.scope.library.operations;
    operations
        .get(&row.operation.text, &env.scope.target.backend)
        .ok_or_else(|| unknown_name("operation", &row.operation, operations.names()))
}

pub(in crate::plan) fn unknown_name<'n>(
    what: &str,
    name: &Name,
    known: impl Iterator<Item = &'n str>,
) -> Error {
    let error =
        Error::question(Code::NoSuchOperation, format!("there is no {what} `{}`", name.text))
            .at(name.loc.span(), "unknown");
    match nearest(&name.text, known) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    }
}

/// Parameters of the operation bound to the arguments of the row.
pub(super) fn bind<'s, 'a>(
    env: &Env<'s, 'a>,
    operation: &OperationDef,
    row: &OpRow,
) -> Result<Env<'s, 'a>> {
    let mut bindings = env.bindings.clone();
    for (i, argument) in row.arguments.iter().enumerate() {
        let name =
            argument_name(argument, i, operation.parameters.get(i).map(|p| p.0.text.as_str()));
        if !operation.parameters.iter().any(|p| p.0.text == name) {
            let known = operation.parameters.iter().map(|p| p.0.text.as_str());
            let given = Name { text: name, loc: argument.value.loc.clone() };
            return Err(unknown_name("parameter", &given, known));
        }
        bindings.insert(name, lower(&argument.value, env)?);
    }
    for (name, default) in &operation.parameters {
        let given = row.arguments.iter().enumerate().any(|(i, a)| {
            argument_name(a, i, operation.parameters.get(i).map(|p| p.0.text.as_str())) == name.text
        });
        match default {
            _ if given => {}
            Some(default) => {
                bindings.insert(name.text.clone(), lower(default, env)?);
            }
            None => {
                return Err(Error::question(
                    Code::MissingArgument,
                    format!("`{}` needs `{}`", row.operation.text, name.text),
                )
                .at(row.operation.loc.span(), "an argument is missing"));
            }
        }
    }
    Ok(Env { bindings, ..env.clone() })
}

fn argument_name(argument: &Argument, position: usize, positional: Option<&str>) -> String {
    match (&argument.name, positional) {
        (Some(name), _) => name.text.clone(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => format!("#{position}"),
    }
}

/// The terms of a placed row.
///
/// # Errors
/// Unknown operations, arguments and names.
pub(in crate::plan) fn row_terms(
    placed: &Placed<'_, '_, '_>,
    index: usize,
    weight: &Lowered,
    terms: &mut Vec<OpTerm>,
) -> Result<()> {
    let operation = operation(&placed.env, placed.row)?;
    let inner = bind(&placed.env, operation, placed.row)?;
    for price in &operation.prices {
        let mut factor = placed.count.clone();
        if let Some(times) = &price.times {
            factor = factor.times(lower(times, &inner)?);
        }
        let Some(factor) = condition(&inner, price.when.as_ref(), factor)? else {
            continue;
        };
        terms.push(term(&inner, (index, placed), price, factor.times(weight.clone()))?);
    }
    Ok(())
}

fn term(
    env: &Env<'_, '_>,
    (row, placed): (usize, &Placed<'_, '_, '_>),
    price: &PriceDef,
    count: Lowered,
) -> Result<OpTerm> {
    let spec = op(&price.op.text).ok_or_else(|| {
        unknown_name("measured op", &price.op, crate::perf::OPS.iter().map(|o| o.name))
    })?;
    let argument = |wanted: &str| {
        let found =
            price.arguments.iter().find(|a| a.name.as_ref().is_some_and(|n| n.text == wanted));
        let found = found.ok_or_else(|| {
            Error::question(Code::MissingArgument, format!("`{}` needs `{wanted}`", spec.name))
                .at(price.op.loc.span(), "an argument is missing")
        })?;
        lower(&found.value, env)
    };
    let mut text = Vec::new();
    for name in spec.text {
        let value = argument(name)?;
        let value = value.value().and_then(Value::as_text).ok_or_else(|| {
            Error::question(Code::WrongKind, format!("`{name}` of `{}` must be a text", spec.name))
                .at(price.op.loc.span(), "known for all candidates")
        })?;
        text.push(value.to_owned());
    }
    let numbers = spec.numbers.iter().map(|n| argument(n)).collect::<Result<_>>()?;
    let label = placed.row.name.text.clone();
    let claims = match &price.claims {
        None => Origin::Measured,
        Some(name) => Origin::ALL
            .into_iter()
            .find(|o| o.name() == name.text)
            .ok_or_else(|| unknown_name("origin", name, Origin::ALL.iter().map(|o| o.name())))?,
    };
    Ok(OpTerm { label, row, lane: placed.lane, op: spec, text, count, claims, numbers })
}

/// Weights do not depend on coordinates; any value does.
pub(in crate::plan) fn weight_coordinates() -> BTreeMap<String, Lowered> {
    ["tokens", "outputs", "batch", "seq", "prefix"]
        .iter()
        .map(|n| ((*n).to_owned(), Lowered::number(1.0)))
        .collect()
}

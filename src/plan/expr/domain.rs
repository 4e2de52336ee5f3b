//! The values of an axis.

use super::lower::{known, lower};
use crate::base::cancel;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::{BinaryOp, Domain, Expr, ExprKind, Item, LimitDef, Stride};
use crate::lang::units::Unit;
use crate::model::value::Value;
use crate::plan::expr::lowered::Lowered;
use crate::plan::expr::names::Names;

/// More values than any sweep of one axis needs; protects memory from `batch in 1..1e12`.
const MAX_VALUES: usize = 20_000_000;

/// After how many values to look whether to stop.
const LOOK: u32 = 1 << 16;

/// What an axis can be.
#[derive(Debug, Clone)]
pub enum Values {
    /// One known value, or an expression over other axes.
    One(Lowered),
    /// Several numbers.
    Numbers(Vec<f64>),
    /// Several texts.
    Texts(Vec<String>),
}

impl Values {
    /// Multiples of these values; texts stay as they are.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::One(one) => {
                let unit = one.unit;
                Self::One(one.times(Lowered::number(factor)).with_unit(unit))
            }
            Self::Numbers(numbers) => Self::Numbers(numbers.iter().map(|n| n * factor).collect()),
            Self::Texts(texts) => Self::Texts(texts),
        }
    }
}

/// Expands the values of an axis. Duplicates count once.
///
/// # Errors
/// `AIQ0210` for empty, endless or mixed lists, `AIQ0285` for values beyond a limit.
pub fn expand(domain: &Domain, names: &dyn Names, limit: Option<&LimitDef>) -> Result<Values> {
    let items = match domain {
        Domain::Value(expr) => {
            let share = share(expr, limit);
            let expr = share.as_ref().unwrap_or(expr);
            let one = lower(expr, names)?;
            counted(expr, one.value(), limit)?;
            if one.is_condition() {
                return Err(bad(expr, "a condition is no value of an axis".to_owned()));
            }
            if let Some(value) = one.value().and_then(Value::as_number) {
                within(value, expr, limit)?;
            }
            return Ok(Values::One(one));
        }
        Domain::Items(items) => items,
    };
    let (mut numbers, mut texts) = (Vec::new(), Vec::new());
    let mut first: Option<&Expr> = None;
    for item in items {
        match item {
            Item::One(expr) => {
                first.get_or_insert(expr);
                let share = share(expr, limit);
                let value = known(share.as_ref().unwrap_or(expr), names)?;
                counted(expr, Some(&value), limit)?;
                match value {
                    Value::Number(n) => {
                        within(n, expr, limit)?;
                        numbers.push(n);
                    }
                    Value::Text(t) => texts.push(t.to_string()),
                    other => return Err(bad(expr, format!("`{other}` is no value of an axis"))),
                }
            }
            Item::Range { low, high, stride } => {
                first.get_or_insert(low);
                range((low, high, stride), names, limit, &mut numbers)?;
            }
        }
    }
    match (first, numbers.as_slice(), texts.as_slice()) {
        (Some(at), [_, ..], [_, ..]) => Err(bad(at, "an axis has numbers or texts, not both")),
        (_, [], []) => Err(Error::question(Code::BadAxis, "an axis needs at least one value")),
        (_, [one], []) => Ok(Values::One(Lowered::number(*one))),
        (_, [], [one]) => Ok(Values::One(Lowered::known(Value::text(one)))),
        (_, [], _) => {
            texts.dedup();
            Ok(Values::Texts(texts))
        }
        _ => {
            let sorted = numbers.windows(2).all(|w| w[0] < w[1]);
            if !sorted {
                let mut seen = std::collections::HashSet::new();
                numbers.retain(|n| seen.insert(n.to_bits()));
            }
            Ok(Values::Numbers(numbers))
        }
    }
}

fn bad(at: &Expr, message: impl Into<String>) -> Error {
    Error::question(Code::BadAxis, message).at(at.loc.span(), "here")
}

/// Refuses a text, or a quantity with a unit, where a limit says that there is a plain number.
fn counted(expr: &Expr, value: Option<&Value>, limit: Option<&LimitDef>) -> Result<()> {
    let Some(limit) = limit else { return Ok(()) };
    let (name, text) = (&limit.name.text, expr.loc.text().trim());
    let (code, found) = match (&expr.kind, value) {
        (_, Some(Value::Text(_))) => (Code::WrongKind, "a text"),
        (ExprKind::Number(_, Unit::None | Unit::Tokens | Unit::Percent), _) => return Ok(()),
        (ExprKind::Number(_, unit), _) => (Code::MixedUnits, unit.noun()),
        _ => return Ok(()),
    };
    Err(Error::question(code, format!("`{name}` is a number, {text} is {found}"))
        .at(expr.loc.span(), limit.said()))
}

/// A percentage as the share that it is of something: `50%` of `isl` as `round(isl * 0.5)`.
fn share(expr: &Expr, limit: Option<&LimitDef>) -> Option<Expr> {
    let limit = limit?;
    let (ExprKind::Number(share, Unit::Percent), Some(of)) = (&expr.kind, &limit.of) else {
        return None;
    };
    let here = |kind| Expr { kind, loc: expr.loc.clone() };
    let whole = here(ExprKind::Name(of.text.clone()));
    let number = here(ExprKind::Number(*share, Unit::None));
    let part = here(ExprKind::Binary(BinaryOp::Mul, Box::new(whole), Box::new(number)));
    Some(if limit.whole { here(ExprKind::Call("round".to_owned(), vec![part])) } else { part })
}

/// Refuses a value beyond a limit.
fn within(value: f64, at: &Expr, limit: Option<&LimitDef>) -> Result<()> {
    match limit {
        Some(limit) if !limit.allows(value) => {
            Err(limit.refusal(value).at(at.loc.span(), limit.said()))
        }
        _ => Ok(()),
    }
}

fn range(
    (low, high, stride): (&Expr, &Expr, &Stride),
    names: &dyn Names,
    limit: Option<&LimitDef>,
    out: &mut Vec<f64>,
) -> Result<()> {
    let bound = |expr: &Expr| {
        let share = share(expr, limit);
        let value = known(share.as_ref().unwrap_or(expr), names)?;
        value.as_number().ok_or_else(|| bad(expr, "a range needs numbers"))
    };
    let (low_n, high_n) = (bound(low)?, bound(high)?);
    let (step, factor) = match stride {
        Stride::One => (1.0, 1.0),
        Stride::Step(by) => (bound(by)?, 1.0),
        Stride::Factor(by) => (0.0, bound(by)?),
    };
    let advances = if factor == 1.0 { step > 0.0 } else { factor > 1.0 && low_n > 0.0 };
    if !advances {
        return Err(
            bad(low, "the range never advances").help("step must be positive, `by *` above 1")
        );
    }
    if low_n > high_n {
        return Err(bad(low, "the range ends before it begins"));
    }
    within(low_n, low, limit)?;
    // The upper end need not be one of its values.
    if let Some(limit) = limit.filter(|l| high_n > l.high.0) {
        return Err(limit.refusal(high_n).at(high.loc.span(), limit.said()));
    }
    // Refused before a value of it is made.
    let steps = if factor == 1.0 { (high_n - low_n) / step } else { (high_n / low_n).log(factor) };
    let room = MAX_VALUES.saturating_sub(out.len()) as f64;
    if steps.is_nan() || steps >= room {
        return Err(bad(low, format!("an axis has at most {MAX_VALUES} values")));
    }
    let by = match stride {
        Stride::One => low,
        Stride::Step(by) | Stride::Factor(by) => by,
    };
    let mut count = 0_u32;
    loop {
        let value = if factor == 1.0 {
            low_n + step * f64::from(count)
        } else {
            low_n * factor.powi(i32::try_from(count).unwrap_or(i32::MAX))
        };
        if value > high_n {
            return Ok(());
        }
        within(value, by, limit)?;
        if count.is_multiple_of(LOOK) {
            cancel::point()?;
        }
        out.push(value);
        count += 1;
    }
}

/// The values of an axis, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// `= value`
    Value(String),
    /// `in [value]`
    Only(String),
    /// `in [value, value, ..]`
    Several(String),
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Only(value) => write!(f, "[{value}]"),
            Self::Value(text) | Self::Several(text) => f.write_str(text),
        }
    }
}

/// A domain as it was written.
pub fn domain_text(domain: &Domain) -> String {
    written(domain).to_string()
}

/// A domain as it was written, and whether it has one value.
pub fn written(domain: &Domain) -> Written {
    let text = |e: &Expr| e.loc.text().split_whitespace().collect::<Vec<_>>().join(" ");
    match domain {
        Domain::Value(expr) => Written::Value(text(expr)),
        Domain::Items(items) => {
            if let [Item::One(one)] = items.as_slice() {
                return Written::Only(text(one));
            }
            let items = items.iter().map(|i| match i {
                Item::One(e) => text(e),
                Item::Range { low, high, stride } => {
                    let stride = match stride {
                        Stride::One => String::new(),
                        Stride::Step(by) => format!(" step {}", text(by)),
                        Stride::Factor(by) => format!(" by *{}", text(by)),
                    };
                    format!("{}..{}{stride}", text(low), text(high))
                }
            });
            Written::Several(format!("[{}]", items.collect::<Vec<_>>().join(", ")))
        }
    }
}

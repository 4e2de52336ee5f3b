//! Numbers with their units.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::ExprKind;
use crate::lang::units::Unit;

impl Builder {
    pub(super) fn number(&self, pair: Pair<'_, Rule>) -> Result<ExprKind> {
        let loc = self.loc(&pair);
        let money = pair.clone().into_inner().any(|p| p.as_rule() == Rule::money);
        let mut digits = String::new();
        let mut spelling = String::new();
        for part in pair.into_inner().flatten() {
            match part.as_rule() {
                Rule::digits => digits = part.as_str().replace('_', ""),
                Rule::unit => spelling = part.as_str().to_owned(),
                Rule::unit_name if money => spelling = format!("$/{}", part.as_str()),
                _ => {}
            }
        }
        let value: f64 = digits.parse().map_err(|_| {
            Error::question(Code::BadNumber, format!("`{digits}` is not a number"))
                .at(loc.span(), "not a number")
        })?;
        if !value.is_finite() {
            return Err(Error::question(Code::BadNumber, "the number is too large")
                .at(loc.span(), "beyond what a number can hold"));
        }
        if spelling.is_empty() {
            let unit = if money { Unit::GpuPrice } else { Unit::None };
            return Ok(ExprKind::Number(value, unit));
        }
        let Some((unit, factor)) = Unit::parse(&spelling) else {
            let error = Error::question(Code::NoSuchUnit, format!("`{spelling}` is not a unit"))
                .at(loc.span(), "unknown unit");
            if let Some(usual) = Unit::usual(&spelling) {
                return Err(error.help(format!("write `{digits}{usual}`")));
            }
            return Err(match nearest(&spelling, Unit::spellings()) {
                Some(near) => error.help(format!("did you mean `{digits}{near}`?")),
                None => error.help("units: ms, s, GiB, k, %, req/s, tokens/s, $/gpu_hour"),
            });
        };
        Ok(ExprKind::Number(value * factor, unit))
    }

    /// The unit of a metric.
    pub(super) fn metric_unit(&self, pair: &Pair<'_, Rule>) -> Result<Unit> {
        let text = pair.as_str();
        let unit = match text {
            "GiB" => Some(Unit::Gib),
            "number" => Some(Unit::None),
            "cost" => Some(Unit::Cost),
            _ => Unit::parse(text).or_else(|| Unit::parse(&format!("${text}"))).map(|u| u.0),
        };
        // A metric is computed in the base of its unit, and shown in that.
        if let Some((unit, factor)) = Unit::parse(text)
            && factor != 1.0
            && text != "GiB"
            && unit != Unit::Percent
        {
            let base = Unit::spellings().find(|s| Unit::parse(s) == Some((unit, 1.0)));
            let base = base.unwrap_or("number");
            return Err(Error::question(Code::NoSuchUnit, format!("no metric is in `{text}`"))
                .at(self.loc(pair).span(), "not the base of its unit")
                .help(format!("`{base}`, or `number` for one in a unit of its own")));
        }
        unit.ok_or_else(|| {
            Error::question(Code::NoSuchUnit, format!("`{text}` is not a unit"))
                .at(self.loc(pair).span(), "unknown unit")
                .help("units of metrics: ms, GiB, %, tokens, req/s, tokens/s, number, cost")
        })
    }
}

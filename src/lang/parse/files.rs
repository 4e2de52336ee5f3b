//! Statements that write files: `plot`, `save`, `generate`.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use crate::base::error::Result;
use crate::lang::ast::{AxisTerm, Destination, Expr, FileValue, StatementKind};

impl Builder {
    pub(super) fn plot(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let (mut target, mut axes, mut color, mut to) = (None, Vec::<Expr>::new(), None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::expr => axes.push(self.expr(part)?),
                Rule::plot_axes => {
                    axes = self.parts(part).map(|p| self.expr(p)).collect::<Result<_>>()?;
                }
                Rule::color_by => color = Some(self.only_name(part)?),
                Rule::destination => to = Some(self.destination(part)?),
                _ => target = Some(self.target(part)?),
            }
        }
        let mut axes = axes.into_iter();
        let axes = axes.next().zip(axes.next());
        Ok(StatementKind::Plot { target: self.need(target, "a target")?, axes, color, to })
    }

    pub(super) fn save(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let (mut names, mut to, mut platform) = (Vec::new(), None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::destination => to = Some(self.destination(part)?),
                _ if to.is_some() => platform = Some(self.name(&part)),
                _ => names.push(self.name(&part)),
            }
        }
        Ok(StatementKind::Save { names, to: self.need(to, "a directory")?, platform })
    }

    pub(super) fn generate(&self, pair: Pair<'_, Rule>) -> Result<StatementKind> {
        let mut parts = self.parts(pair);
        let row = self.target(self.need(parts.next(), "a row")?)?;
        let to = self.destination(self.need(parts.next(), "a directory")?)?;
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for part in parts {
            match part.as_rule() {
                Rule::with_values => {
                    let own = self.parts(part).filter(|p| p.as_rule() == Rule::with_value);
                    values = own.map(|p| self.file_value(p)).collect::<Result<_>>()?;
                }
                _ => names.push(self.name(&part)),
            }
        }
        let mut names = names.into_iter();
        let (platform, api) = (names.next(), names.next());
        Ok(StatementKind::Generate { row, to, platform, api, values })
    }

    fn destination(&self, pair: Pair<'_, Rule>) -> Result<Destination> {
        let (mut path, mut force) = (None, false);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::string => path = Some(self.name(&part)),
                Rule::force => force = true,
                _ => {}
            }
        }
        Ok(Destination { path: self.need(path, "a path")?, force })
    }

    /// A file of values, or a key with its value.
    fn file_value(&self, pair: Pair<'_, Rule>) -> Result<FileValue> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a value")?);
        Ok(match parts.next() {
            None => FileValue::File(name),
            Some(value) => FileValue::One(AxisTerm { name, domain: self.domain(value)? }),
        })
    }
}

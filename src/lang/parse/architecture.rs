//! Architectures: derived symbols, rules, and the op graph with what holds its rows together.

use pest::iterators::Pair;

use super::builder::Builder;
use super::grammar::Rule;
use super::mode::phase_of;
use crate::base::error::Result;
use crate::lang::ast::{
    Alternative, ArchitectureDef, Each, GraphItem, Group, GroupKind, ListExpr, OpRow, RowSet,
};

impl Builder {
    pub(super) fn architecture(&self, pair: Pair<'_, Rule>) -> Result<ArchitectureDef> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        let mut arch = ArchitectureDef {
            name,
            covers: Vec::new(),
            like: Vec::new(),
            lets: Vec::new(),
            rules: Vec::new(),
            graph: Vec::new(),
        };
        for part in parts {
            match part.as_rule() {
                Rule::string => arch.covers.push(self.name(&part)),
                Rule::like => {
                    arch.like.extend(self.parts(part).map(|base| self.name(&base)));
                }
                Rule::definition => arch.lets.push(self.let_def(part)?),
                Rule::rule_def => arch.rules.push(self.rule(part)?),
                _ => arch.graph.push(GraphItem::Group(self.section(part)?)),
            }
        }
        Ok(arch)
    }

    pub(super) fn row_set(&self, pair: Pair<'_, Rule>) -> Result<RowSet> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a name")?);
        Ok(RowSet { name, rows: self.rows(self.need(parts.next(), "rows")?)? })
    }

    /// `once`, `per NAME` or `for NAME in LIST` with its rows.
    fn section(&self, pair: Pair<'_, Rule>) -> Result<Group> {
        let mut parts = self.parts(pair);
        let head = self.need(parts.next(), "a section head")?;
        let (mut per, mut each) = (None, None);
        for part in self.parts(head) {
            match part.as_rule() {
                Rule::each => each = Some(self.each(part)?),
                _ => per = Some(self.name(&part)),
            }
        }
        let (mut rows, mut times, mut when) = (Vec::new(), None, None);
        for part in parts {
            match part.as_rule() {
                Rule::times => times = Some(self.condition(part)?),
                Rule::when => when = Some(self.condition(part)?),
                _ => rows.push(self.graph_item(part)?),
            }
        }
        let kind = match each {
            Some(each) => GroupKind::Each(each, rows),
            None => GroupKind::Rows(rows),
        };
        Ok(Group { kind, phase: None, per, times, when })
    }

    /// `for NAME in LIST`
    pub(super) fn each(&self, pair: Pair<'_, Rule>) -> Result<Each> {
        let mut parts = self.parts(pair);
        let name = self.name(&self.need(parts.next(), "a variable")?);
        let list = self.need(parts.next(), "a list")?;
        let list = match list.as_rule() {
            Rule::list => ListExpr::Items(self.list(list)?),
            _ => ListExpr::Expr(Box::new(self.expr(list)?)),
        };
        Ok(Each { name, list })
    }

    fn graph_item(&self, pair: Pair<'_, Rule>) -> Result<GraphItem> {
        Ok(match pair.as_rule() {
            Rule::group => GraphItem::Group(self.group(pair)?),
            Rule::use_rows => {
                GraphItem::Use(self.name(&self.need(self.parts(pair).next(), "a name")?))
            }
            _ => GraphItem::Row(self.op_row(pair)?),
        })
    }

    /// The rows between braces.
    fn rows(&self, pair: Pair<'_, Rule>) -> Result<Vec<GraphItem>> {
        self.parts(pair).map(|p| self.graph_item(p)).collect()
    }

    fn group(&self, pair: Pair<'_, Rule>) -> Result<Group> {
        let (mut kind, mut phase, mut times, mut when) = (None, None, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::phase => phase = Some(phase_of(part.as_str())),
                Rule::times => times = Some(self.condition(part)?),
                Rule::when => when = Some(self.condition(part)?),
                _ => kind = Some(self.group_kind(part)?),
            }
        }
        Ok(Group { kind: self.need(kind, "rows")?, phase, per: None, times, when })
    }

    fn group_kind(&self, pair: Pair<'_, Rule>) -> Result<GroupKind> {
        Ok(match pair.as_rule() {
            Rule::overlap => {
                let lanes = self.parts(pair).map(|lane| {
                    let rows = self.parts(lane).next();
                    self.rows(self.need(rows, "the rows of a lane")?)
                });
                GroupKind::Overlap(lanes.collect::<Result<_>>()?)
            }
            Rule::alternatives => {
                let all = self.parts(pair).map(|p| self.alternative(p));
                GroupKind::Prefer(all.collect::<Result<_>>()?)
            }
            Rule::each_rows => {
                let mut parts = self.parts(pair);
                let each = self.each(self.need(parts.next(), "a list")?)?;
                GroupKind::Each(each, self.rows(self.need(parts.next(), "rows")?)?)
            }
            _ => GroupKind::Rows(self.rows(pair)?),
        })
    }

    fn alternative(&self, pair: Pair<'_, Rule>) -> Result<Alternative> {
        let mut alternative = Alternative { name: None, when: None, rows: Vec::new() };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::when => alternative.when = Some(self.condition(part)?),
                Rule::rows => alternative.rows = self.rows(part)?,
                _ => alternative.name = Some(self.name(&part)),
            }
        }
        Ok(alternative)
    }

    fn op_row(&self, pair: Pair<'_, Rule>) -> Result<OpRow> {
        let mut names = Vec::new();
        let (mut phase, mut arguments) = (None, Vec::new());
        let (mut role, mut times, mut when) = (None, None, None);
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::phase => phase = Some(phase_of(part.as_str())),
                Rule::arguments => arguments = self.arguments(part)?,
                Rule::role => role = self.parts(part).next().map(|p| p.as_str().to_owned()),
                Rule::times => times = Some(self.condition(part)?),
                Rule::when => when = Some(self.condition(part)?),
                _ => names.push(self.name(&part)),
            }
        }
        let operation = self.need(names.pop(), "an operation")?;
        let name = self.need(names.pop(), "a label")?;
        Ok(OpRow { name, phase, operation, arguments, role, times, when })
    }
}

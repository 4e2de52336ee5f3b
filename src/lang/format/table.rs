//! Rows of operations, whose parts stand below each other like the columns of a table.

use std::collections::{BTreeMap, BTreeSet};

use super::token::{Kind, Token};
use crate::lang::parse::{Outline, Row};

/// Blanks of a level.
pub(super) const LEVEL: usize = 4;

/// Where the parts of the rows of a block stand.
#[derive(Debug, Clone, Copy)]
struct Columns {
    phase: usize,
    name: usize,
    op: usize,
}

/// The rows of a text, and the table that those of each block form.
pub(super) struct Tables<'t> {
    /// Rows, by where each of their parts stands.
    rows: BTreeMap<usize, &'t Row>,
    /// Rows that stand in the table of their block, by their names.
    alone: BTreeSet<usize>,
    /// The table of each block, by where the block begins.
    blocks: BTreeMap<usize, Columns>,
}

impl<'t> Tables<'t> {
    pub(super) fn new(outline: &'t Outline, tokens: &[Token]) -> Self {
        let alone: Vec<&Row> = outline.rows.iter().filter(|row| is_alone(tokens, row)).collect();
        let parts = |row: &'t Row| [Some(row.name), Some(row.op), row.phase].into_iter().flatten();
        let rows = outline.rows.iter().flat_map(|row| parts(row).map(move |at| (at, row)));
        Self {
            rows: rows.collect(),
            blocks: columns(&alone, tokens),
            alone: alone.iter().map(|row| row.name).collect(),
        }
    }

    /// Whether a part of a row stands there.
    pub(super) fn has_part(&self, start: usize) -> bool {
        self.rows.contains_key(&start)
    }

    /// The indentation of a line that begins with a part of a row; `own` is that of an item.
    pub(super) fn row_indent(&self, first: &Token, own: usize) -> Option<usize> {
        let row = self.rows.get(&first.start)?;
        let columns = self.blocks.get(&row.block)?;
        if !self.alone.contains(&row.name) {
            return Some(own);
        }
        Some(if row.phase == Some(first.start) { columns.phase } else { columns.name })
    }

    /// The indentation of `use`: in the table where it stood there, else that of an item.
    pub(super) fn use_indent(&self, first: &Token, own: usize) -> usize {
        let block = self.blocks.range(..=first.start).next_back().map(|(_, columns)| columns.name);
        block.filter(|name| *name == first.column).unwrap_or(own)
    }

    /// Where a token of a row stands, if it is the first row of its line.
    pub(super) fn column(&self, token: &Token) -> Option<usize> {
        let row = self.rows.get(&token.start)?;
        let columns = self.blocks.get(&row.block)?;
        if !self.alone.contains(&row.name) {
            return None;
        }
        Some(match () {
            () if row.op == token.start => columns.op,
            () if row.name == token.start => columns.name,
            () => columns.phase,
        })
    }
}

/// Whether a row has a line of its own, but for the head of its section.
fn is_alone(tokens: &[Token], row: &Row) -> bool {
    let start = row.phase.unwrap_or(row.name);
    let Some(mut at) = tokens.iter().position(|t| t.start == start) else { return false };
    let mut before = Vec::new();
    while tokens[at].breaks == 0
        && let Some(previous) = at.checked_sub(1)
    {
        at = previous;
        before.push(tokens[at].text.as_str());
    }
    matches!(before.as_slice(), [] | ["once"] | [_, "per"])
}

/// The columns of the rows of each block: those that most rows have.
fn columns(rows: &[&Row], tokens: &[Token]) -> BTreeMap<usize, Columns> {
    let column = |start: usize| tokens.iter().find(|t| t.start == start).map(|t| t.column);
    // A row stands at least as deep as its braces. Where the rows of a table are in braces of several
    // depths, the least depth counts.
    let mut depth = 0_usize;
    let mut depths: BTreeMap<usize, usize> = BTreeMap::new();
    for token in tokens.iter().filter(|t| t.kind == Kind::Sign || t.kind == Kind::Word) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depths.insert(token.start, depth);
    }
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows {
        let own = LEVEL * depths.get(&row.name).copied().unwrap_or(1);
        let left = left.entry(row.block).or_insert(own);
        *left = own.min(*left);
    }
    let mut blocks: BTreeMap<usize, [Vec<usize>; 3]> = BTreeMap::new();
    for row in rows {
        let columns = blocks.entry(row.block).or_default();
        for (column, list) in
            [row.phase.and_then(column), column(row.name), column(row.op)].into_iter().zip(columns)
        {
            list.extend(column);
        }
    }
    let table = |block: usize, [phases, names, ops]: [Vec<usize>; 3]| {
        let left = left.get(&block).copied().unwrap_or(LEVEL);
        let name = most(&names).max(left);
        Columns { phase: most(&phases).max(left), name, op: most(&ops).max(name + 2) }
    };
    blocks.into_iter().map(|(block, columns)| (block, table(block, columns))).collect()
}

/// The value that occurs most often.
fn most(values: &[usize]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(*value).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(value, count)| (*count, *value)).map_or(0, |(value, _)| value)
}

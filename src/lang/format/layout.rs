//! Lines with their indentation.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Line, lines_up, wanted};
use super::question::{laid_out, separate_classes};
use super::token::{Kind, Token, tokens};
use crate::lang::parse::{Outline, Row};

/// Blanks of a level.
const LEVEL: usize = 4;

/// Columns of the rows of a block.
#[derive(Debug, Clone, Copy)]
struct Table {
    phase: usize,
    name: usize,
    op: usize,
}

/// A text and where its parts begin.
pub(super) struct Layout<'t> {
    outline: &'t Outline,
    tokens: Vec<Token>,
    items: BTreeSet<usize>,
    rows: BTreeMap<usize, &'t Row>,
    /// Rows that stand in the table of their block.
    alone: BTreeSet<usize>,
    out: String,
    /// Indentation of the lines that opened the braces around.
    open: Vec<usize>,
}

impl<'t> Layout<'t> {
    pub(super) fn new(text: &str, outline: &'t Outline) -> Self {
        let mut tokens = tokens(text, &outline.verbatim);
        separate_classes(&mut tokens);
        settle_breaks(&mut tokens);
        let items = outline.items.iter().copied().collect();
        let rows = outline.rows.iter().flat_map(|row| {
            [Some(row.name), Some(row.op), row.phase].into_iter().flatten().map(move |at| (at, row))
        });
        let rows = rows.collect();
        let alone = alone(&tokens, outline);
        Self { outline, tokens, items, rows, alone, out: String::new(), open: Vec::new() }
    }

    /// The text in its layout.
    pub(super) fn write(mut self) -> String {
        let tokens = std::mem::take(&mut self.tokens);
        let mut starts: Vec<usize> =
            (0..tokens.len()).filter(|i| *i == 0 || tokens[*i].breaks > 0).collect();
        starts.push(tokens.len());
        let lines: Vec<Line<'_>> =
            starts.windows(2).map(|w| Line { tokens: &tokens[w[0]..w[1]] }).collect();
        let tables = self.tables(&tokens);
        // How far the item that a line continues was moved, and where it begins now.
        let (mut was, mut is) = (0, 0);
        let mut at = 0;
        let mut done = 0;
        while at < lines.len() {
            let line = &lines[at];
            let Some(first) = line.tokens.first() else { break };
            if first.start < done {
                at += 1;
                continue;
            }
            if first.breaks > 1 {
                self.out.push('\n');
            }
            if let Some(end) = self.question(&tokens, first) {
                done = end;
                at += 1;
                continue;
            }
            let own = self.own_indent();
            let indent = if first.is("}") {
                self.open.last().copied().unwrap_or(0)
            } else if let Some(indent) = self.row_indent(first, &tables, own) {
                indent
            } else if self.outline.uses.contains(&first.start) {
                self.use_indent(first, &tables, own)
            } else if self.items.contains(&first.start)
                || matches!(first.kind, Kind::Verbatim | Kind::Comment)
            {
                own
            } else if first.column > was {
                is + first.column - was
            } else {
                is + LEVEL
            };
            if self.items.contains(&first.start) {
                (was, is) = (first.column, indent);
            }
            self.line(&lines, at, indent, &tables);
            at += 1;
        }
        self.out
    }

    /// Where an item stands: a level deeper than the line that opened the brace around it.
    fn own_indent(&self) -> usize {
        self.open.last().map_or(0, |indent| indent + LEVEL)
    }

    fn row_indent(
        &self,
        first: &Token,
        tables: &BTreeMap<usize, Table>,
        own: usize,
    ) -> Option<usize> {
        let row = self.rows.get(&first.start)?;
        let table = tables.get(&row.block)?;
        if !self.alone.contains(&row.name) {
            return Some(own);
        }
        Some(if row.phase == Some(first.start) { table.phase } else { table.name })
    }

    fn use_indent(&self, first: &Token, tables: &BTreeMap<usize, Table>, own: usize) -> usize {
        let block = tables.range(..=first.start).next_back().map(|(_, table)| table.name);
        block.filter(|name| *name == first.column).unwrap_or(own)
    }

    /// A line at an indentation.
    fn line(
        &mut self,
        lines: &[Line<'_>],
        at: usize,
        indent: usize,
        tables: &BTreeMap<usize, Table>,
    ) {
        let line = &lines[at];
        let mut text = " ".repeat(indent);
        let mut opened = Vec::new();
        for (i, token) in line.tokens.iter().enumerate() {
            if let Some(last) = i.checked_sub(1) {
                let a = &line.tokens[last];
                let before = last.checked_sub(1).map(|b| &line.tokens[b]);
                let gap = wanted(before, a, token);
                let width = text.lines().next_back().map_or(0, |l| l.chars().count());
                let gap = match self.column(token, tables) {
                    Some(column) if width + gap < column => column - width,
                    Some(_) => gap,
                    // A comment keeps its distance.
                    None if token.kind == Kind::Comment => token.gap.max(1),
                    None if token.gap > 1 && gap > 0 && lines_up(lines, at, token.column) => {
                        token.gap
                    }
                    None => gap,
                };
                text.push_str(&" ".repeat(gap));
            }
            match token.text.as_str() {
                "{" if token.kind == Kind::Sign => opened.push(()),
                "}" if token.kind == Kind::Sign && opened.pop().is_none() => drop(self.open.pop()),
                _ => {}
            }
            text.push_str(&token.text);
        }
        // Rows begin where their table does, but what they open is a level below their block.
        let own = self.own_indent();
        let base = match line.tokens.first() {
            Some(first) if self.rows.contains_key(&first.start) => own,
            _ => indent,
        };
        self.open.extend(opened.iter().map(|()| base));
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    /// Where a token of a row stands, if it is the first row of its line.
    fn column(&self, token: &Token, tables: &BTreeMap<usize, Table>) -> Option<usize> {
        let row = self.rows.get(&token.start)?;
        let table = tables.get(&row.block)?;
        if !self.alone.contains(&row.name) {
            return None;
        }
        Some(match () {
            () if row.op == token.start => table.op,
            () if row.name == token.start => table.name,
            () => table.phase,
        })
    }

    /// Writes the question that begins with this token, and says where what follows begins.
    fn question(&mut self, tokens: &[Token], first: &Token) -> Option<usize> {
        let question = self.outline.questions.iter().find(|q| q.statement == first.start)?;
        let from = tokens.iter().position(|t| t.start == first.start)?;
        let own = tokens.iter().position(|t| t.start == question.range.start)?;
        let len = tokens[own..].iter().position(|t| t.is(";")).unwrap_or(tokens.len() - own);
        let end = own + len;
        let lines = laid_out(question, &tokens[from..own], &tokens[own..end])?;
        let mut text: Vec<String> = lines
            .into_iter()
            .map(|(indent, line)| format!("{}{line}", " ".repeat(indent)))
            .collect();
        let mut next = end;
        while let Some(token) = tokens.get(next).filter(|t| t.breaks == 0)
            && let Some(last) = text.last_mut()
        {
            if token.kind == Kind::Comment {
                last.push_str(&" ".repeat(token.gap.max(1)));
            }
            last.push_str(&token.text);
            next += 1;
        }
        self.out.push_str(&text.join("\n"));
        self.out.push('\n');
        Some(tokens.get(next).map_or(usize::MAX, |t| t.start))
    }

    /// The columns of the rows of each block: those that most rows have.
    fn tables(&self, tokens: &[Token]) -> BTreeMap<usize, Table> {
        let column = |start: usize| tokens.iter().find(|t| t.start == start).map(|t| t.column);
        // No row stands left of where its braces put it, but for those that share a table with
        // rows of fewer braces.
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
        for row in self.outline.rows.iter().filter(|r| self.alone.contains(&r.name)) {
            let own = LEVEL * depths.get(&row.name).copied().unwrap_or(1);
            let left = left.entry(row.block).or_insert(own);
            *left = own.min(*left);
        }
        let mut blocks: BTreeMap<usize, [Vec<usize>; 3]> = BTreeMap::new();
        for row in self.outline.rows.iter().filter(|r| self.alone.contains(&r.name)) {
            let columns = blocks.entry(row.block).or_default();
            for (column, list) in [row.phase.and_then(column), column(row.name), column(row.op)]
                .into_iter()
                .zip(columns)
            {
                list.extend(column);
            }
        }
        let table = |block: usize, [phases, names, ops]: [Vec<usize>; 3]| {
            let left = left.get(&block).copied().unwrap_or(LEVEL);
            let name = most(&names).max(left);
            Table { phase: most(&phases).max(left), name, op: most(&ops).max(name + 2) }
        };
        blocks.into_iter().map(|(block, columns)| (block, table(block, columns))).collect()
    }
}

/// The value that occurs most often.
fn most(values: &[usize]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(*value).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(value, count)| (*count, *value)).map_or(0, |(value, _)| value)
}

/// Rows with a line of their own, but for the head of their section; by where their name stands.
fn alone(tokens: &[Token], outline: &Outline) -> BTreeSet<usize> {
    let begins = |row: &&Row| {
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
    };
    outline.rows.iter().filter(begins).map(|row| row.name).collect()
}

/// Statements begin on lines of their own; a semicolon ends the line before it.
fn settle_breaks(tokens: &mut [Token]) {
    for i in 0..tokens.len() {
        let (before, rest) = tokens.split_at_mut(i);
        let Some(token) = rest.first_mut() else { continue };
        token.breaks = token.breaks.min(2);
        let Some(last) = before.last() else {
            token.breaks = 0;
            continue;
        };
        let ends_in_comment = match last.kind {
            Kind::Comment => true,
            Kind::Verbatim => last.text.lines().next_back().is_some_and(|l| l.contains("--")),
            _ => false,
        };
        if token.is(";") && !ends_in_comment {
            (token.breaks, token.gap) = (0, 0);
        }
        if last.is(";") && !token.is(";") && token.kind != Kind::Comment {
            token.breaks = token.breaks.max(1);
        }
    }
}

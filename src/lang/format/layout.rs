//! Lines with their indentation.

use std::collections::BTreeSet;

use super::lines::{Line, lines_up, settle_breaks, wanted};
use super::question::{laid_out, separate_classes};
use super::table::{LEVEL, Tables};
use super::token::{Kind, Token};
use crate::lang::parse::Outline;

/// A text and where its parts begin.
pub(super) struct Layout<'t> {
    outline: &'t Outline,
    tokens: Vec<Token>,
    items: BTreeSet<usize>,
    tables: Tables<'t>,
    out: String,
    /// Indentation of the lines that opened the braces around.
    open: Vec<usize>,
}

impl<'t> Layout<'t> {
    pub(super) fn new(outline: &'t Outline, tokens: &[Token]) -> Self {
        let mut tokens = tokens.to_vec();
        separate_classes(&mut tokens);
        settle_breaks(&mut tokens);
        let items = outline.items.iter().copied().collect();
        let tables = Tables::new(outline, &tokens);
        Self { outline, tokens, items, tables, out: String::new(), open: Vec::new() }
    }

    /// The text in its layout.
    pub(super) fn write(mut self) -> String {
        let tokens = std::mem::take(&mut self.tokens);
        let mut starts: Vec<usize> =
            (0..tokens.len()).filter(|i| *i == 0 || tokens[*i].breaks > 0).collect();
        starts.push(tokens.len());
        let lines: Vec<Line<'_>> =
            starts.windows(2).map(|w| Line { tokens: &tokens[w[0]..w[1]] }).collect();
        // How far the item that a line continues was moved, and where it begins now.
        let (mut was, mut is) = (0, 0);
        let mut done = 0;
        for (at, line) in lines.iter().enumerate() {
            let Some(first) = line.tokens.first().filter(|first| first.start >= done) else {
                continue;
            };
            if first.breaks > 1 {
                self.out.push('\n');
            }
            if let Some(end) = self.question(&tokens, first) {
                done = end;
                continue;
            }
            let indent = match self.indent(first) {
                Some(indent) => indent,
                None if first.column > was => is + first.column - was,
                None => is + LEVEL,
            };
            if self.items.contains(&first.start) {
                (was, is) = (first.column, indent);
            }
            self.line(&lines, at, indent);
        }
        self.out
    }

    /// The indentation of a line; `None` where it continues the one before.
    fn indent(&self, first: &Token) -> Option<usize> {
        let own = self.own_indent();
        if first.is("}") {
            return Some(self.open.last().copied().unwrap_or(0));
        }
        if let Some(indent) = self.tables.row_indent(first, own) {
            return Some(indent);
        }
        if self.outline.uses.contains(&first.start) {
            return Some(self.tables.use_indent(first, own));
        }
        let begins = self.items.contains(&first.start)
            || matches!(first.kind, Kind::Verbatim | Kind::Comment);
        begins.then_some(own)
    }

    /// Where an item stands: a level deeper than the line that opened the brace around it.
    fn own_indent(&self) -> usize {
        self.open.last().map_or(0, |indent| indent + LEVEL)
    }

    /// A line at an indentation.
    fn line(&mut self, lines: &[Line<'_>], at: usize, indent: usize) {
        let line = &lines[at];
        let mut text = " ".repeat(indent);
        let mut opened = Vec::new();
        for (i, token) in line.tokens.iter().enumerate() {
            if let Some(last) = i.checked_sub(1) {
                let a = &line.tokens[last];
                let before = last.checked_sub(1).map(|b| &line.tokens[b]);
                let gap = wanted(before, a, token);
                let width = text.lines().next_back().map_or(0, |l| l.chars().count());
                let gap = match self.tables.column(token) {
                    Some(column) if width + gap < column => column - width,
                    Some(_) => gap,
                    // A comment keeps the blanks before it.
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
        // A row is indented to its table, but the braces that it opens are indented from its block.
        let own = self.own_indent();
        let base = match line.tokens.first() {
            Some(first) if self.tables.has_part(first.start) => own,
            _ => indent,
        };
        self.open.extend(opened.iter().map(|()| base));
        self.out.push_str(text.trim_end());
        self.out.push('\n');
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
}

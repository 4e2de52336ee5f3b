//! Where the cursor stands in a statement, judged by the tokens before it. The grammar decides what a
//! text means; this follows it roughly, because a statement being typed is not one yet.

use crate::lang::keywords;
use crate::lang::lex::{Kind, tokens};

/// Other words that change what may follow them, and where that is so.
const LINKS: [(&str, &[&str]); 15] = [
    ("from", &["estimate", "select", "with", "describe"]),
    ("join", &["select", "with"]),
    ("per", &["search", "estimate"]),
    ("distinct", &["search", "estimate"]),
    ("by", &["plot"]),
    ("between", &["diff"]),
    ("in", &["explain", "why", "frontier"]),
    ("to", &["sensitivity"]),
    ("to", &["save", "generate", "plot"]),
    ("for", &["show", "save", "generate"]),
    ("with", &["generate"]),
    ("ops", &["explain"]),
    ("metric", &["explain"]),
    ("price", &["set"]),
    ("not", &["why"]),
];
/// Words between two operands.
const OPERATORS: [&str; 10] =
    ["and", "or", "not", "in", "between", "if", "then", "else", "is", "by"];
/// Statements that SQL begins.
const SQL: [&str; 2] = ["select", "with"];

/// Where the cursor stands in a statement.
#[derive(Debug, Default)]
pub(super) struct Place<'a> {
    /// First word of the statement.
    pub(super) head: &'a str,
    /// A question within it, `search` or `estimate`, has begun.
    pub(super) asks: bool,
    /// The word that the text after it belongs to: of a clause, or the head.
    pub(super) clause: &'a str,
    /// Clauses there are.
    pub(super) used: Vec<&'a str>,
    /// Brackets that are open.
    pub(super) open: Vec<&'a str>,
    /// The name on the left of `=`, `<`, `in`, ...
    pub(super) name: Option<&'a str>,
    /// The token before the cursor.
    pub(super) last: Option<(Kind, &'a str)>,
    /// Items since the clause began.
    pub(super) items: usize,
}

impl<'a> Place<'a> {
    /// The place behind a text.
    pub(super) fn behind(before: &'a str) -> Self {
        let mut place = Self::default();
        for token in tokens(before) {
            let text = &before[token.range];
            match token.kind {
                Kind::Comment => {}
                Kind::Sign if text == ";" => place = Self::default(),
                kind => place.take(kind, text),
            }
        }
        place
    }

    fn take(&mut self, kind: Kind, text: &'a str) {
        let before = self.last.replace((kind, text));
        let named = before.filter(|(kind, _)| *kind == Kind::Word).map(|(_, word)| last_name(word));
        match (kind, text) {
            (Kind::Sign, "[" | "(") => self.open.push(text),
            (Kind::Sign, "]" | ")") => drop(self.open.pop()),
            // What is named there is a result, not an axis.
            (Kind::Sign, "=") if self.clause.eq_ignore_ascii_case("let") => {}
            (Kind::Sign, sign) if compares(sign) => self.name = self.name.or(named),
            (Kind::Sign, "." | "..") => {}
            (Kind::Sign, ",") if !self.open.is_empty() => {}
            (Kind::Sign, ",") => self.name = None,
            (Kind::Word, word) if self.open.is_empty() => self.word(word, named),
            _ => self.items += 1,
        }
    }

    fn word(&mut self, word: &'a str, named: Option<&'a str>) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        let clause = keywords::clause(word);
        let link = LINKS.into_iter().find(|(link, of)| is(link) && self.within(of));
        if self.head.is_empty() {
            (self.head, self.clause) = (word, word);
            self.asks = is("search") || is("estimate");
        } else if !self.asks && !self.sql() && (is("search") || is("estimate")) {
            (self.asks, self.clause, self.items, self.name) = (true, word, 0, None);
        } else if let Some((link, _)) = link.filter(|(link, _)| {
            // In a condition, `in` and `between` are operators.
            !matches!(*link, "in" | "between") || self.operand_over()
        }) {
            (self.clause, self.items, self.name) = (link, 0, None);
        } else if let Some(clause) = clause.filter(|_| self.asks || self.sql() || self.is("assert"))
        {
            self.used.push(clause);
            (self.clause, self.items, self.name) = (clause, 0, None);
        } else if is("in") {
            self.name = self.name.or(named);
        } else if is("and") || is("or") {
            self.name = None;
        } else {
            self.items += 1;
        }
    }

    /// Whether the head of the statement is one of these; a question within another counts too.
    fn within(&self, heads: &[&str]) -> bool {
        heads.iter().any(|h| self.is(h) || (self.asks && matches!(*h, "search" | "estimate")))
    }

    pub(super) fn is(&self, head: &str) -> bool {
        self.head.eq_ignore_ascii_case(head)
    }

    pub(super) fn sql(&self) -> bool {
        SQL.iter().any(|head| self.is(head))
    }

    /// Whether `in` and `between` cannot be operators here, because the clause has no conditions.
    fn operand_over(&self) -> bool {
        !matches!(self.clause, "where" | "prefer" | "maximize" | "minimize" | "pareto")
    }

    /// Whether an item ends before the cursor, so that a comma or the next clause follows.
    pub(super) fn after_item(&self) -> bool {
        match self.last {
            Some((Kind::Number | Kind::Text, _)) => true,
            Some((Kind::Sign, sign)) => matches!(sign, "]" | ")"),
            Some((Kind::Word, word)) => {
                let operator = OPERATORS.iter().any(|o| word.eq_ignore_ascii_case(o));
                // Just behind its own keyword, a clause has no item yet.
                !operator && self.items > 0
            }
            _ => false,
        }
    }

    /// Whether values are typed, not an expression.
    pub(super) fn in_list(&self) -> bool {
        self.open.last() == Some(&"[") || !EXPRESSIONS.contains(&self.clause)
    }
}

/// Whether values follow a sign: `=`, `<`, `!=` and their like, and `!`, of which more is to come.
fn compares(sign: &str) -> bool {
    sign.chars().all(|c| matches!(c, '=' | '<' | '>' | '!'))
}

/// Of a path such as `prefill.tp`, the name behind the last dot.
fn last_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Clauses made of expressions.
const EXPRESSIONS: [&str; 6] = ["where", "assert", "maximize", "minimize", "pareto", "prefer"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_language() {
        // Of SQL alone.
        let others = ["join", "is"];
        let words = LINKS.iter().map(|(word, _)| *word).chain(OPERATORS).chain(SQL);
        for word in words.chain(EXPRESSIONS).filter(|word| !others.contains(word)) {
            assert!(keywords::find(word).is_some(), "{word}");
        }
    }
}

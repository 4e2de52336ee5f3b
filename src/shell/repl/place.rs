//! What may stand at the cursor, judged by the words before it. The grammar decides what a text
//! means; this follows it roughly, because a statement being typed is not one yet.

use super::lex::{Kind, pieces};
use crate::WordKind;

/// A sort of words that may stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Want<'a> {
    /// Words of this kind.
    Kind(WordKind),
    /// Words of this kind that belong to something.
    Of(WordKind, &'a str),
    /// Keywords that begin a statement.
    Statement,
    /// This very word.
    Word(&'static str),
    /// Names of files.
    File,
}

/// Words that begin a clause of a question.
pub(super) const CLAUSES: [&str; 12] = [
    "for", "on", "using", "serving", "as", "where", "prefer", "maximize", "minimize", "pareto",
    "top", "with",
];
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
struct Place<'a> {
    /// First word of the statement.
    head: &'a str,
    /// A question within it, `search` or `estimate`, has begun.
    asks: bool,
    /// The word that the text after it belongs to: of a clause, or the head.
    clause: &'a str,
    /// Clauses there are.
    used: Vec<&'a str>,
    /// Brackets that are open.
    open: Vec<&'a str>,
    /// The name on the left of `=`, `<`, `in`, ...
    name: Option<&'a str>,
    /// The word, sign or value before the cursor, and the one before that.
    last: Option<(Kind, &'a str)>,
    /// Items since the clause began.
    items: usize,
}

/// Groups of words that may follow `before`, the likelier group first. `before` ends where the
/// word that is being typed begins.
pub(super) fn wanted(before: &str) -> Vec<Vec<Want<'_>>> {
    let mut place = Place::default();
    for piece in pieces(before) {
        let text = &before[piece.range.clone()];
        match piece.kind {
            Kind::Comment => {}
            Kind::Sign if text == ";" => place = Place::default(),
            kind => place.take(kind, text),
        }
    }
    place.wants()
}

impl<'a> Place<'a> {
    fn take(&mut self, kind: Kind, text: &'a str) {
        let before = self.last.replace((kind, text));
        let named = before.filter(|(kind, _)| *kind == Kind::Word).map(|(_, word)| word);
        match (kind, text) {
            (Kind::Sign, "[" | "(") => self.open.push(text),
            (Kind::Sign, "]" | ")") => drop(self.open.pop()),
            // What is named there is a result, not an axis.
            (Kind::Sign, "=") if self.clause.eq_ignore_ascii_case("let") => {}
            (Kind::Sign, "=" | "<" | ">" | "!") => self.name = self.name.or(named),
            (Kind::Sign, "," | ".") if !self.open.is_empty() || text == "." => {}
            (Kind::Sign, ",") => self.name = None,
            (Kind::Word, word) if self.open.is_empty() => self.word(word, named),
            _ => self.items += 1,
        }
    }

    fn word(&mut self, word: &'a str, named: Option<&'a str>) {
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        let clause = CLAUSES.into_iter().find(|c| is(c));
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

    fn is(&self, head: &str) -> bool {
        self.head.eq_ignore_ascii_case(head)
    }

    fn sql(&self) -> bool {
        SQL.iter().any(|head| self.is(head))
    }

    /// Whether the clause is not one whose operators `in` and `between` may be.
    fn operand_over(&self) -> bool {
        !matches!(self.clause, "where" | "prefer" | "maximize" | "minimize" | "pareto")
    }

    /// Whether an item ends before the cursor, so that a comma or the next clause follows.
    fn after_item(&self) -> bool {
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

    fn wants(&self) -> Vec<Vec<Want<'a>>> {
        if self.head.is_empty() {
            return vec![vec![Want::Statement, Want::Word("describe"), Want::Word("help")]];
        }
        let after = self.after_item();
        match self.name {
            Some(name) if !after && self.in_list() => vec![values(name)],
            Some(name) if !after => vec![values(name), self.items()],
            Some(_) if !self.open.is_empty() => Vec::new(),
            _ if after => vec![self.next()],
            _ => vec![self.items()],
        }
    }

    /// Whether values are typed, not an expression.
    fn in_list(&self) -> bool {
        self.open.last() == Some(&"[") || !EXPRESSIONS.contains(&self.clause)
    }

    /// What the clause is made of.
    fn items(&self) -> Vec<Want<'a>> {
        use WordKind::{
            Axis, Backend, Definition, Field, Function, Metric, Mode, Model, Platform, Result,
            Setting, Shown, System, Table,
        };
        let kinds = |kinds: &[WordKind]| kinds.iter().map(|k| Want::Kind(*k)).collect();
        let words = |words: &[&'static str]| words.iter().map(|w| Want::Word(w)).collect();
        let both = |a: &[WordKind], b: &[&'static str]| -> Vec<Want<'a>> {
            a.iter().map(|k| Want::Kind(*k)).chain(b.iter().map(|w| Want::Word(w))).collect()
        };
        match self.clause.to_ascii_lowercase().as_str() {
            // The axes of a question may be left out.
            "search" => [kinds(&[Axis]), self.clauses(self.items == 0)].concat(),
            "estimate" => [both(&[Axis], &["from"]), self.clauses(self.items == 0)].concat(),
            "serving" => vec![Want::Of(Axis, "workload")],
            // A number of GPUs.
            "on" if self.last.is_some_and(|(_, sign)| sign == "*") => Vec::new(),
            "on" if !self.sql() => kinds(&[System]),
            "using" if !self.sql() => kinds(&[Backend]),
            "for" if self.is("save") || self.is("generate") => kinds(&[Platform]),
            "for" if self.is("show") => kinds(&[Model, System, Backend]),
            "for" => kinds(&[Model, Axis]),
            "with" if self.asks => vec![Want::Of(Axis, "workload"), Want::Kind(Setting)],
            "to" if self.is("sensitivity") => vec![Want::Of(Axis, "workload"), Want::Kind(Setting)],
            "sensitivity" => both(&[Result], &["search", "estimate"]),
            "frontier" => kinds(&[Metric]),
            "in" if self.is("frontier") => both(&[Result], &["search"]),
            "as" if !self.sql() => kinds(&[Mode]),
            "assert" => both(&[Result, Metric, Function], &["best"]),
            "select" | "with" if self.sql() => kinds(&[Field, Metric, Axis, Function]),
            "where" | "on" if self.sql() => kinds(&[Field, Metric, Axis, Function]),
            "where" | "maximize" | "minimize" | "pareto" | "prefer" => {
                kinds(&[Metric, Axis, Function])
            }
            "per" | "distinct" => kinds(&[Axis]),
            "by" => kinds(&[Axis, Metric]),
            "between" if self.asks => kinds(&[System, Backend, Model]),
            "between" | "in" | "save" | "generate" => kinds(&[Result]),
            "from" if self.sql() => kinds(&[Table, Result]),
            "from" => [kinds(&[Result, Table]), vec![Want::File]].concat(),
            "join" => kinds(&[Table, Result]),
            "show" => kinds(&[Shown]),
            "describe" => {
                kinds(&[Table, Result, Metric, Axis, Setting, Model, System, Mode, Definition])
            }
            "set" => both(&[Setting, Axis], &["price"]),
            "price" => kinds(&[System]),
            "let" if matches!(self.last, Some((_, "="))) => words(&["search", "estimate"]),
            "explain" => both(&[Result], &["analyze", "ops", "metric", "search", "estimate"]),
            "ops" => both(&[Result], &["search", "estimate"]),
            "metric" => kinds(&[Metric]),
            // The columns that a plot is over, or what is plotted.
            "plot" if self.items > 0 => kinds(&[Metric, Axis]),
            "plot" => both(&[Result], &["search"]),
            "diff" => both(&[Result], &["search", "between"]),
            "why" => words(&["not"]),
            "not" => both(&[Axis], &["in"]),
            "include" | "attach" | "to" => vec![Want::File],
            _ => Vec::new(),
        }
    }

    /// What follows an item.
    fn next(&self) -> Vec<Want<'a>> {
        let words = |words: &[&'static str]| words.iter().map(|w| Want::Word(w)).collect();
        let clause = self.clause.to_ascii_lowercase();
        if self.sql() {
            return words(&["from", "where", "join", "as", "and", "or"]);
        }
        let mut next: Vec<Want<'a>> = match (clause.as_str(), self.last) {
            ("search" | "estimate" | "serving" | "set" | "not", Some((Kind::Word, _)))
                if self.name.is_none() =>
            {
                return words(&["in", "="]);
            }
            ("where" | "assert", _) => words(&["and", "or", "in", "between"]),
            ("prefer", _) => words(&["weight", "fail_ratio", "hard"]),
            ("top", _) => words(&["per", "distinct"]),
            ("using", Some((_, backend))) => vec![Want::Of(WordKind::Version, backend)],
            ("not" | "metric" | "frontier", _) => words(&["in"]),
            ("sensitivity", _) => words(&["to", "by"]),
            ("with", Some((Kind::Word, _))) if self.asks => return words(&["*", "=", "in"]),
            ("save" | "generate", _) => words(&["to"]),
            ("to", _) if self.is("generate") => words(&["force", "for", "with"]),
            ("to", _) if self.is("save") => words(&["force", "for"]),
            ("to", _) if self.is("plot") => words(&["force"]),
            ("for", _) if self.is("generate") => words(&["with"]),
            ("show", _) => words(&["for"]),
            ("plot", _) if self.items == 1 => {
                let columns = [WordKind::Metric, WordKind::Axis].map(Want::Kind);
                columns.into_iter().chain([Want::Word("color by"), Want::Word("to")]).collect()
            }
            _ => Vec::new(),
        };
        if self.asks {
            next.extend(self.clauses(true));
            if self.is("diff") && clause != "between" {
                next.push(Want::Word("between"));
            }
        }
        if self.is("plot") && (self.asks || self.items > 1) && !matches!(&*clause, "to" | "by") {
            next.extend([Want::Word("color by"), Want::Word("to")]);
        } else if self.is("plot") && clause == "by" {
            next.push(Want::Word("to"));
        }
        next
    }

    /// The clauses that are not there yet.
    fn clauses(&self, may: bool) -> Vec<Want<'a>> {
        let objective = ["maximize", "minimize", "pareto"];
        let decided = objective.iter().any(|o| self.used.contains(o));
        let there = |clause: &str| {
            (self.used.contains(&clause) && clause != "prefer")
                || (decided && objective.contains(&clause))
        };
        let open = CLAUSES.into_iter().filter(|clause| !there(clause));
        open.filter(|_| may).map(Want::Word).collect()
    }
}

/// Clauses made of expressions.
const EXPRESSIONS: [&str; 6] = ["where", "assert", "maximize", "minimize", "pareto", "prefer"];

/// The values of an axis, a setting or a column; of a pool, as in `prefill.tp`, they are the same.
fn values(name: &str) -> Vec<Want<'_>> {
    vec![match name.to_ascii_lowercase().as_str() {
        "model" => Want::Kind(WordKind::Model),
        "system" => Want::Kind(WordKind::System),
        "backend" => Want::Kind(WordKind::Backend),
        "version" => Want::Kind(WordKind::Version),
        "mode" => Want::Kind(WordKind::Mode),
        _ => Want::Of(WordKind::Value, name),
    }]
}

//! What may stand at the cursor.

use super::place::Place;
use crate::WordKind;
use crate::lang::keywords::{self, Begins};
use crate::lang::lex::Kind;

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

/// Groups of words that may follow `before`, the likelier group first. `before` ends where the
/// word that is being typed begins.
pub(super) fn wanted(before: &str) -> Vec<Vec<Want<'_>>> {
    Place::behind(before).wants()
}

impl<'a> Place<'a> {
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
            "assert" => both(&[Result, Metric, Function], &["best", "origin"]),
            "select" | "with" if self.sql() => kinds(&[Field, Metric, Axis, Function]),
            "where" | "on" if self.sql() => kinds(&[Field, Metric, Axis, Function]),
            "where" | "maximize" | "minimize" | "pareto" | "prefer" => {
                both(&[Metric, Axis, Function], &["origin"])
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
        let open = keywords::beginning(Begins::Clause).filter(|clause| !there(clause));
        open.filter(|_| may).map(Want::Word).collect()
    }
}

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

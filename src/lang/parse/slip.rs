//! What was likely meant where a text is not understood.

use crate::error::nearest;
use crate::lang::units::Unit;

/// Words that begin statements.
const STATEMENTS: &[&str] = &[
    "search",
    "estimate",
    "explain",
    "diff",
    "sensitivity",
    "frontier",
    "set",
    "show",
    "let",
    "plot",
    "save",
    "generate",
    "include",
    "attach",
    "assert",
    "select",
    "define",
    "rule",
    "axis",
    "architecture",
    "operation",
    "engine",
    "mode",
    "quant",
    "vary",
];
/// Words that begin clauses.
const CLAUSES: &[&str] = &[
    "for", "on", "using", "serving", "as", "where", "prefer", "maximize", "minimize", "pareto",
    "top", "with",
];

/// Where a text stops making sense.
pub(super) struct Place<'t> {
    /// What stands before.
    pub(super) before: &'t str,
    /// What stands there.
    pub(super) rest: &'t str,
    /// What the grammar expected.
    pub(super) expected: &'t [&'t str],
}

/// A line of help, for common slips.
pub(super) fn help(place: &Place<'_>) -> Option<String> {
    sign(place)
        .or_else(|| quote(place))
        .or_else(|| number(place))
        .or_else(|| list(place))
        .or_else(|| statement(place))
        .or_else(|| clause(place))
        .or_else(|| sql(place.word()))
        .or_else(|| comma(place))
        .or_else(|| place.unclosed().map(|b| format!("`{b}` is never closed")))
        .or_else(|| place.near())
}

impl<'t> Place<'t> {
    fn expects(&self, what: &str) -> bool {
        self.expected.contains(&what)
    }

    /// The word that stands there.
    fn word(&self) -> &'t str {
        word(self.rest)
    }

    /// The word after that, or sign.
    fn next(&self) -> &'t str {
        let after = self.rest[self.word().len()..].trim_start();
        let next = word(after);
        if next.is_empty() { after.get(..1).unwrap_or("") } else { next }
    }

    /// The word before, with anything between it and here being blank.
    fn last(&self) -> &'t str {
        let before = self.before.trim_end();
        let start = before
            .rfind(|c: char| !is_word(c))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        &before[start..]
    }

    /// What the statement says before this place.
    fn statement(&self) -> &'t str {
        let end = super::recover::semicolons(self.before).pop();
        end.map_or(self.before, |at| &self.before[at + 1..])
    }

    fn begins_statement(&self) -> bool {
        let before = self.statement().trim();
        before.is_empty() || before.lines().all(|l| l.trim_start().starts_with("--"))
    }

    /// The innermost bracket that is open here.
    fn unclosed(&self) -> Option<char> {
        let mut open = Vec::new();
        let mut quote = None;
        for c in self.statement().chars() {
            match (quote, c) {
                (Some(q), c) if q == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '(' | '[' | '{') => open.push(c),
                (None, ')' | ']' | '}') => drop(open.pop()),
                _ => {}
            }
        }
        // Between the classes of a mix a semicolon ends nothing.
        let ends_here = || {
            let text = format!("{};", self.before);
            super::recover::semicolons(&text).pop() == Some(self.before.len())
        };
        let ends = self.rest.trim().is_empty() || self.rest.starts_with(';') && ends_here();
        let is_list = open.last() == Some(&'[') && CLAUSES.contains(&self.word());
        open.pop().filter(|_| ends || is_list)
    }

    /// A keyword spelled nearly like the word here, or like the word before.
    fn near(&self) -> Option<String> {
        let words = if self.begins_statement() { STATEMENTS } else { CLAUSES };
        let word = self.word();
        let found = |w: &str| {
            let near = nearest(w, words.iter().copied()).filter(|n| *n != w && w.len() > 2)?;
            Some(format!("did you mean `{near}`?"))
        };
        // An unknown word before values is taken for the name of an axis.
        let as_axis = self.expects("`in`").then(|| found(self.last())).flatten();
        as_axis.or_else(|| found(word))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !is_word(c)).unwrap_or(text.len())]
}

/// Signs of other languages.
fn sign(place: &Place<'_>) -> Option<String> {
    let first = place.rest.chars().next()?;
    let last = place.before.chars().next_back();
    Some(match (last, first) {
        (Some('='), '=') => "two values are compared with `=`".to_owned(),
        (Some('<' | '>'), '<' | '>') => {
            "the signs are `<`, `<=`, `>`, `>=`, `=` and `!=`".to_owned()
        }
        (Some('*'), '*') | (_, '^') => "a power is written `pow(a, b)`".to_owned(),
        (_, '%') => "a remainder is written `mod(a, b)`".to_owned(),
        (_, '!') => "write `not`".to_owned(),
        (_, '&') => "write `and`".to_owned(),
        (_, '|') => "write `or`".to_owned(),
        (_, '≤') => "write `<=`".to_owned(),
        (_, '≥') => "write `>=`".to_owned(),
        (_, '≠') => "write `!=`".to_owned(),
        (_, '×' | '·') => "write `*`".to_owned(),
        (_, 'µ' | 'μ') => "microseconds are written `us`".to_owned(),
        (_, '‘' | '’' | '“' | '”' | '„' | '«' | '»' | '`') => {
            "texts stand between ' and ', or \" and \"".to_owned()
        }
        (_, '$') => "a price is written `$3.20/gpu_hour`".to_owned(),
        (_, ':') if place.expects("`in`") => {
            format!("write `{} = value` or `{0} in [..]`", place.last())
        }
        (_, ':') => "nothing stands between clauses".to_owned(),
        _ => return None,
    })
}

/// Texts without quotes.
fn quote(place: &Place<'_>) -> Option<String> {
    if !place.expects("a quoted text") {
        return None;
    }
    let end = place.rest.find(|c: char| c.is_whitespace() || c == ';' || c == ',');
    let text = &place.rest[..end.unwrap_or(place.rest.len())];
    // A clause may follow as well, and then it is not a text.
    let first = text.chars().next()?;
    let is_clause = place.expects("a clause") && !first.is_ascii_digit();
    (is_word(first) && !is_clause).then(|| format!("texts are quoted: '{text}'"))
}

/// Numbers and their units.
fn number(place: &Place<'_>) -> Option<String> {
    let last = place.last();
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut chars = place.rest.chars();
    let first = chars.next();
    if is_number && Unit::parse(place.word()).is_some() {
        return Some(format!(
            "a unit follows its number without a blank: `{last}{}`",
            place.word()
        ));
    }
    if first == Some(',') && is_number && digit(chars.next()) && place.before.ends_with(last) {
        return Some("digits are grouped with `_`, as in 1_000, or not at all".to_owned());
    }
    if first == Some('.') && place.before.ends_with("..") {
        return Some("a range has two dots, as in 1..8".to_owned());
    }
    match place.word() {
        "to" if is_number => Some(format!("a range has two dots: `{last}..{}`", place.next())),
        "by" => Some(format!("a factor has a star: `by *{}`", place.next())),
        _ => None,
    }
}

/// Lists in other brackets, or in none.
fn list(place: &Place<'_>) -> Option<String> {
    let statement = place.statement();
    let begins = |sign: char| place.rest.starts_with(sign);
    let digit = place.rest.starts_with(|c: char| c.is_ascii_digit());
    let open =
        |sign: char| statement.rfind(sign).filter(|at| !statement[*at..].contains([')', ']']));
    let behind_in = |at: usize| word_before(statement, at) == "in";
    if begins('{') && place.last() == "in" || (begins(',') && open('(').is_some_and(behind_in)) {
        return Some("a list stands between `[` and `]`".to_owned());
    }
    if digit && open('[').is_some() {
        return Some("the values of a list are separated by commas".to_owned());
    }
    if digit && statement.trim_end().ends_with(',') {
        return Some("several values stand between `[` and `]`".to_owned());
    }
    None
}

fn word_before(text: &str, at: usize) -> &str {
    let before = text[..at].trim_end();
    &before[before.rfind(|c: char| !is_word(c)).map_or(0, |i| i + 1)..]
}

/// Words at the beginning of a statement, and `set`.
fn statement(place: &Place<'_>) -> Option<String> {
    let word = place.word();
    if place.last() == "set" && !word.is_empty() {
        return Some(format!("a setting has a value: `set {word} = ..`"));
    }
    if !place.begins_statement() {
        let next = STATEMENTS.contains(&word) && !matches!(word, "set" | "rule" | "axis" | "mode");
        return next.then(|| "a `;` ends the statement before".to_owned());
    }
    Some(match word {
        "find" | "optimize" | "optimise" | "query" | "get" => "write `search`".to_owned(),
        "metric" => "write `define metric NAME : UNIT = ..`".to_owned(),
        "quant" => "write `quant NAME { bytes = 1, flops = 'fp8' }`".to_owned(),
        "axis" => {
            "write `axis NAME : worker in [..]`; a kind is choice, request, workload or worker"
                .to_owned()
        }
        "rule" => "write `rule NAME require CONDITION else 'message'`".to_owned(),
        "update" | "delete" | "alter" | "merge" => {
            "SQL begins with select, with, describe, copy, create, values, insert or drop"
                .to_owned()
        }
        _ => {
            return place.near().or_else(|| {
                Some(
                    "statements: search, estimate, explain, set, show, let, plot, save, generate, \
                     include, attach, assert, SQL"
                        .to_owned(),
                )
            });
        }
    })
}

/// Clauses with something missing or too much.
fn clause(place: &Place<'_>) -> Option<String> {
    let (word, last) = (place.word(), place.last());
    let digit = word.starts_with(|c: char| c.is_ascii_digit());
    if place.expects("a system") && digit {
        return Some(format!("the system comes first: `{} * {word}`", place.next()));
    }
    if word == "x" && place.next().starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!("a number of GPUs follows a star: `{last} * {}`", place.next()));
    }
    if matches!(word, "or" | "and") && word_before(place.statement(), at_of(place, last)) == "as" {
        return Some("serving modes are separated by commas".to_owned());
    }
    if place.expects("`in`") {
        if last == "with" {
            return Some("axes follow `search` directly".to_owned());
        }
        let letters = last.trim_end_matches(|c: char| c.is_ascii_digit());
        if letters != last && CLAUSES.contains(&letters) {
            return Some(format!("write `{letters} {}`", &last[letters.len()..]));
        }
    }
    if place.expects("rows") && !word.is_empty() {
        return Some("a row is `name operation(arguments)`, several stand in braces".to_owned());
    }
    None
}

/// Where the last word begins within the statement.
fn at_of(place: &Place<'_>, last: &str) -> usize {
    place.statement().trim_end().len() - last.len()
}

/// Words of SQL in a question.
fn sql(word: &str) -> Option<String> {
    Some(
        match word.to_ascii_lowercase().as_str() {
            "order" | "sort" => "`maximize` and `minimize` order the rows; name the result for more: `let a = search ..; select * from a order by ..`",
            "limit" | "offset" | "fetch" => "`top 5` limits the rows",
            "group" | "having" => "`top 1 per tp` keeps the best of each; name the result for more: `let a = search ..; select .. from a group by ..`",
            "from" | "join" => "`for` names the model, `on` the system",
            "is" => "write `= null` or `!= null`",
            "like" | "ilike" => "write `contains(text, 'part')`",
            _ => return None,
        }
        .to_owned(),
    )
}

/// Commas that are missing or too many.
fn comma(place: &Place<'_>) -> Option<String> {
    let before = place.before.trim_end();
    if before.ends_with(',') {
        return Some(match place.word() {
            word if CLAUSES.contains(&word) => format!("no comma stands before `{word}`"),
            _ if place.rest.starts_with(',') => "one comma is enough".to_owned(),
            "" => "something follows a comma".to_owned(),
            _ => return None,
        });
    }
    if let Some(after) = place.rest.strip_prefix(',') {
        return Some(match word(after.trim_start()) {
            next if CLAUSES.contains(&next) => format!("no comma stands before `{next}`"),
            _ => "conditions are joined with `and`; axes come before all clauses".to_owned(),
        });
    }
    let is_value = matches!(place.next(), "=" | "in") && !place.word().is_empty();
    let known = CLAUSES.contains(&place.word());
    (is_value && !known && (place.expects("a clause") || place.expects("`..`")))
        .then(|| "a comma is missing before it".to_owned())
}

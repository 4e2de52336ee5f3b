//! `describe NAME` of what is no table: metrics, axes, settings, rules, operations, modes, models,
//! systems and columns, with what is known of them.

use std::path::Path;

use super::show::texts;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::lang::ast::Loc;
use crate::session::state::Session;

/// What `show` lists, and what one of them is called.
const KINDS: [(&str, &str); 9] = [
    ("metrics", "metric"),
    ("axes", "axis"),
    ("settings", "setting"),
    ("rules", "rule"),
    ("operations", "operation"),
    ("modes", "mode"),
    ("models", "model"),
    ("systems", "system"),
    ("columns", "column"),
];

impl Session {
    /// The answer to SQL of the form `describe NAME`, where the name is one that `show` lists and no
    /// table; `None` otherwise. Rows: `kind, of, property, value`.
    ///
    /// # Errors
    /// `AIQ0237` for a name of nothing at all, with the nearest.
    pub(in crate::session) fn described(&mut self, sql: &str, loc: &Loc) -> Result<Option<Answer>> {
        let words: Vec<&str> = sql.trim_end_matches(';').split_whitespace().collect();
        let [verb, name] = words.as_slice() else { return Ok(None) };
        let name = name.trim_matches(['\'', '"']);
        let is = |cell: &String| cell.eq_ignore_ascii_case(name);
        let first = |row: &Vec<String>| row.first().is_some_and(is);
        if !verb.eq_ignore_ascii_case("describe") || self.listed("tables")?.1.iter().any(first) {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for (plural, kind) in KINDS {
            // Of an axis or a metric all is said.
            if kind == "column" && !rows.is_empty() {
                continue;
            }
            let (columns, listed) = self.listed(plural)?;
            let place = columns.iter().position(|c| *c == "of");
            for row in listed.iter().filter(|row| first(row)) {
                let of = place.map_or("", |i| row[i].as_str());
                let known =
                    columns.iter().zip(row).skip(1).filter(|(c, v)| **c != "of" && !v.is_empty());
                for (column, value) in known {
                    let row = [kind, of, column, value].map(str::to_owned).to_vec();
                    // Of a name with several lines, what it means is said once.
                    if *column != "meaning" || !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
        }
        if rows.is_empty() {
            let own = self.is_table(name)? || Path::new(name).exists() || name.contains(['/', '.']);
            return if own { Ok(None) } else { Err(self.nothing_called(name, loc)?) };
        }
        texts(&["kind", "of", "property", "value"], &rows).map(Some)
    }

    /// The error of a name that neither a table nor anything else has.
    fn nothing_called(&self, name: &str, loc: &Loc) -> Result<Error> {
        let mut known = Vec::new();
        for plural in KINDS.iter().map(|(plural, _)| *plural).chain(["tables"]) {
            let rows = self.listed(plural)?.1;
            known.extend(rows.into_iter().filter_map(|row| row.into_iter().next()));
        }
        let mut span = loc.span();
        if let Some(at) = loc.text().rfind(name) {
            span.range = loc.range.start + at..loc.range.start + at + name.len();
        }
        let error = Error::question(Code::NoSuchTable, format!("nothing is called `{name}`"))
            .at(span, "unknown name");
        let near = self.library.columns.guess(name, known.iter().map(String::as_str));
        Ok(error.help(near.unwrap_or_else(|| {
            "`show` lists names: tables, metrics, axes, settings, models, systems, ...".to_owned()
        })))
    }
}

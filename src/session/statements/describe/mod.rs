//! `describe NAME` of what is no table: metrics, axes, settings, rules, operations, modes, models,
//! systems and columns, with what is known of them.

mod example;
mod known;

use std::path::Path;

use super::show::texts;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result};
use crate::base::rows::TableBuilder;
use crate::lang::ast::{LimitDef, Loc};
use crate::session::state::Session;
use known::Known;

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
    /// table; `None` otherwise. Rows: `kind, of, property, value`, and of a model or system also the
    /// number with its unit and meaning.
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
        let (mut rows, mut things) = (Vec::new(), Vec::new());
        for (plural, kind) in KINDS {
            // Of an axis or a metric all is said.
            if kind == "column" && !rows.is_empty() {
                continue;
            }
            // What ships as the setting of an axis is its default.
            let is_axis = kind == "setting" && !rows.is_empty();
            let (columns, listed) = self.listed(plural)?;
            let place = columns.iter().position(|c| *c == "of");
            let layer = columns.iter().position(|c| *c == "layer");
            let typed = |row: &Vec<String>| {
                layer.is_none_or(|i| !["shipped", "mode"].contains(&row[i].as_str()))
            };
            for row in listed.iter().filter(|row| first(row) && (!is_axis || typed(row))) {
                if matches!(kind, "model" | "system") {
                    things.push((kind, row[0].clone()));
                }
                let of = place.map_or("", |i| row[i].as_str());
                let known =
                    columns.iter().zip(row).skip(1).filter(|(c, v)| **c != "of" && !v.is_empty());
                for (column, value) in known {
                    let row = [kind, of, column, value].map(str::to_owned).to_vec();
                    // Of a name with several lines, what they share is said once.
                    if !matches!(*column, "meaning" | "kind") || !rows.contains(&row) {
                        rows.push(row);
                    }
                }
            }
        }
        // A short name of a checkpoint, or a folder of one.
        if rows.is_empty()
            && !self.is_table(name)?
            && !Path::new(name).is_file()
            && let Ok(config) = self.engine.checkpoints.config(name)
        {
            things.push(("model", config.name.clone()));
        }
        if rows.is_empty() && things.is_empty() {
            let own = self.is_table(name)? || Path::new(name).exists() || name.contains(['/', '.']);
            return if own { Ok(None) } else { Err(self.nothing_called(name, loc)?) };
        }
        let mut known = Vec::new();
        for (kind, canonical) in things {
            let own = match kind {
                "system" => self.known_of_system(&canonical)?,
                _ => self.known_of_model(&canonical)?,
            };
            known.extend(own.into_iter().map(|known| (kind, known)));
        }
        if !known.is_empty() {
            let listed = rows.iter().filter(|row| !matches!(row[0].as_str(), "model" | "system"));
            let listed = listed.map(|row| (row[0].as_str(), Known::text(&row[2], &row[3])));
            return numbers(&listed.chain(known).collect::<Vec<_>>()).map(Some);
        }
        let kind = rows[0][0].clone();
        let row =
            |property: &str, value| vec![kind.clone(), String::new(), property.to_owned(), value];
        let meaning = self.library.columns.meaning(name);
        if !meaning.is_empty() && rows.iter().all(|row| row[2] != "meaning") {
            rows.insert(0, row("meaning", meaning.to_owned()));
        }
        let range = self.library.limits.get(name).map(LimitDef::said);
        let more = [("range", range), ("example", self.example(name))];
        for (property, value) in more {
            rows.extend(value.map(|value| row(property, value)));
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

/// What is known of things, with numbers as numbers.
fn numbers(all: &[(&str, Known)]) -> Result<Answer> {
    fn some(text: &str) -> Option<&str> {
        Some(text).filter(|text| !text.is_empty())
    }
    let table = TableBuilder::default()
        .texts("kind", all.iter().map(|(kind, _)| kind))
        .texts("property", all.iter().map(|(_, known)| &known.property))
        .texts_or_null("value", all.iter().map(|(_, known)| some(&known.value)))
        .numbers_or_null("number", all.iter().map(|(_, known)| known.number))
        .texts_or_null("unit", all.iter().map(|(_, known)| some(&known.unit)))
        .texts_or_null("meaning", all.iter().map(|(_, known)| some(&known.meaning)));
    Ok(Answer::rows(table.build()?))
}

//! The question behind a result with everything it took from defaults, as YAML.

use crate::plan::search::branch::{Branch, Purpose};
use std::collections::BTreeMap;

use crate::base::error::Result;
use crate::lang::ast::StatementKind;
use crate::plan::expr::domain::{Written, domain_text};
use crate::session::state::{Named, Session};

impl Session {
    /// `config.yaml` of each serving mode of a result.
    pub(super) fn resolved(&self, result: &Named) -> Result<Vec<(String, String)>> {
        let StatementKind::Search(search) = &result.question.kind else { return Ok(Vec::new()) };
        let branches = self.branches(&self.question(search)?, Purpose::Rank)?;
        let mut modes: BTreeMap<&str, Vec<&Branch>> = BTreeMap::new();
        for branch in &branches {
            modes.entry(&branch.mode).or_default().push(branch);
        }
        let question = self.pinned(&result.question)?;
        let text = |(mode, branches): (&str, Vec<&Branch>)| {
            (mode.to_owned(), self.resolved_mode(&question, mode, &branches))
        };
        Ok(modes.into_iter().map(text).collect())
    }

    fn resolved_mode(&self, question: &str, mode: &str, branches: &[&Branch]) -> String {
        let mut out = format!("mode: {mode}\nquestion: |\n");
        for line in question.lines() {
            out.push_str(&format!("  {}\n", line.trim_end()));
        }
        let settings = self.settings.iter().map(|s| (s.name.text.as_str(), domain_text(&s.domain)));
        mapping(&mut out, "settings", settings);
        out.push_str("targets:\n");
        for branch in branches {
            let mut lead = "  - ";
            for (name, value) in &branch.choices {
                out.push_str(&format!("{lead}{name}: {}\n", quoted(value)));
                lead = "    ";
            }
            for data in &branch.data {
                out.push_str(&format!("{lead}data: {}\n", quoted(&data.to_string())));
                lead = "    ";
            }
        }
        // What the question itself says needs no repeating.
        let mut assumed: BTreeMap<&str, &Written> = BTreeMap::new();
        for (name, value) in branches.iter().flat_map(|b| &b.assumed) {
            assumed.insert(name, value);
        }
        mapping(&mut out, "assumed", assumed.into_iter().map(|(n, v)| (n, v.to_string())));
        out
    }
}

fn mapping<'a>(out: &mut String, name: &str, entries: impl Iterator<Item = (&'a str, String)>) {
    let mut entries = entries.peekable();
    if entries.peek().is_none() {
        out.push_str(&format!("{name}: {{}}\n"));
        return;
    }
    out.push_str(&format!("{name}:\n"));
    for (name, value) in entries {
        out.push_str(&format!("  {}: {}\n", quoted(name), quoted(&value)));
    }
}

/// A scalar in single quotes, unless it is a plain word or number.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let safe = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(plain)
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off"
        );
    if safe { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

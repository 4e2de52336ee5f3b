//! Help on the language: the pages of `docs/help`, as they are printed.

use crate::base::error::{Code, Error, nearest};
use crate::ui::Style;
use crate::ui::wrap::paragraph;
use crate::vocabulary::{Word, WordKind};

/// Every page, by the name of its file; listed by the build script.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/help.rs"));

/// Kinds of topics, in the order in which they are listed.
const KINDS: [(&str, &str); 3] =
    [("statement", "Statements"), ("clause", "Clauses of a question"), ("topic", "Topics")];

/// A page of help: `# name, other name (kind)`, a line of summary, and the rest.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    names: &'static str,
    kind: &'static str,
    body: &'static str,
}

/// Something a user can paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Its statements.
    pub text: &'static str,
    /// Whether a test runs it; others take long or write files.
    pub runs: bool,
}

impl Topic {
    fn read(page: &'static str) -> Option<Self> {
        let (title, body) = page.trim_start().strip_prefix("# ")?.split_once('\n')?;
        let (names, kind) = title.trim_end().strip_suffix(')')?.rsplit_once(" (")?;
        Some(Self { names, kind, body: body.trim() })
    }

    /// The names a user asks for it by.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.names.split(", ")
    }

    /// Its first line.
    fn summary(&self) -> &'static str {
        self.body.lines().next().unwrap_or_default()
    }

    /// Its examples.
    pub fn examples(&self) -> Vec<Example> {
        let mut parts = self.body.split("```aiq");
        parts.next();
        let example = |part: &'static str| {
            let (head, rest) = part.split_once('\n')?;
            let text = rest.split_once("```")?.0.trim_end();
            Some(Example { text, runs: head.trim() != "only" })
        };
        parts.filter_map(example).collect()
    }

    /// The page as it is printed.
    pub fn text(&self, style: &Style) -> String {
        let mut out = format!("{} ({})\n\n", style.bold(self.names), self.kind);
        let mut text: Vec<&str> = Vec::new();
        let mut code = false;
        let flush = |text: &mut Vec<&str>, out: &mut String| {
            if !text.is_empty() {
                out.push_str(&paragraph(
                    &text.join(" "),
                    Some(style.width.unwrap_or(100).min(100)),
                ));
                out.push('\n');
                text.clear();
            }
        };
        for line in self.body.lines() {
            let fence = line.starts_with("```");
            // Each entry of a list is a paragraph of its own; tables and code are as they are.
            let entry = line.starts_with("- ") || line.starts_with('|');
            if fence || code || line.is_empty() || entry || line.starts_with("    ") {
                flush(&mut text, &mut out);
            }
            match line {
                _ if fence => code = !code,
                "" => out.push('\n'),
                _ if code => out.push_str(&format!("    {line}\n")),
                _ if line.starts_with("    ") => out.push_str(&format!("{}\n", style.bold(line))),
                _ => text.push(line),
            }
        }
        flush(&mut text, &mut out);
        out
    }
}

/// Every topic, by name.
pub fn topics() -> impl Iterator<Item = Topic> {
    PAGES.iter().filter_map(|(_, page)| Topic::read(page))
}

/// The names of all topics.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = topics().flat_map(|t| t.names()).collect();
    names.sort_unstable();
    names
}

/// The topic of that name.
///
/// # Errors
/// `AIQ0663` with the nearest name.
pub fn topic(name: &str) -> Result<Topic, Error> {
    let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if let Some(topic) = topics().find(|t| t.names().any(|n| n == wanted)) {
        return Ok(topic);
    }
    let error = Error::question(Code::NoSuchHelpTopic, format!("there is no help on `{name}`"));
    Err(match nearest(&wanted, names()) {
        Some(near) => error.help(format!("did you mean `help {near}`?")),
        None => error.help("`help` lists the topics"),
    })
}

/// Kinds of names that `describe` knows.
pub const NAMES: [WordKind; 9] = [
    WordKind::Axis,
    WordKind::Definition,
    WordKind::Metric,
    WordKind::Mode,
    WordKind::Model,
    WordKind::Result,
    WordKind::Setting,
    WordKind::System,
    WordKind::Table,
];

/// Whether a name is no topic, but one that `describe` knows.
pub fn is_name(words: &[Word], name: &str) -> bool {
    topic(name).is_err()
        && words.iter().any(|w| NAMES.contains(&w.kind) && w.text.eq_ignore_ascii_case(name))
}

/// What `help` prints.
pub fn overview(style: &Style) -> String {
    let mut out = String::from("`help TOPIC` explains one of these, with examples to paste.\n");
    let widest = topics().map(|t| t.names.chars().count()).max().unwrap_or(0);
    for (kind, title) in KINDS {
        out.push_str(&format!("\n{}\n", style.bold(title)));
        for topic in topics().filter(|t| t.kind == kind) {
            out.push_str(&format!("  {:<widest$}  {}\n", topic.names, topic.summary()));
        }
    }
    out.push_str(
        "\n`\\?` lists the commands of the shell; `describe NAME` says what is known of a\n\
         metric, an axis, a setting, a rule, a model, a system or a table.\n",
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse::parse;

    #[test]
    fn every_page_is_complete() {
        assert_eq!(topics().count(), PAGES.len(), "a page without a title or a kind");
        for topic in topics() {
            assert!(KINDS.iter().any(|(kind, _)| *kind == topic.kind), "{}", topic.names);
            assert!(topic.summary().ends_with('.'), "{}: {}", topic.names, topic.summary());
            assert!(topic.body.contains("\n    "), "{} has no syntax", topic.names);
            assert!(topic.examples().len() >= 2, "{} has too few examples", topic.names);
        }
        let mut all = names();
        all.dedup();
        assert_eq!(all.len(), names().len(), "a name of two topics");
    }

    #[test]
    fn every_example_is_a_statement() {
        for topic in topics() {
            for example in topic.examples() {
                if let Err(error) = parse("docs/help", example.text) {
                    panic!("{}: {error}\n{}", topic.names, example.text);
                }
                assert!(example.text.ends_with(';'), "{}: {}", topic.names, example.text);
            }
        }
    }

    #[test]
    fn the_overview_lists_every_topic() {
        insta::assert_snapshot!(overview(&Style::PLAIN));
    }

    #[test]
    fn a_page() {
        let style = Style { width: Some(60), ..Style::PLAIN };
        insta::assert_snapshot!(topic("search").unwrap().text(&style));
    }

    #[test]
    fn an_unknown_topic_has_a_nearest_name() {
        let error = topic("serch").unwrap_err();
        insta::assert_snapshot!(crate::ui::diagnostics::render(&error, false), @r"
        error[AIQ0663]: there is no help on `serch`
          = help: did you mean `help search`?
        ");
    }
}

//! Questions as text of the language, one clause a line.

/// The clauses of a `search`.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub(super) axes: Vec<String>,
    pub(super) model: String,
    pub(super) system: String,
    pub(super) gpus: Option<u64>,
    pub(super) frameworks: Vec<String>,
    pub(super) serving: Vec<String>,
    pub(super) modes: Vec<String>,
    pub(super) conditions: Vec<String>,
    pub(super) preferences: Vec<String>,
    pub(super) objective: String,
    pub(super) top: String,
}

impl Statement {
    /// `search ...` without a semicolon.
    pub(super) fn search(&self) -> String {
        self.text("search", &self.objective)
    }

    /// `estimate ...` without a semicolon.
    pub(super) fn estimate(&self) -> String {
        Self { top: String::new(), ..self.clone() }.text("estimate", "")
    }

    /// The compromises between speed for one user and throughput of a GPU in one mode; a bound on
    /// that speed would only cut the curve.
    pub(super) fn frontier(&self, mode: &str) -> String {
        let conditions = self.conditions.iter().filter(|c| !c.starts_with("tpot "));
        let curve = Self {
            modes: vec![mode.to_owned()],
            conditions: conditions.cloned().collect(),
            preferences: Vec::new(),
            top: String::new(),
            ..self.clone()
        };
        curve.text("search", "pareto tokens_per_user, tokens_per_gpu")
    }

    fn text(&self, verb: &str, objective: &str) -> String {
        let mut text = verb.to_owned();
        if !self.axes.is_empty() {
            text.push_str(&format!(" {}", self.axes.join(", ")));
        }
        let gpus = self.gpus.map(|n| format!(" * {n}")).unwrap_or_default();
        text.push_str(&format!(
            "\n  for {}\n  on {}{gpus}",
            quoted(&self.model),
            name(&self.system)
        ));
        for (word, parts, between) in [
            ("using", &self.frameworks, ", "),
            ("serving", &self.serving, ", "),
            ("as", &self.modes, ", "),
            ("where", &self.conditions, " and "),
        ] {
            if !parts.is_empty() {
                text.push_str(&format!("\n  {word} {}", parts.join(between)));
            }
        }
        for preference in &self.preferences {
            text.push_str(&format!("\n  prefer {preference}"));
        }
        for clause in [objective, &self.top] {
            if !clause.is_empty() {
                text.push_str(&format!("\n  {clause}"));
            }
        }
        text
    }
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name: bare where the language allows it.
pub(super) fn name(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && characters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// A framework with its version.
pub(super) fn framework(backend: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{} {}", name(backend), quoted(version)),
        None => name(backend),
    }
}

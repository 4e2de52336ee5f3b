//! Texts and names as the language writes them, and back. SQL writes texts in the same way.

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The content of a quoted text; a doubled quote stands for one.
pub(super) fn unquoted(text: &str) -> String {
    let quote = text.chars().next().unwrap_or('\'');
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    inner.replace(&format!("{quote}{quote}"), &quote.to_string())
}

/// A name: bare where the grammar takes it so, else in quotes.
pub fn name(text: &str) -> String {
    if is_identifier(text) { text.to_owned() } else { quoted(text) }
}

/// Whether the grammar reads a text as one identifier.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

//! Files as they come.

use crate::base::error::Result;
use crate::deploy::text::{Context, Templates};
use crate::publish::Mode;

/// A file to write.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Who may do what with it.
    pub(crate) mode: Mode,
}

/// What was made so far.
pub(super) struct Output {
    pub(super) files: Vec<File>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

impl Output {
    pub(super) fn new(notes: Vec<String>) -> Self {
        Self { files: Vec::new(), notes }
    }

    /// Adds a file.
    pub(super) fn text(&mut self, name: &str, text: String) {
        let mode = if name.ends_with(".sh") { Mode::Script } else { Mode::Plain };
        self.files.push(File { name: name.to_owned(), text, mode });
    }

    /// Adds a file from a template.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub(super) fn render(
        &mut self,
        templates: &Templates,
        name: &str,
        template: &str,
        context: &Context,
    ) -> Result<()> {
        self.text(name, templates.render(template, context)?);
        Ok(())
    }
}

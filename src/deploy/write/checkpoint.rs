//! Where workers find the checkpoint, and what clients call it.

use std::path::Path;

use super::configuration::Configuration;
use super::site::WhereItRuns;
use crate::deploy::text::Context;

/// A checkpoint as the files have it.
pub(super) struct Checkpoint {
    path: String,
    name: String,
    /// Where clients find its tokenizer: a path within a pod is of no use to them.
    tokenizer: String,
    /// What a person should know of it.
    pub(super) note: Option<String>,
}

impl Checkpoint {
    /// That of the answer, or what the user gave instead.
    pub(super) fn of(configuration: &Configuration, site: &dyn WhereItRuns) -> Self {
        let given = |name: &str| configuration.settings[name].as_str().filter(|t| !t.is_empty());
        let model = &configuration.deployment.model;
        // A folder is one of this machine, wherever the files are taken to.
        let folder = Path::new(model).canonicalize().ok().filter(|p| p.is_dir());
        let path = match (given("checkpoint"), &folder) {
            (Some(path), _) => path.to_owned(),
            (None, Some(folder)) => folder.to_string_lossy().into_owned(),
            (None, None) => model.clone(),
        };
        let last = folder.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy());
        let name = given("served_name").map(str::to_owned).or(last.map(Into::into));
        let elsewhere = !site.has_local_folders() && given("checkpoint").is_none();
        let note = (elsewhere && folder.is_some()).then(|| {
            format!(
                "`{path}` is a folder of this machine: say where pods find the checkpoint, such as \
                 `checkpoint = '/models/...'` with `k8s.model_claim`"
            )
        });
        let tokenizer = if site.has_local_folders() { path.clone() } else { model.clone() };
        Self { path, name: name.unwrap_or_else(|| model.clone()), tokenizer, note }
    }

    /// Adds it to what templates read.
    pub(super) fn describe(&self, context: &mut Context) {
        context.set("checkpoint", self.path.clone());
        context.set("served_name", self.name.clone());
        context.set("tokenizer", self.tokenizer.clone());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test fails by panicking")]

    use crate::deploy::tests::sound;
    use crate::deploy::{Platform, files};

    #[test]
    fn a_user_says_where_it_is_and_what_it_is_called() {
        let mut deployment = sound();
        deployment.user.set("checkpoint", "/models/b".into()).expect("a path");
        deployment.user.set("served_name", "b".into()).expect("a name");
        let platform = Platform::named("dynamo_bare").expect("a platform");
        let (files, _) = files(&deployment, platform).expect("files");
        let script = files.iter().find(|f| f.name == "run_0.sh").expect("a script");
        assert!(
            script.text.contains("--model /models/b --served-model-name b "),
            "{}",
            script.text
        );
    }
}

//! What differs by where workers run.

use serde_json::{Map, Value as Json};

use super::configuration::Configuration;
use super::job::Job;
use super::output::Output;
use crate::base::error::Result;
use crate::deploy::text::{Context, Word};

/// Where workers run.
pub(super) trait WhereItRuns {
    /// A word of a command line as it stands in the files.
    fn word(&self, word: &Word) -> String;

    /// Whether a folder of this machine is there too, of the same path.
    fn has_local_folders(&self) -> bool;

    /// What the resources are called; empty where nothing has a name.
    ///
    /// # Errors
    /// `AIQ0707` if none can be made.
    fn name(&self, configuration: &Configuration) -> Result<String>;

    /// What is done with the file of secrets; `secret` is what holds them in a cluster.
    fn use_of_secrets(&self, file: &str, secret: &str) -> String;

    /// What the record says of it beside the values of users.
    fn settings(&self, configuration: &Configuration, image: &str) -> Map<String, Json>;

    /// What templates read of each node, if files are written for nodes. Adds what they read of all
    /// nodes to `context`.
    ///
    /// # Errors
    /// As for the files of a deployment.
    fn nodes(
        &self,
        job: &Job,
        pools: &[Context],
        context: &mut Context,
        out: &mut Output,
    ) -> Result<Vec<Context>>;
}

//! From a deployment to files: texts of the engines, then those of the platform.

mod benchmark;
mod checkpoint;
mod configuration;
mod hosts;
mod job;
mod kubernetes;
mod output;
mod overrides;
mod placement;
mod pools;
mod record;
mod rules;
mod secrets;
mod site;

pub use output::File;
pub(crate) use secrets::is_secret;

use serde_json::{Value as Json, json};

use super::deployment::Deployment;
use super::facts::{Platform, Site};
use super::text::{Context, Word, words};
use crate::base::error::Result;
use checkpoint::Checkpoint;
use configuration::Configuration;
use hosts::Hosts;
use job::Job;
use kubernetes::Kubernetes;
use output::Output;
use secrets::Secrets;
use site::WhereItRuns;

/// The file that says what the others are.
pub(super) const RECORD: &str = "generator.yaml";

/// What a deployment is written for if nobody says.
///
/// # Errors
/// `AIQ0901` for a folder of `models/deploy` that is not one.
pub(crate) fn default_platform(deployment: &Deployment) -> Result<Platform> {
    let nodes = placement::nodes(deployment).unwrap_or(usize::MAX);
    Platform::default_for(&deployment.backend, nodes)
}

/// The files of a deployment, not written, and notes.
///
/// # Errors
/// `AIQ0702` and `AIQ0710` for what the engine does not accept, `AIQ0703` for a value that is not
/// known, `AIQ0704` and `AIQ0705` for GPUs that do not add up or do not fit a node, `AIQ0706` for
/// a release without tables, `AIQ0708` for what a platform cannot do, `AIQ0711` for values of the
/// user that do not exist, `AIQ0715` for secrets that would be seen.
pub fn files(deployment: &Deployment, platform: Platform) -> Result<(Vec<File>, Vec<String>)> {
    platform.serves(&deployment.backend)?;
    let mut configuration = Configuration::of(deployment, platform)?;
    let secrets = Secrets::take(&mut configuration)?;
    let job = Job::new(configuration, platform)?;
    pools::check_gpus(&job.configuration.deployment)?;
    let site: &dyn WhereItRuns = match platform.manifest().site {
        Site::Hosts => &Hosts,
        Site::Kubernetes => &Kubernetes,
    };
    let checkpoint = Checkpoint::of(&job.configuration, site);
    let mut out = Output::new(job.notes());
    out.notes.extend(checkpoint.note.clone());
    let mut pools = Vec::new();
    for pool in &job.configuration.deployment.pools {
        pools.push(pools::pool(&job, pool, &checkpoint, &mut out)?);
    }
    let mut context = shared(&job, site, &pools)?;
    checkpoint.describe(&mut context);
    secrets.describe(&mut context);
    out.notes.extend(secrets.note(site, context.text("secret_name")));
    out.files.extend(secrets.file());
    if let Some(frontend) = &platform.manifest().frontend {
        let own = job.templates.fill("frontend.args", &frontend.args, &context)?;
        let accepted = job.release.frontend(frontend)?;
        let frontend_flags = &job.configuration.frontend;
        let argv: Vec<Word> = overrides::flags(words(&own), frontend_flags, &accepted);
        accepted.check_arguments(&argv)?;
        context.set("frontend_args", json!(argv));
    }
    benchmark::script(&job, &mut context, &mut out)?;
    let nodes = site.nodes(&job, &pools, &mut context, &mut out)?;
    rules::files(&job, &pools, &nodes, &context, &mut out)?;
    let text = record::record(&job, site, &pools, &secrets, &out.notes)?;
    out.text(RECORD, text);
    Ok((out.files, out.notes))
}

/// What the templates of a platform read beside the workers.
fn shared(job: &Job, site: &dyn WhereItRuns, pools: &[Context]) -> Result<Context> {
    let configuration = &job.configuration;
    let d = &configuration.deployment;
    let mut context = Context::from(configuration.settings.clone());
    let image = configuration.setting("k8s", "image").unwrap_or(&job.release.image);
    let values = [
        ("name", site.name(configuration)?.into()),
        ("mode", d.mode.clone().into()),
        ("backend", d.backend.clone().into()),
        ("site", job.platform.manifest().site.name().into()),
        ("mpi", job.engine.mpi.into()),
        ("side_channel", job.engine.side_channel.clone().into()),
        ("has_config", job.engine.has_config().into()),
        ("image", image.into()),
        ("replicas", d.replicas.into()),
        ("gpus", d.gpus.into()),
        ("arithmetic", d.arithmetic()?.into()),
        ("pools", pools.iter().cloned().map(Json::from).collect::<Vec<_>>().into()),
        ("reuse", pools.iter().any(|p| p.whole("reuse") == Some(1)).into()),
        ("multinode", pools.iter().any(|p| p.whole("nodes") > Some(1)).into()),
    ];
    values.into_iter().for_each(|(name, value): (&str, Json)| context.set(name, value));
    Ok(context)
}

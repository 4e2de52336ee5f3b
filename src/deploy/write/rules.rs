//! The files that the manifest of a platform lists.

use super::job::Job;
use super::output::Output;
use crate::base::error::Result;
use crate::deploy::facts::{Each, FileRule};
use crate::deploy::text::Context;

/// Writes them in order.
///
/// # Errors
/// As for the files of a deployment.
pub(super) fn files(
    job: &Job,
    pools: &[Context],
    nodes: &[Context],
    context: &Context,
    out: &mut Output,
) -> Result<()> {
    for rule in &job.platform.manifest().files {
        let skipped = match &rule.when {
            Some(condition) => !job.templates.holds(condition, context)?,
            None => false,
        };
        if skipped {
            out.notes.extend(rule.otherwise.clone());
            continue;
        }
        match rule.each {
            Each::Deployment => write(job, rule, context, out)?,
            Each::Pool => {
                for pool in pools {
                    let mut context = context.clone();
                    context.set("pool", pool.clone());
                    write(job, rule, &context, out)?;
                }
            }
            Each::Node => {
                for node in nodes {
                    let mut context = context.clone();
                    context.extend(node.clone());
                    write(job, rule, &context, out)?;
                }
            }
        }
    }
    Ok(())
}

fn write(job: &Job, rule: &FileRule, context: &Context, out: &mut Output) -> Result<()> {
    let filled = |text| job.templates.fill("name", text, context);
    let (name, template) = (filled(&rule.name)?, filled(rule.template())?);
    out.render(&job.templates, &name, &job.platform.path(&template), context)
}

//! Workers on machines of one's own: a script for each node, and what stands before several servers.

use serde_json::{Map, Value as Json, json};

use super::configuration::Configuration;
use super::job::Job;
use super::output::Output;
use super::placement::{Placement, first_ports, placements};
use super::site::WhereItRuns;
use crate::base::error::Result;
use crate::deploy::text::{Context, Word, words};

/// Machines on each of which somebody starts a script.
pub(super) struct Hosts;

impl WhereItRuns for Hosts {
    fn word(&self, word: &Word) -> String {
        word.plain()
    }

    fn has_local_folders(&self) -> bool {
        true
    }

    fn name(&self, _configuration: &Configuration) -> Result<String> {
        Ok(String::new())
    }

    fn use_of_secrets(&self, _file: &str, _secret: &str) -> String {
        "the scripts take it from there".to_owned()
    }

    fn settings(&self, _configuration: &Configuration, _image: &str) -> Map<String, Json> {
        Map::new()
    }

    fn nodes(
        &self,
        job: &Job,
        pools: &[Context],
        context: &mut Context,
        out: &mut Output,
    ) -> Result<Vec<Context>> {
        let placements = placements(&job.configuration.deployment)?;
        let count = placements.iter().map(|p| p.node + 1).max().unwrap_or(0);
        context.set("nodes", (0..count).collect::<Vec<_>>());
        context.set("first_ports", json!(first_ports()?));
        let leaders = placements.iter().filter(|p| p.node_rank == 0);
        let servers: Vec<Json> = leaders.map(|p| server(p, pools)).collect();
        // One server takes requests itself.
        let alone = servers.len() == 1;
        context.set("servers", servers);
        router(job, alone, context, out)?;
        let mut nodes = Vec::new();
        for node in 0..count {
            let own = placements.iter().filter(|p| p.node == node);
            let workers = own.map(|p| worker(job, pools, p, alone)).collect::<Result<Vec<_>>>()?;
            let mut context = Context::default();
            context.set("node", node);
            context.set("workers", workers);
            nodes.push(context);
        }
        Ok(nodes)
    }
}

/// Adds the command of what stands before several servers, and writes the file that it reads. Pools
/// are joined by the router of their engine, servers that are alike by that of the platform.
fn router(job: &Job, alone: bool, context: &mut Context, out: &mut Output) -> Result<()> {
    let (pools, platform) = (&job.configuration.deployment.pools, job.platform);
    let router = match &platform.manifest().router {
        Some(router) if !alone && pools.len() == 1 => Some((router, platform.path(""))),
        Some(_) if !alone => job.engine.router.as_ref().map(|r| (r, job.engine.path(""))),
        _ => None,
    };
    let (mut command, mut file) = (Vec::new(), "");
    if let Some((router, folder)) = router {
        let template = format!("{folder}{}.args", router.command);
        command = words(&job.templates.render(&template, context)?);
        if let Some(name) = &router.file {
            out.render(&job.templates, name, &format!("{folder}{name}"), context)?;
            file = name;
        }
    }
    context.set("router_command", json!(command));
    context.set("router_file", file);
    Ok(())
}

/// Where a worker takes requests.
fn server(placement: &Placement, pools: &[Context]) -> Json {
    let role = pools.get(placement.pool).and_then(|p| p.get("role"));
    json!({
        "role": role, "node": placement.node, "port": placement.ports.get("serve"),
        "bootstrap": placement.ports.get("bootstrap"),
    })
}

/// The part of a worker on one node, with its command.
fn worker(job: &Job, pools: &[Context], placement: &Placement, alone: bool) -> Result<Json> {
    let mut values = pools.get(placement.pool).cloned().unwrap_or_default();
    let leader = placement.hosts.first().copied().unwrap_or(placement.node);
    values.set("node", placement.node);
    values.set("node_rank", placement.node_rank);
    values.set("leader", leader);
    values.set("alone", alone);
    values.set("ports", json!(placement.ports));
    let mut argv: Vec<Word> = values.words("argv");
    argv.extend(words(&job.templates.render(&job.engine.path("node.args"), &values)?));
    job.accepted.check_arguments(&argv)?;
    let mut command = values.words("start");
    command.extend(argv);
    let devices: Vec<String> =
        (placement.first..placement.first + placement.gpus).map(|gpu| gpu.to_string()).collect();
    Ok(json!({
        "role": values.get("role"), "index": placement.index, "node_rank": placement.node_rank,
        "nodes": placement.hosts.len(), "hosts": placement.hosts, "leader": leader,
        "slot": placement.slot, "devices": devices.join(","), "pod_gpus": placement.gpus,
        "ports": placement.ports, "gpus": placement.gpus * placement.hosts.len() as u64,
        "command": command,
    }))
}

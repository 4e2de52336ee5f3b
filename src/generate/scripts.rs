//! A script for each node, and what stands before several servers.

use serde_json::{Map, Value as Json, json};

use super::apply::Applied;
use super::flags::Accepted;
use super::front::Front;
use super::place::{Share, first_ports, place};
use super::render::Files;
use super::templates::Templates;
use super::word::{Word, words};
use super::{Platform, Runtime};
use crate::error::Result;

/// One script for each node.
pub(super) fn scripts(
    applied: &Applied,
    platform: Platform,
    accepted: &Accepted,
    pools: &[Map<String, Json>],
    mut context: Map<String, Json>,
    out: &mut Files<'_>,
) -> Result<()> {
    let d = &applied.deployment;
    let engine = platform.runtime() == Runtime::Engine;
    let shares = place(d)?;
    let count = shares.iter().map(|s| s.node + 1).max().unwrap_or(0);
    context.insert("nodes".to_owned(), (0..count).collect::<Vec<_>>().into());
    context.insert("first_ports".to_owned(), json!(first_ports()?));
    let servers: Vec<Json> =
        shares.iter().filter(|s| s.node_rank == 0).map(|s| server(s, pools)).collect();
    // One server takes requests itself.
    let alone = servers.len() == 1;
    context.insert("servers".to_owned(), servers.into());
    let front = if engine && !alone { Front::find(&d.backend, &d.mode) } else { None };
    let command = match front {
        Some(front) => {
            words(&out.templates.render(&format!("{}.front.args", front.command), &context)?)
        }
        None => Vec::new(),
    };
    let file = front.and_then(|f| f.file);
    if let Some((template, name)) = file {
        out.render(name, template, &context)?;
    }
    context.insert("front_command".to_owned(), json!(command));
    context.insert("front_file".to_owned(), file.map_or("", |(_, name)| name).into());
    let template = if engine { "engine.sh" } else { "dynamo.sh" };
    for node in 0..count {
        let own = shares.iter().filter(|s| s.node == node);
        let workers = own.map(|s| worker(applied, out.templates, accepted, pools, s, alone));
        context.insert("workers".to_owned(), workers.collect::<Result<Vec<_>>>()?.into());
        context.insert("node".to_owned(), node.into());
        out.render(&format!("run_{node}.sh"), template, &context)?;
    }
    Ok(())
}

/// Where a worker takes requests.
fn server(share: &Share, pools: &[Map<String, Json>]) -> Json {
    let role = pools.get(share.pool).and_then(|p| p.get("role"));
    json!({
        "role": role, "node": share.node, "port": share.ports.get("serve"),
        "bootstrap": share.ports.get("bootstrap"),
    })
}

fn worker(
    applied: &Applied,
    templates: &Templates,
    accepted: &Accepted,
    pools: &[Map<String, Json>],
    share: &Share,
    alone: bool,
) -> Result<Json> {
    let backend = &applied.deployment.backend;
    let mut values = pools.get(share.pool).cloned().unwrap_or_default();
    let leader = share.hosts.first().copied().unwrap_or(share.node);
    values.insert("node".to_owned(), share.node.into());
    values.insert("node_rank".to_owned(), share.node_rank.into());
    values.insert("leader".to_owned(), leader.into());
    values.insert("alone".to_owned(), alone.into());
    values.insert("ports".to_owned(), json!(share.ports));
    let own: Option<Vec<Word>> =
        values.get("argv").and_then(|argv| serde_json::from_value(argv.clone()).ok());
    let mut argv = own.unwrap_or_default();
    argv.extend(words(&templates.render(&format!("{backend}.node.args"), &values)?));
    accepted.check_arguments(&argv)?;
    let mut command = words(&templates.render(&format!("{backend}.start.args"), &values)?);
    command.extend(argv);
    let devices: Vec<String> =
        (share.first..share.first + share.gpus).map(|g| g.to_string()).collect();
    Ok(json!({
        "role": values.get("role"), "index": share.index, "node_rank": share.node_rank,
        "nodes": share.hosts.len(), "hosts": share.hosts, "leader": leader, "slot": share.slot,
        "devices": devices.join(","), "pod_gpus": share.gpus, "ports": share.ports,
        "gpus": share.gpus * share.hosts.len() as u64, "command": command,
    }))
}

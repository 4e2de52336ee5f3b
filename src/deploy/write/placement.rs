//! Which GPUs and ports of which node each worker gets.

use std::collections::BTreeMap;

use crate::base::error::{Code, Error, Result};
use crate::deploy::assets;
use crate::deploy::deployment::Deployment;

/// Ports by what they are for: the first, and how many each worker on a node needs, a number or
/// as many as the worker has GPUs.
const PORTS: &str = "ports.tsv";

/// The part of a worker on one node.
#[derive(Debug, Clone)]
pub(super) struct Placement {
    pub(super) node: usize,
    pub(super) pool: usize,
    /// Number of the worker among those of its pool.
    pub(super) index: u64,
    /// Number of the worker among those of its node.
    pub(super) slot: u64,
    /// First GPU on this node.
    pub(super) first: u64,
    /// GPUs on this node.
    pub(super) gpus: u64,
    pub(super) node_rank: u64,
    /// Nodes of the worker in order.
    pub(super) hosts: Vec<usize>,
    /// The first port of each kind that is its own on this node, or on its first node where its
    /// ranks meet.
    pub(super) ports: BTreeMap<&'static str, u64>,
}

/// What workers have taken of a node so far; nodes are of one GPU type.
struct Node {
    system: String,
    gpus: u64,
    workers: u64,
    /// GPUs of the workers, on all their nodes.
    ranks: u64,
}

/// First fit, replica by replica; a worker over several nodes takes the same number of GPUs of
/// each of them.
pub(super) fn placements(deployment: &Deployment) -> Result<Vec<Placement>> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut placements = Vec::new();
    for replica in 0..deployment.replicas {
        for (pool, p) in deployment.pools.iter().enumerate() {
            let size = p.whole("node_gpus")?;
            let (span, each) = (p.whole("nodes")?, p.whole("pod_gpus")?);
            for worker in 0..p.workers {
                let mut hosts = Vec::new();
                for (i, node) in nodes.iter().enumerate() {
                    let fits = node.system == p.system && node.gpus + each <= size;
                    if hosts.len() < span as usize && fits {
                        hosts.push(i);
                    }
                }
                while hosts.len() < span as usize {
                    hosts.push(nodes.len());
                    nodes.push(Node { system: p.system.clone(), gpus: 0, workers: 0, ranks: 0 });
                }
                let mut meeting = None;
                for (rank, host) in hosts.iter().enumerate() {
                    let node = &mut nodes[*host];
                    let mut ports = ports(node)?;
                    let meet = *meeting.get_or_insert(ports.get("rendezvous").copied());
                    ports.extend(meet.map(|port| ("rendezvous", port)));
                    placements.push(Placement {
                        node: *host,
                        pool,
                        index: replica * p.workers + worker,
                        slot: node.workers,
                        first: node.gpus,
                        gpus: each,
                        node_rank: rank as u64,
                        hosts: hosts.clone(),
                        ports,
                    });
                    node.gpus += each;
                    node.workers += 1;
                    node.ranks += each * span;
                }
            }
        }
    }
    Ok(placements)
}

/// How many nodes a deployment takes.
///
/// # Errors
/// As [`placements`].
pub(super) fn nodes(deployment: &Deployment) -> Result<usize> {
    Ok(placements(deployment)?.iter().map(|p| p.node + 1).max().unwrap_or(0))
}

/// The first free port of each kind on a node.
fn ports(node: &Node) -> Result<BTreeMap<&'static str, u64>> {
    let mut ports = BTreeMap::new();
    for row in assets::table(PORTS) {
        let name = row.get("name");
        let whole = |text: &str| {
            let bug = |e| Error::internal(Code::ParserBug, format!("port of {name}: {e}"));
            text.parse::<u64>().map_err(bug)
        };
        let taken = match row.get("each") {
            "gpus" => node.ranks,
            each => node.workers * whole(each)?,
        };
        ports.insert(name, whole(row.get("first"))? + taken);
    }
    Ok(ports)
}

/// The ports of the first worker of a node.
pub(super) fn first_ports() -> Result<BTreeMap<&'static str, u64>> {
    ports(&Node { system: String::new(), gpus: 0, workers: 0, ranks: 0 })
}

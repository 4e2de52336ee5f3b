//! Which GPUs of which node each worker gets.

use super::deployment::Deployment;
use crate::error::Result;

/// The part of a worker on one node.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) node: usize,
    pub(super) pool: usize,
    /// Number of the worker among those of its pool.
    pub(super) index: u64,
    /// First GPU on this node.
    pub(super) first: u64,
    /// GPUs on this node.
    pub(super) gpus: u64,
    pub(super) node_rank: u64,
    /// Nodes of the worker in order.
    pub(super) hosts: Vec<usize>,
}

/// First fit, replica by replica; a worker over several nodes takes the same number of GPUs of
/// each of them.
pub(super) fn place(deployment: &Deployment) -> Result<Vec<Share>> {
    // GPU type and GPUs used of each node: nodes are of one type.
    let mut nodes: Vec<(String, u64)> = Vec::new();
    let mut shares = Vec::new();
    for replica in 0..deployment.replicas {
        for (pool, p) in deployment.pools.iter().enumerate() {
            let size = p.whole("node_gpus")?;
            let (span, each) = (p.whole("nodes")?, p.whole("pod_gpus")?);
            for worker in 0..p.workers {
                let mut hosts = Vec::new();
                for (i, (system, used)) in nodes.iter().enumerate() {
                    if hosts.len() < span as usize && *system == p.system && used + each <= size {
                        hosts.push(i);
                    }
                }
                while hosts.len() < span as usize {
                    hosts.push(nodes.len());
                    nodes.push((p.system.clone(), 0));
                }
                for (rank, node) in hosts.iter().enumerate() {
                    let first = nodes[*node].1;
                    nodes[*node].1 += each;
                    shares.push(Share {
                        node: *node,
                        pool,
                        index: replica * p.workers + worker,
                        first,
                        gpus: each,
                        node_rank: rank as u64,
                        hosts: hosts.clone(),
                    });
                }
            }
        }
    }
    Ok(shares)
}

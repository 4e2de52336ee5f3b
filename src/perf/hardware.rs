//! What a GPU and its links can do at best.

use std::collections::BTreeMap;

/// Hardware facts of one system.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Hardware {
    pub name: String,
    pub mem_bw: f64,
    pub mem_efficiency: f64,
    pub mem_latency: f64,
    pub flops: BTreeMap<String, f64>,
    pub sm: u32,
    pub mem_capacity: f64,
    pub gpus_per_node: u32,
    pub gpus_per_rack: Option<u32>,
    pub intra_node_bw: f64,
    pub inter_node_bw: f64,
    pub inter_rack_bw: Option<f64>,
    pub p2p_latency: f64,
}

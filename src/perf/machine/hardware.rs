//! What the machine can do: peak arithmetic, memory and link rates.

use std::collections::BTreeMap;

/// One GPU type with its node and network; rates are peaks, per GPU.
#[derive(Debug, Clone)]
pub struct Hardware {
    /// Name of the system, such as `h200_sxm`.
    pub name: String,
    /// Memory bandwidth, bytes/s.
    pub mem_bw: f64,
    /// Share of `mem_bw` that element-wise passes reach, typically 0.8.
    pub mem_efficiency: f64,
    /// Fixed time of one element-wise pass, seconds, typically 3e-6.
    pub mem_latency: f64,
    /// Peak flop/s by arithmetic type: `bfloat16`, `int8`, `fp8`, `fp4`.
    pub flops: BTreeMap<String, f64>,
    /// Compute capability as `sm_version`, 90 for Hopper; 0 if unknown.
    pub sm: u32,
    /// Memory of one GPU, bytes.
    pub mem_capacity: f64,
    /// GPUs that share a node.
    pub gpus_per_node: u32,
    /// GPUs that share a rack-wide fast fabric, if there is one.
    pub gpus_per_rack: Option<u32>,
    /// GPUs that reach each other over fast links only, where that is neither node nor rack.
    pub gpus_per_nvlink_domain: Option<u32>,
    /// Bandwidth within a node, bytes/s, one direction.
    pub intra_node_bw: f64,
    /// Bandwidth between nodes, bytes/s, one direction.
    pub inter_node_bw: f64,
    /// Bandwidth between racks, bytes/s, one direction, where racks are modelled.
    pub inter_rack_bw: Option<f64>,
    /// Fixed time of one point-to-point transfer, seconds.
    pub p2p_latency: f64,
    /// Fixed time of a transfer between racks, seconds, where racks are modelled.
    pub inter_rack_latency: Option<f64>,
}

impl Hardware {
    /// GPUs that reach each other over fast links only: a rack where there is one, else a node.
    pub fn gpus_per_domain(&self) -> u32 {
        self.gpus_per_nvlink_domain.or(self.gpus_per_rack).unwrap_or(self.gpus_per_node)
    }

    /// Fixed time in seconds from one domain of fast links to another, for a group of `ranks` GPUs.
    pub fn hop_latency(&self, ranks: f64) -> f64 {
        match (self.gpus_per_rack, self.inter_rack_latency) {
            (Some(rack), Some(latency)) if ranks > f64::from(rack) => latency,
            _ => self.p2p_latency,
        }
    }

    /// Bandwidth in bytes/s of the slowest link that a group of `ranks` GPUs must cross: within a
    /// node, within a rack, or beyond.
    pub fn link_bw(&self, ranks: f64) -> f64 {
        if ranks <= f64::from(self.gpus_per_node) {
            return self.intra_node_bw;
        }
        match (self.gpus_per_rack, self.inter_rack_bw) {
            (Some(rack), Some(bw)) if ranks > f64::from(rack) => bw,
            _ => self.inter_node_bw,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::perf::testing::hardware;

    #[test]
    fn links_slow_down_by_distance() {
        let mut h = hardware();
        assert_eq!(h.link_bw(8.0), 450e9);
        assert_eq!(h.link_bw(9.0), 50e9);
        h.gpus_per_rack = Some(72);
        h.inter_rack_bw = Some(10e9);
        assert_eq!(h.link_bw(72.0), 50e9);
        assert_eq!(h.link_bw(73.0), 10e9);
        assert_eq!((h.gpus_per_domain(), h.hop_latency(73.0)), (72, 1e-5));
        h.gpus_per_nvlink_domain = Some(36);
        h.inter_rack_latency = Some(5e-6);
        assert_eq!((h.gpus_per_domain(), h.hop_latency(73.0)), (36, 5e-6));
    }
}

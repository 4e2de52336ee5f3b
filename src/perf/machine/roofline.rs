//! The physical bound of an operation: arithmetic, memory traffic and link traffic at peak rate.

use super::hardware::Hardware;
use super::quant::QuantModes;

/// Milliseconds at peak rate that each resource is busy; the operation takes at least the longest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Roofline {
    /// Arithmetic, ms.
    pub compute: f64,
    /// Memory traffic, ms.
    pub memory: f64,
    /// Traffic between GPUs, ms.
    pub link: f64,
}

impl Roofline {
    /// An operation on one GPU: `ops` at `flops` flop/s, `bytes` at memory bandwidth.
    pub(crate) fn local(hardware: &Hardware, flops: f64, ops: f64, bytes: f64) -> Self {
        Self { compute: 1e3 * ops / flops, memory: 1e3 * bytes / hardware.mem_bw, link: 0.0 }
    }

    /// Memory traffic alone.
    pub(crate) fn of_memory(hardware: &Hardware, bytes: f64) -> Self {
        Self { memory: 1e3 * bytes / hardware.mem_bw, ..Self::default() }
    }

    /// As [`Self::local`] with arithmetic of several kinds, each at its own peak, one after the
    /// other.
    pub(crate) fn mixed(hardware: &Hardware, work: &[(f64, f64)], bytes: f64) -> Self {
        let compute = work.iter().map(|(ops, flops)| 1e3 * ops / flops).sum();
        Self { compute, memory: 1e3 * bytes / hardware.mem_bw, link: 0.0 }
    }

    /// The bound in ms.
    pub fn total(self) -> f64 {
        self.compute.max(self.memory).max(self.link)
    }

    /// What binds: `compute`, `memory` or `link`.
    pub fn bound(self) -> &'static str {
        if self.link > self.compute.max(self.memory) {
            "link"
        } else if self.compute > self.memory {
            "compute"
        } else {
            "memory"
        }
    }
}

/// Most sizes that a formula assumes.
pub(crate) const MAX_ASSUMED: usize = 6;

/// What a formula reads beside the numeric arguments: what the precisions of an op amount to on a
/// system, and the sizes it assumes. Each formula fills what its bound reads.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rates {
    /// Peak arithmetic, flop/s.
    pub(crate) flops: f64,
    /// Bytes per element of weights and activations, or moved per element by a collective.
    pub(crate) bytes: f64,
    /// Bytes per element of the KV cache.
    pub(crate) kv_bytes: f64,
    /// Peak arithmetic of attention scores inside a module, flop/s.
    pub(crate) attention: f64,
    /// Bytes per element of the queries inside a module.
    pub(crate) query_bytes: f64,
    /// Peak arithmetic of an index over the cache, flop/s: 8 bits where the system has them.
    pub(crate) index: f64,
    /// The exponent of the power law by which loads of experts differ; 0 where they are even.
    pub(crate) skew: f64,
    /// Which of its bounds a formula takes, as it numbers them.
    pub(crate) variant: u8,
    /// Sizes that no argument gives, in the order in which the formula names them.
    pub(crate) assumed: [f64; MAX_ASSUMED],
}

impl Rates {
    /// Those of a product of which weights and activations have one precision.
    pub(crate) fn of_product(
        hardware: &Hardware,
        quants: &QuantModes,
        quant: &str,
    ) -> crate::Result<Self> {
        let (flops, bytes) = (quants.flops(quant, hardware)?, quants.bytes(quant)?);
        Ok(Self { flops, bytes, ..Self::default() })
    }

    /// Those of attention over a prompt: what it computes in and what it reads from the cache.
    pub(crate) fn of_prefill(
        hardware: &Hardware,
        quants: &QuantModes,
        fmha: &str,
        kv: &str,
    ) -> crate::Result<Self> {
        let (flops, kv_bytes) = (quants.flops(fmha, hardware)?, quants.bytes(kv)?);
        Ok(Self { flops, kv_bytes, ..Self::default() })
    }

    /// Those of attention in a decode step over a cache of that precision.
    pub(crate) fn of_decode(
        hardware: &Hardware,
        quants: &QuantModes,
        kv: &str,
    ) -> crate::Result<Self> {
        let (flops, kv_bytes) = (quants.decode_flops(kv, hardware)?, quants.bytes(kv)?);
        Ok(Self { flops, kv_bytes, ..Self::default() })
    }
}

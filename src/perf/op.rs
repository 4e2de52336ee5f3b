//! The operations that can be priced, and what pricing takes and gives.

use std::sync::Arc;

use super::hardware::Hardware;
use super::imagined::Imagined;
use super::miss::Miss;
use super::mode::DataMode;
use super::ops;
use super::origin::Origin;
use super::pricer::{Pricer, Probe};
use super::quant::QuantModes;
use super::roofline::{Rates, Roofline};
use super::scheme::{Axis, Value};
use super::source::Sources;
use super::spec::TableSpec;
use super::transfer::Transfers;

/// Most numeric arguments of any operation.
pub(crate) const MAX_NUMBERS: usize = 16;

/// An operation: its arguments, its table and its rules.
///
/// Arguments and table columns of the same name are the same thing. Of the keys that are no argument
/// the lanes choose the kernel; any value of the others will do.
pub struct OpSpec {
    /// Name, as architectures write it.
    pub name: &'static str,
    /// Text arguments, in order.
    pub text: &'static [&'static str],
    /// Numeric arguments, in order.
    pub numbers: &'static [&'static str],
    /// Measurements; `None` for an analytic operation.
    pub table: Option<&'static TableSpec>,
    /// One for each axis of the table.
    pub(crate) axes: &'static [Axis],
    /// Measurements faster than the roofline are raised to it.
    pub(crate) raise: bool,
    /// Precisions to rates, by the text arguments.
    pub(crate) rates: fn(&Hardware, &QuantModes, &[&str]) -> crate::Result<Rates>,
    /// The bound at the numeric arguments.
    pub(crate) roofline: fn(&Hardware, &Rates, &[f64]) -> Roofline,
    /// Which rows of the table are looked in, by the text arguments.
    pub(crate) select: fn(&[&str]) -> Vec<Selection>,
    /// Other operations the answer is made of, by the text arguments.
    pub(crate) parts: fn(&[&str]) -> Vec<Part>,
    /// The parts stand in for the table where it has nothing.
    pub(crate) stand_in: bool,
    /// Numbers that no table has, as the models have them that were measured. Only `study` assumes
    /// them.
    pub(crate) usual: &'static [(&'static str, f64)],
    /// Points of different regimes of the outermost axis are never mixed.
    pub(crate) regime: Option<fn(&[f64]) -> bool>,
    /// The answer at the numeric arguments.
    pub(crate) answer: fn(&Pricer, &[f64], &mut Probe) -> Result<Value, Failure>,
}

impl std::fmt::Debug for OpSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OpSpec").field(&self.name).finish()
    }
}

/// Part of a table's rows: text keys by argument, narrowed by kernel.
pub(crate) struct Selection {
    /// Values of the op's text arguments, as the table spells them.
    pub(crate) text: Vec<String>,
    /// Kernels that count.
    pub(crate) kernel: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

/// An operation that another is made of, with its text arguments.
pub(crate) struct Part {
    pub(crate) op: &'static OpSpec,
    pub(crate) text: Vec<String>,
}

impl Part {
    pub(crate) fn new(op: &'static OpSpec, text: &[&str]) -> Self {
        Self { op, text: text.iter().map(|&t| t.to_owned()).collect() }
    }
}

impl OpSpec {
    /// What most operations do: the table as it is, one lookup.
    pub(crate) const PLAIN: Self = Self {
        name: "",
        text: &[],
        numbers: &[],
        table: None,
        axes: &[],
        raise: false,
        rates: |_, _, _| Ok(Rates::default()),
        roofline: |_, _, _| Roofline::default(),
        select: |text| vec![Selection::all(text)],
        parts: |_| Vec::new(),
        stand_in: false,
        usual: &[],
        regime: None,
        answer: |pricer, numbers, probe| pricer.lookup(0, numbers, probe),
    };
}

impl Selection {
    /// Rows of every kernel.
    pub(crate) fn all(text: &[&str]) -> Self {
        Self::of(text, |_| true)
    }

    /// Rows of some kernels.
    pub(crate) fn of(text: &[&str], kernel: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        let kernel = Box::new(kernel);
        Self { text: text.iter().map(|&t| t.to_owned()).collect(), kernel }
    }
}

/// Every operation.
pub static OPS: &[OpSpec] = &[
    ops::gemm::GEMM,
    ops::attention::CONTEXT,
    ops::attention::GENERATION,
    ops::moe::MOE,
    ops::collective::ALL_REDUCE,
    ops::collective::NCCL,
    ops::quantize::COMPUTE_SCALE,
    ops::quantize::SCALE_MATRIX,
    ops::attention::ENCODER,
    ops::mla::CONTEXT,
    ops::mla::GENERATION,
    ops::mla::BMM,
    ops::mla_module::CONTEXT,
    ops::mla_module::GENERATION,
    ops::mla_module::WIDE_CONTEXT,
    ops::mla_module::WIDE_GENERATION,
    ops::dsa::CONTEXT,
    ops::dsa::GENERATION,
    ops::dsa::GLM5_LOGITS,
    ops::dsa::GLM5_ATTENTION,
    ops::dsa::GLM5_TOPK,
    ops::msa::CONTEXT,
    ops::msa::GENERATION,
    ops::dsv4::CSA_CONTEXT,
    ops::dsv4::CSA_GENERATION,
    ops::dsv4::HCA_CONTEXT,
    ops::dsv4::HCA_GENERATION,
    ops::dsv4::TOPK_CALIBRATION,
    ops::dsv4::LOGITS,
    ops::dsv4::HCA_ATTENTION,
    ops::wide::HYPER_CONNECTIONS,
    ops::wide::MEGAMOE,
    ops::wide::CONTEXT_MOE,
    ops::wide::GENERATION_MOE,
    ops::wide::MOE,
    ops::wide::CONTEXT_MLP,
    ops::wide::GENERATION_MLP,
    ops::state::GDN,
    ops::state::KDA,
    ops::state::MAMBA2,
    ops::exchange::ALL_TO_ALL,
    ops::exchange::DEEPEP_NORMAL,
    ops::exchange::DEEPEP_LOW_LATENCY,
    ops::exchange::NVLINK,
    ops::analytic::MEMORY,
    ops::analytic::LINK,
];

/// The operation of that name.
pub fn op(name: &str) -> Option<&'static OpSpec> {
    OPS.iter().find(|op| op.name == name)
}

/// What an operation is priced on: one system, backend and version.
#[derive(Clone)]
pub struct Context {
    /// The system.
    pub hardware: Arc<Hardware>,
    /// Precisions.
    pub quants: Arc<QuantModes>,
    /// Measurements of the system, backend and version, and of its donors.
    pub sources: Arc<dyn Sources>,
    /// Preferred attention kernels, best first; `default` stands for no preference.
    pub lanes: Vec<String>,
    /// What may be transferred from where.
    pub transfers: Arc<Transfers>,
    /// How far from a measurement a price may be.
    pub mode: DataMode,
    /// What is supposed to differ from the system that was measured.
    pub imagined: Imagined,
}

/// What one operation costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Milliseconds.
    pub latency: f64,
    /// The physical bound, ms.
    pub roofline: f64,
    /// How far `latency` is from a measurement.
    pub origin: Origin,
}

/// Why an operation has no price.
#[derive(Debug, Clone)]
pub enum Failure {
    /// Nothing was measured for these arguments; other candidates may do.
    Miss(Arc<Miss>),
    /// The question or the data is wrong.
    Error(crate::Error),
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        Self::Error(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Miss(miss) => miss.fmt(f),
            Self::Error(error) => error.fmt(f),
        }
    }
}

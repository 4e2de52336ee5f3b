//! The keys of an experiment: what each stands for, or why it is refused.

/// What becomes of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use {
    /// Part of clauses that take several keys.
    Whole,
    /// A number of these names in the language.
    Number(&'static [&'static str]),
    /// A list of values of this axis.
    List(&'static str),
    /// Values of this axis from 1 to a number.
    UpTo(&'static str),
    /// 1 or 0 of this axis.
    Flag(&'static str),
    /// A name, such as a precision, of this choice.
    Choice(&'static str),
    /// A value of this choice, which calls it differently.
    OneOf(&'static str, &'static [(&'static str, &'static str)]),
    /// The version of the backend of a pool.
    Version,
    /// Prompts in parts of a fixed number of tokens.
    ChunkedPrefill,
    /// Numbers of GPUs of a worker.
    WorkerGpus,
    /// A list of values that this column may have.
    In(&'static str),
    /// The most that this column may be.
    AtMost(&'static str),
    /// The most workers, of this axis.
    MostWorkers(&'static str),
    /// The largest batch, of this axis.
    MostBatch(&'static str),
    /// Only these values, and why.
    Only(&'static [&'static str], &'static str),
    /// Not taken, and why.
    Refused(&'static str),
}

use Use::{
    AtMost, Choice, ChunkedPrefill, Flag, In, List, MostBatch, MostWorkers, Number, OneOf, Only,
    Refused, UpTo, Version, Whole, WorkerGpus,
};

const AFD: &str = "attention and feed-forward layers are not split over pools of their own";
const EPD: &str = "encoders do not run in a pool of their own";
/// Where prices may come from.
const DATA: &[(&str, &str)] = &[("SILICON", "tables"), ("HYBRID", "hybrid"), ("SOL", "roofline")];
const KERNELS: &str = "kernels are those that were measured for the backend";

/// Keys of a whole experiment.
const WHOLE: &[(&str, Use)] = &[
    ("serving_mode", Whole),
    ("total_gpus", Whole),
    ("isl", Whole),
    ("osl", Whole),
    ("prefix", Whole),
    ("image_height", Whole),
    ("image_width", Whole),
    ("num_images_per_request", Whole),
    ("enable_encoder_dp", Only(&["true"], "encoders run data parallel")),
    ("ttft", Whole),
    ("tpot", Whole),
    ("request_latency", Whole),
    ("slo", Whole),
    ("pareto_sweep", Whole),
    ("database_mode", OneOf("data", DATA)),
    ("transfer_policy", Refused("what may stand in for a measurement is written in the data")),
    ("free_gpu_memory_fraction", Number(&["kv_fraction", "static_fraction"])),
    ("max_seq_len", Number(&["kv_tokens"])),
    ("engine_step_backend", Refused("there is one engine")),
    ("forward_model", Only(&["op_level"], "passes are priced op by op")),
    ("nextn", Whole),
    ("nextn_accepted", Whole),
    ("moe_backend", Refused(KERNELS)),
    ("attention_backend", Refused(KERNELS)),
    ("wideep_num_slots", Refused("there are as many slots as experts")),
    ("num_gpu_per_replica", In("gpus_per_replica")),
    ("max_gpu_per_replica", AtMost("gpus_per_replica")),
    ("max_prefill_workers", MostWorkers("prefill.workers")),
    ("max_decode_workers", MostWorkers("decode.workers")),
    ("prefill_max_batch_size", UpTo("prefill.batch")),
    ("decode_max_batch_size", MostBatch("decode.batch")),
    ("prefill_latency_correction", Number(&["prefill_latency_scale"])),
    ("decode_latency_correction", Number(&["decode_latency_scale"])),
    ("rate_match_prefill_degradation", Number(&["prefill_efficiency"])),
    ("rate_match_decode_degradation", Number(&["decode_efficiency"])),
    ("rate_match_encoder_degradation", Refused(EPD)),
    ("autoscale_ttft_correction_factor", Number(&["prefill_queue"])),
    ("enable_epd", Only(&["false"], EPD)),
    ("encoder_tp_candidates", Refused(EPD)),
    ("encoder_batch_candidates", Refused(EPD)),
    ("max_encoder_workers", Refused(EPD)),
    ("encoder_latency_correction", Refused(EPD)),
    ("encoder_system_name", Refused(EPD)),
    ("afd_total_gpus", Refused(AFD)),
    ("afd_combined_with_pd", Refused(AFD)),
    ("afd_comm_overhead_factor", Refused(AFD)),
    ("afd_boundary_on_attn", Refused(AFD)),
    ("afd_total_batch_size", Refused(AFD)),
    ("afd_max_a_batch_size", Refused(AFD)),
    ("afd_n_a_nodes", Refused(AFD)),
    ("afd_n_f_nodes", Refused(AFD)),
    ("afd_tp_a", Refused(AFD)),
    ("afd_a_batch_size", Refused(AFD)),
    ("afd_tp_a_candidates", Refused(AFD)),
    ("afd_microbatch_candidates", Refused(AFD)),
    ("afd_pipeline_model_candidates", Refused(AFD)),
    ("afd_f_moe_ep_size_candidates", Refused(AFD)),
    ("afd_max_af_ratio", Refused(AFD)),
    ("afd_max_candidates", Refused(AFD)),
    ("afd_candidate_overflow", Refused(AFD)),
    ("afd_prefill_batch_size_list", Refused(AFD)),
    ("afd_prefill_max_candidates", Refused(AFD)),
    ("afd_prefill_candidate_overflow", Refused(AFD)),
    ("afd_max_prefill_gpus", Refused(AFD)),
    ("afd_max_prefill_workers", Refused(AFD)),
    ("afd_prefill_degradation", Refused(AFD)),
    ("afd_decode_degradation", Refused(AFD)),
    ("afd_ttft_correction_factor", Refused(AFD)),
    ("afd_decode_latency_correction", Refused(AFD)),
];

/// What all workers run.
const TARGET: &[(&str, Use)] = &[
    ("model_path", Whole),
    ("system_name", Whole),
    ("backend_name", Whole),
    ("backend_version", Whole),
];

/// What the workers of a pool run, behind `prefill_` or `decode_`.
const POOL_TARGET: &[(&str, Use)] = &[
    ("model_path", Whole),
    ("system_name", Choice("system")),
    ("backend_name", Choice("backend")),
    ("backend_version", Version),
];

/// Keys of workers: as they are for all, behind `prefill_` or `decode_` for a pool.
const WORKER: &[(&str, Use)] = &[
    ("enable_wideep", Flag("wide_ep")),
    ("enable_chunked_prefill", ChunkedPrefill),
    ("enable_eplb", Only(&["false"], "experts are not moved at run time")),
    ("gemm_quant_mode", Choice("gemm")),
    ("moe_quant_mode", Choice("moe")),
    ("kvcache_quant_mode", Choice("kv")),
    ("fmha_quant_mode", Choice("fmha")),
    ("comm_quant_mode", Choice("comm")),
];

/// Lists of sizes of workers, behind `agg_`, `prefill_` or `decode_`.
const SIZES: &[(&str, Use)] = &[
    ("num_gpu_candidates", WorkerGpus),
    ("tp_candidates", List("tp")),
    ("pp_candidates", List("pp")),
    ("dp_candidates", List("dp")),
    ("moe_tp_candidates", List("moe_tp")),
    ("moe_ep_candidates", List("moe_ep")),
    ("cp_candidates", List("cp")),
];

/// What is known of a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its pool; empty: it is about all workers.
    pub(super) pool: &'static str,
    pub(super) what: Use,
}

/// All keys of the flat format, in the order in which they become clauses.
pub(super) fn all() -> Vec<(String, Key)> {
    let mut keys = Vec::new();
    let mut add = |pool: &'static str, prefix: &str, table: &'static [(&str, Use)]| {
        for (name, what) in table {
            keys.push((format!("{prefix}{name}"), Key { pool, what: *what }));
        }
    };
    add("", "", WHOLE);
    add("", "", TARGET);
    add("", "", WORKER);
    add("", "agg_", SIZES);
    for (pool, prefix) in [("prefill", "prefill_"), ("decode", "decode_")] {
        add(pool, prefix, POOL_TARGET);
        add(pool, prefix, WORKER);
        add(pool, prefix, SIZES);
    }
    keys.retain(|(name, _)| name != "decode_enable_chunked_prefill");
    keys
}

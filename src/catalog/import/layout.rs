//! What the path of a published file says about it.

use super::normalise::Spelling;
use crate::perf::spec::{self, NCCL, TableSpec};

/// Directories that group the tables of the newer layout.
const FAMILIES: [&str; 14] = [
    "attention",
    "comm",
    "encoder_attention",
    "gemm",
    "kda",
    "linear_attention",
    "mhc",
    "mla",
    "mla_bmm",
    "mlp",
    "moe",
    "msa",
    "quantize",
    "sparse_attention",
];

/// A table by the name of its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) table: &'static TableSpec,
    pub(super) spelling: Spelling,
    pub(super) is_csv: bool,
}

/// A system, backend and version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    pub(super) system: String,
    pub(super) backend: String,
    pub(super) version: String,
}

/// The table of a file, `None` if it is no table.
pub(super) fn kind(path: &str) -> Option<Kind> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = name.rsplit_once('.')?;
    let is_csv = match extension {
        "parquet" => false,
        "csv" | "txt" => true,
        _ => return None,
    };
    if let Some(table) = spec::table(stem) {
        return Some(Kind { table, spelling: Spelling::Own, is_csv });
    }
    let published = match stem {
        // Names of before 0.4, and the one library that is not NCCL.
        "context_moe_perf" => "wideep_context_moe_perf",
        "generation_moe_perf" => "wideep_generation_moe_perf",
        "context_mlp_perf" => "wideep_context_mlp_perf",
        "generation_mlp_perf" => "wideep_generation_mlp_perf",
        "deepep_normal_perf" => "wideep_deepep_normal_perf",
        "deepep_ll_perf" => "wideep_deepep_ll_perf",
        "oneccl_perf" => NCCL.published,
        other => other,
    };
    let table = spec::TABLES.iter().copied().find(|t| t.published == published)?;
    Some(Kind { table, spelling: Spelling::Published, is_csv })
}

/// Where a file belongs by its directories.
pub(super) fn home(path: &str) -> Option<Home> {
    let (system, rest) = split(path)?;
    let [backend, version] = rest;
    Some(Home {
        system: system.to_owned(),
        backend: backend.to_owned(),
        version: version.to_owned(),
    })
}

fn split(path: &str) -> Option<(&str, [&str; 2])> {
    let mut parts = path.rsplit('/').skip(1);
    let version = parts.next()?;
    let backend = parts.next()?;
    let above = parts.next()?;
    let system = if FAMILIES.contains(&above) { parts.next()? } else { above };
    let is_version = version.starts_with(|c: char| c.is_ascii_digit());
    (is_version && !system.is_empty()).then_some((system, [backend, version]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_layouts_name_the_same_home() {
        let expected = Some(Home {
            system: "h200_sxm".to_owned(),
            backend: "trtllm".to_owned(),
            version: "1.3.0rc20".to_owned(),
        });
        for path in [
            "x/systems/data/h200_sxm/gemm/trtllm/1.3.0rc20/gemm_perf.parquet",
            "h200_sxm/gemm/trtllm/1.3.0rc20/gemm_perf.parquet",
            "data/h200_sxm/trtllm/1.3.0rc20/gemm_perf.txt",
            "systems/h200_sxm/trtllm/1.3.0rc20/gemm.parquet",
        ] {
            assert_eq!(home(path), expected, "{path}");
            assert_eq!(kind(path).unwrap().table.name, "gemm");
        }
        assert_eq!(home("trtllm/1.3.0rc20/gemm_perf.txt"), None);
        assert_eq!(kind("a/deepep_ll_perf.txt").unwrap().table.name, "wideep_deepep_ll");
        assert!(kind("a/collection_meta.yaml").is_none());
    }
}

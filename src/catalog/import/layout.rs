//! What the path of a published file says about it.

use super::published::{is_family, table_of};
use crate::perf::{TableSpec, table};

/// Which of the two spellings a file uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Column names of the published collections.
    Published,
    /// Column names of the stored tables.
    Own,
}

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
    if let Some(table) = table(stem) {
        return Some(Kind { table, spelling: Spelling::Own, is_csv });
    }
    Some(Kind { table: table_of(stem)?, spelling: Spelling::Published, is_csv })
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
    let system = if is_family(above) { parts.next()? } else { above };
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

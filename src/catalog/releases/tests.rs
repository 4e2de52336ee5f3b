//! The overlay, its names, and where tables come from.

use std::path::Path;

use super::*;
use crate::perf::{self, Column, Sources, TableSpec};

fn spec(name: &str) -> &'static TableSpec {
    perf::table(name).unwrap()
}

/// A catalog of the data in the source tree, with nothing read yet.
fn shipped() -> Catalog {
    Catalog::open(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("systems")]).unwrap()
}

fn labels(catalog: &Catalog, at: [&str; 3], table: &'static TableSpec) -> Vec<String> {
    let set = catalog.tables(at[0], at[1], at[2]).unwrap();
    (0..).map_while(|i| set.source(table, i).unwrap()).map(|s| s.label).collect()
}

#[test]
fn names_resolve_or_say_what_is_near() {
    let catalog = shipped();
    assert_eq!(catalog.systems(), ["a100_sxm", "b200_sxm", "gb200", "h100_sxm", "h200_sxm"]);
    assert_eq!(catalog.backends("h200_sxm").unwrap(), ["sglang", "trtllm", "vllm"]);
    assert_eq!(catalog.resolve_version("h200_sxm", "trtllm", "current").unwrap(), "1.3.0rc20");
    assert_eq!(catalog.resolve_version("a100_sxm", "trtllm", "current").unwrap(), "1.0.0");
    assert_eq!(catalog.resolve_version("h200_sxm", "vllm", "next").unwrap(), "0.27.0");
    assert_eq!(catalog.resolve_version("h200_sxm", "trtllm", "1.3.0-rc20").unwrap(), "1.3.0rc20");
    let errors = [
        (catalog.system("h200").unwrap_err(), "AIQ0401", "did you mean `h200_sxm`?"),
        (catalog.versions("h200_sxm", "vlm").unwrap_err(), "AIQ0402", "did you mean `vllm`?"),
        (
            catalog.resolve_version("h200_sxm", "trtllm", "1.3.0rc21").unwrap_err(),
            "AIQ0403",
            "did you mean `1.3.0rc",
        ),
    ];
    for (error, code, help) in errors {
        assert_eq!(error.code, code);
        assert!(error.help[0].starts_with(help), "{:?}", error.help);
        assert!(error.help.len() >= 2, "{:?}", error.help);
    }
    assert_eq!(catalog.system("../systems/h200_sxm").unwrap_err().code, "AIQ0401");
}

#[test]
fn facts_are_complete() {
    let catalog = shipped();
    let system = catalog.system("gb200").unwrap();
    assert_eq!(system.hardware.gpus_per_rack, Some(72));
    assert_eq!(system.hardware.flops.get("fp4"), Some(&1e16));
    assert_eq!(system.number("misc.nccl_mem.2"), Some(358_612_992.0));
    assert_eq!(system.text("misc.nccl_version"), Some("2.23"));
    assert_eq!(catalog.lanes("sglang", "0.5.14", 90), ["fa3"]);
    assert_eq!(catalog.lanes("trtllm", "1.3.0rc20", 90), ["default"]);
}

#[test]
fn sources_follow_their_order() {
    let catalog = shipped();
    let own = labels(&catalog, ["h200_sxm", "trtllm", "current"], spec("gemm"));
    assert_eq!(own, ["trtllm 1.3.0rc20", "trtllm 1.0.0rc3", "trtllm 0.20.0"]);
    // The directory of this version holds no table, only the name of a donor.
    let donated = labels(&catalog, ["b200_sxm", "trtllm", "1.3.0rc23"], spec("compute_scale"));
    assert_eq!(donated.first().map(String::as_str), Some("trtllm 1.3.0rc20"));
    let newest = labels(&catalog, ["h200_sxm", "vllm", "next"], spec("all_reduce"));
    assert_eq!(newest, ["vllm 0.24.0", "vllm 0.19.0", "vllm 0.18.0", "vllm 0.14.0"]);
    assert_eq!(labels(&catalog, ["h200_sxm", "sglang", "current"], spec("nccl")), ["nccl 2.26.2"]);
}

#[test]
fn a_file_is_read_once() {
    let catalog = shipped();
    for _ in 0..2 {
        let set = catalog.clone().tables("h200_sxm", "trtllm", "current").unwrap();
        set.source(spec("gemm"), 0).unwrap();
    }
    assert_eq!(catalog.files_read(), 1);
}

#[test]
fn every_shipped_table_is_whole() {
    let catalog = shipped();
    let files = catalog.table_files();
    assert!(files.len() > 400);
    for file in files {
        let raw = catalog.read(&file.path, file.table).unwrap();
        let count = raw.columns.values().filter(|c| match c {
            Column::Int(v) => v.len() == raw.rows,
            Column::Text { codes, .. } => codes.len() == raw.rows,
        });
        assert_eq!(count.count(), raw.columns.len());
    }
}

#[test]
fn the_first_directory_wins_and_damage_is_named() {
    let user = tempfile::tempdir().unwrap();
    let home = user.path().join("h200_sxm/trtllm/1.3.0rc20");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("gemm.parquet"), b"PAR1 not really").unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    let catalog = Catalog::open(&[user.path().to_path_buf(), shipped]).unwrap();
    let set = catalog.tables("h200_sxm", "trtllm", "current").unwrap();
    assert_eq!(set.source(spec("gemm"), 0).unwrap_err().code, "AIQ0404");
    assert!(set.source(spec("compute_scale"), 0).unwrap().is_some());
    std::fs::write(home.join("reuse.yaml"), b"reuse: [").unwrap();
    let again = Catalog::open(catalog.search_path()).unwrap();
    assert_eq!(again.tables("h200_sxm", "trtllm", "current").unwrap_err().code, "AIQ0404");
    assert_eq!(Catalog::open(&[user.path().join("none")]).unwrap_err().code, "AIQ0404");
}

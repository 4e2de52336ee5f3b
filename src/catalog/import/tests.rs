//! Both layouts, all rules of spelling, and files that are wrong.

use std::fs;
use std::path::Path;

use super::*;
use crate::catalog::Catalog;
use crate::catalog::store;
use crate::perf::{self, Column, RawTable, TableSpec};

fn table(name: &str) -> &'static TableSpec {
    perf::table(name).unwrap()
}

/// Imports a tree of files given by path and contents.
fn import_tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<ImportReport>) {
    let directory = tempfile::tempdir().unwrap();
    for (path, contents) in files {
        let path = directory.path().join("source").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
    let options = ImportOptions {
        source: directory.path().join("source"),
        into: directory.path().join("target"),
        ..ImportOptions::default()
    };
    let report = import(&options, &mut |_| {});
    (directory, report)
}

fn stored(directory: &Path, path: &str, table: &'static TableSpec) -> RawTable {
    let target = directory.join("target");
    let catalog = Catalog::open(std::slice::from_ref(&target)).unwrap();
    catalog.read(&target.join(path), table).unwrap()
}

fn ints(raw: &RawTable, name: &str) -> Vec<i32> {
    match &raw.columns[name] {
        Column::Int(values) => values.clone(),
        Column::Text { .. } => panic!("{name} is text"),
    }
}

fn names(raw: &RawTable, name: &str) -> Vec<String> {
    match &raw.columns[name] {
        Column::Text { codes, values } => {
            codes.iter().map(|c| values[*c as usize].clone()).collect()
        }
        Column::Int(_) => panic!("{name} is not text"),
    }
}

const GEMM: &str = "framework,gemm_dtype,m,n,k,kernel_source,latency\n\
                    T,fp8,2,64,32,a,0.2\n\
                    T,float16,1,64,32,a,0.1\n\
                    T,fp8,1,64,32,b,0.3\n\
                    T,fp8,1,64,32,a,0.4\n\
                    T,fp8,1,64,32,b,0.9\n\
                    T,awq,1,64,32,a,0.5\n\
                    T,fp8,x,64,32,a,0.5\n\
                    T,fp8,4,64,32,a,nan\n\
                    T,fp8,4,64\n\
                    T,fp8,8,64,32,a,0\n";

#[test]
fn rows_are_sorted_checked_and_counted() {
    let (dir, report) = import_tree(&[("data/g/trtllm/1.0/gemm_perf.txt", GEMM)]);
    let report = report.unwrap();
    let counts = (report.tables, report.read, report.kept, report.duplicates, report.skipped);
    assert_eq!(counts, (1, 10, 4, 1, 1));
    let mut refused: Vec<u32> = report.refused.iter().flat_map(|r| r.lines.clone()).collect();
    refused.sort_unstable();
    assert_eq!(refused, [8, 9, 10, 11]);
    assert!(report.to_string().contains("gemm_perf.txt:8: `m` is not a count"), "{report}");
    let raw = stored(dir.path(), "g/trtllm/1.0/gemm.parquet", table("gemm"));
    assert_eq!(names(&raw, "quant"), ["bfloat16", "fp8", "fp8", "fp8"]);
    assert_eq!(names(&raw, "kernel"), ["a", "b", "a", "a"]);
    assert_eq!(raw.latency, [0.1, 0.3, 0.4, 0.2]);
}

#[test]
fn attention_is_normalised() {
    let decode = "batch_size,isl,num_heads,num_key_value_heads,head_dim,attn_dtype,kv_cache_dtype,step,latency\n\
                  1,1,32,32,128,float16,fp8_e4m3,127,0.5\n1,1,32,8,128,float16,fp8,7,0.4\n";
    let prefill = "batch_size,isl,tp_size,mla_dtype,kv_cache_dtype,step,latency\n\
                   1,16,4,float16,fp8,0,0.5\n1,16,8,float16,fp8,64,0.5\n";
    let (dir, report) = import_tree(&[
        ("data/g/trtllm/0.20.0/generation_attention_perf.txt", decode),
        ("data/g/trtllm/0.20.0/context_mla_perf.txt", prefill),
    ]);
    assert_eq!(report.unwrap().refused_rows(), 1);
    let raw = stored(
        dir.path(),
        "g/trtllm/0.20.0/generation_attention.parquet",
        table("generation_attention"),
    );
    assert_eq!((ints(&raw, "kv_heads"), ints(&raw, "seq")), (vec![0, 8], vec![128, 8]));
    assert_eq!(
        (ints(&raw, "window"), names(&raw, "kernel")),
        (vec![0, 0], vec!["default".to_owned(); 2])
    );
    assert_eq!(names(&raw, "kv"), ["fp8", "fp8"]);
    let raw = stored(dir.path(), "g/trtllm/0.20.0/context_mla.parquet", table("context_mla"));
    assert_eq!(ints(&raw, "heads"), [32]);
}

#[test]
fn exchanges_are_split_by_phase_and_in_milliseconds() {
    let normal = "node_num,hidden_size,num_token,num_topk,num_experts,dispatch_sms,dispatch_transmit_us,\
                  dispatch_notify_us,combine_sms,combine_transmit_us,combine_notify_us\n\
                  1,7168,8,8,256,20,40,10,24,60,0\n";
    let (dir, report) = import_tree(&[("data/g/sglang/0.5.0/deepep_normal_perf.txt", normal)]);
    assert_eq!(report.unwrap().read, 2);
    let raw = stored(
        dir.path(),
        "g/sglang/0.5.0/wideep_deepep_normal.parquet",
        table("wideep_deepep_normal"),
    );
    assert_eq!(names(&raw, "phase"), ["combine", "dispatch"]);
    assert_eq!(ints(&raw, "sms"), [24, 20]);
    assert_eq!(raw.latency, [0.06, 0.05]);
}

#[test]
fn lists_come_along_and_slots_select() {
    let slots = "defaults:\n  trtllm: {current: \"1.0\", previous: null}\n";
    let system = "data_dir: data/g\ngpu:\n  mem_bw: 1000\n  mem_capacity: 5\n  float16_tc_flops: 7\n\
                  node:\n  num_gpus_per_node: 8\n  intra_node_bw: 2\n  inter_node_bw: 1\n\
                  misc:\n  nccl_mem:\n    2: 9\n  nccl_version: '2.10'\n";
    let reuse = "reuse:\n- table: moe_perf\n  from_version: 1.0\n  reason: >-\n    it's the\n    same\n  approved_by: x\n";
    let files = [
        ("systems/query_versions.yaml", slots),
        ("systems/g.yaml", system),
        ("systems/data/g/gemm/trtllm/1.1/reuse.yaml", reuse),
        ("systems/data/g/gemm/trtllm/1.0/gemm_perf.txt", GEMM),
        ("systems/data/g/gemm/trtllm/1.1/gemm_perf.txt", GEMM),
    ];
    let (dir, report) = import_tree(&files);
    assert_eq!(report.unwrap().tables, 2);
    let target = dir.path().join("target");
    let catalog = Catalog::open(std::slice::from_ref(&target)).unwrap();
    assert_eq!(catalog.resolve_version("g", "trtllm", "next").unwrap(), "1.1");
    let facts = catalog.system("g").unwrap();
    assert_eq!(facts.number("misc.nccl_mem.2"), Some(9.0));
    assert_eq!(facts.text("misc.nccl_version"), Some("2.10"));
    assert_eq!(facts.hardware.flops.get("bfloat16"), Some(&7.0));
    assert!(
        fs::read_to_string(target.join("g/trtllm/1.1/reuse.yaml"))
            .unwrap()
            .contains("reason: it's the same")
    );

    let mut options = ImportOptions {
        source: dir.path().join("source/systems/data/g"),
        into: dir.path().join("second"),
        versions: vec!["current".to_owned()],
        ..ImportOptions::default()
    };
    assert_eq!(import(&options, &mut |_| {}).unwrap().tables, 1);
    assert!(options.into.join("g/system.yaml").is_file());
    // What was written can be imported again, and changes no more.
    options.source = options.into.clone();
    options.into = dir.path().join("third");
    import(&options, &mut |_| {}).unwrap();
    let read = |root: &str| stored_bytes(&dir.path().join(root).join("g/trtllm/1.0/gemm.parquet"));
    assert_eq!(read("second"), read("third"));
    options.versions = vec!["1.2".to_owned()];
    let error = import(&options, &mut |_| {}).unwrap_err();
    assert_eq!(error.code, "AIQ0601");
}

/// Latencies and columns, without the metadata that names the source.
fn stored_bytes(path: &Path) -> (Vec<f32>, String) {
    let raw = store::read(path, table("gemm")).unwrap();
    (raw.latency, format!("{:?}", raw.columns))
}

#[test]
fn a_single_file_needs_a_home() {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("gemm_perf.csv");
    fs::write(&source, GEMM).unwrap();
    let mut options = ImportOptions {
        source,
        into: dir.path().join("target"),
        systems: vec!["mine".to_owned()],
        backends: vec!["trtllm".to_owned()],
        ..ImportOptions::default()
    };
    assert_eq!(import(&options, &mut |_| {}).unwrap_err().code, "AIQ0601");
    options.versions = vec!["../2".to_owned()];
    assert_eq!(import(&options, &mut |_| {}).unwrap_err().code, "AIQ0601");
    options.versions = vec!["2.0".to_owned()];
    assert_eq!(import(&options, &mut |_| {}).unwrap().kept, 4);
    assert!(options.into.join("mine/trtllm/2.0/gemm.parquet").is_file());
}

#[test]
fn what_is_no_collection_says_so() {
    for files in [&[("readme.md", "x")][..], &[("a/b/c/readme.txt", "x")]] {
        let error = import_tree(files).1.unwrap_err();
        assert_eq!((error.code.as_str(), error.help.is_empty()), ("AIQ0601", false));
    }
    let wrong = "gemm_dtype,m,n,k,latency\nfp8,1,1,1,-1\n";
    let error = import_tree(&[("data/g/trtllm/1.0/gemm_perf.txt", wrong)]).1.unwrap_err();
    assert_eq!(error.code, "AIQ0602");
    let damaged = "gemm_dtype,m\nfp8,1\n";
    let error = import_tree(&[("data/g/trtllm/1.0/gemm_perf.txt", damaged)]).1.unwrap_err();
    assert_eq!(error.code, "AIQ0404");
}

#[test]
fn damaged_sources_give_errors_or_tables() {
    let dir = tempfile::tempdir().unwrap();
    let whole = GEMM.as_bytes();
    let first = dir.path().join("first");
    let parquet = {
        let source = dir.path().join("gemm_perf.csv");
        fs::write(&source, GEMM).unwrap();
        import(&single(&source, &first), &mut |_| {}).unwrap();
        fs::read(first.join("g/b/1.0/gemm.parquet")).unwrap()
    };
    let mut seed = 7_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for variant in 0..200 {
        let is_csv = variant % 2 == 0;
        let mut bytes = if is_csv { whole.to_vec() } else { parquet.clone() };
        match variant % 5 {
            0 => bytes.truncate(random(bytes.len())),
            1 => bytes.drain(..random(bytes.len().min(60))).for_each(drop),
            _ => {
                for _ in 0..=variant % 4 {
                    let at = random(bytes.len());
                    bytes[at] ^= 1 << random(8);
                }
            }
        }
        // The Parquet variants are read both as stored and as published files.
        let stem = if variant % 3 == 0 { "gemm" } else { "gemm_perf" };
        let source = dir.path().join(format!("{stem}.{}", if is_csv { "csv" } else { "parquet" }));
        fs::write(&source, &bytes).unwrap();
        let into = dir.path().join(format!("target{variant}"));
        match import(&single(&source, &into), &mut |_| {}) {
            Ok(report) => {
                let raw = store::read(&into.join("g/b/1.0/gemm.parquet"), table("gemm")).unwrap();
                assert_eq!(raw.rows, report.kept);
            }
            Err(error) => {
                assert!(
                    matches!(error.code.as_str(), "AIQ0404" | "AIQ0601" | "AIQ0602"),
                    "{error:?}"
                );
                assert!(!error.help.is_empty(), "{error:?}");
                assert!(!into.join("g").exists(), "a file was left behind");
            }
        }
    }
}

fn single(source: &Path, into: &Path) -> ImportOptions {
    ImportOptions {
        source: source.to_path_buf(),
        into: into.to_path_buf(),
        systems: vec!["g".to_owned()],
        backends: vec!["b".to_owned()],
        versions: vec!["1.0".to_owned()],
        ..ImportOptions::default()
    }
}

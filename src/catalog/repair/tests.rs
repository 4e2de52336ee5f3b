//! What is replaced in small tables, and that what ships is what the rules say.

use std::path::{Path, PathBuf};

use super::*;
use crate::base::shipped;
use crate::perf::{Column, Evidence, RawTable, Repairs, Sources, table};

const SIZES: [i32; 6] = [1, 2, 4, 8, 256, 4096];

/// A data directory with products of two backends: `a` as given, `b` at 0.004 ms and more.
fn directory(a: impl Fn(i32) -> f64) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    for (backend, latency) in [("a", &a as &dyn Fn(i32) -> f64), ("b", &other)] {
        let home = root.path().join("toy").join(backend).join("1.0");
        std::fs::create_dir_all(&home).unwrap();
        let file = std::fs::File::create(home.join("gemm.parquet")).unwrap();
        let latency = SIZES.map(|m| latency(m) as f32).to_vec();
        store::write(table("gemm").unwrap(), &raw(latency), &BTreeMap::new(), file).unwrap();
    }
    std::fs::copy(ours.join("h100_sxm/system.yaml"), root.path().join("toy/system.yaml")).unwrap();
    std::fs::copy(ours.join("repairs.yaml"), root.path().join("repairs.yaml")).unwrap();
    root
}

fn raw(latency: Vec<f32>) -> RawTable {
    let text = |value: &str| Column::Text { codes: vec![0; 6], values: vec![value.to_owned()] };
    let size = |n: i32| Column::Int(vec![n; 6]);
    let columns =
        [("quant", text("fp8")), ("kernel", text("k")), ("n", size(1024)), ("k", size(1024))];
    let columns = columns.into_iter().chain([("m", Column::Int(SIZES.to_vec()))]);
    let columns = columns.map(|(name, column)| (name.to_owned(), column)).collect();
    RawTable { rows: 6, columns, latency, ..RawTable::default() }
}

fn other(m: i32) -> f64 {
    0.004 + f64::from(m) * 1e-5
}

fn open(root: &tempfile::TempDir) -> Catalog {
    Catalog::open(&[root.path().to_path_buf()]).unwrap()
}

fn latencies(root: &tempfile::TempDir, repairs: Repairs) -> Vec<String> {
    let evidence = Evidence { repairs, ..Evidence::default() };
    let set = open(root).tables_for("toy", "a", "1.0", &evidence).unwrap();
    let source = set.source(table("gemm").unwrap(), 0).unwrap().unwrap();
    let grid = &source.table.grid;
    (0..6).map(|point| format!("{:.4}", grid.latency(point))).collect()
}

#[test]
fn slow_rows_and_floors_are_replaced() {
    // The host takes 0.011 ms; one row is an accident.
    let root = directory(|m| if m == 256 { 0.5 } else { f64::max(0.011, other(m)) });
    let found = open(&root).write_repairs(root.path(), Over::Own).unwrap();
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((one.file.backend.as_str(), one.rows), ("a", 6));
    assert_eq!(one.replaced, BTreeMap::from([("cell".into(), 1), ("floor".into(), 4)]));
    assert_eq!(one.repairs[0].reason, "launch floor of 11.0 us, 4.0 us on b 1.0");
    assert_eq!(one.repairs[4].reason, "over 3 times b 1.0");
    let measured = ["0.0110", "0.0110", "0.0110", "0.0110", "0.5000", "0.0450"];
    assert_eq!(latencies(&root, Repairs::None), measured);
    let repaired = ["0.0040", "0.0040", "0.0040", "0.0041", "0.0066", "0.0450"];
    assert_eq!(latencies(&root, Repairs::All), repaired);
    assert_eq!(latencies(&root, Repairs::Of("cell".into()))[3..5], ["0.0110", "0.0066"]);
}

#[test]
fn a_bump_takes_no_longer_than_more_work() {
    let root = directory(|m| if m == 4 { 0.010 } else { other(m) });
    let found = open(&root).write_repairs(root.path(), Over::Own).unwrap();
    let [one] = &found[..] else { panic!("{found:?}") };
    let [bump] = &one.repairs[..] else { panic!("{:?}", one.repairs) };
    assert_eq!((bump.row, bump.reason.as_str()), (2, "over 1.5 times its m=8"));
    assert!((f64::from(bump.latency) - other(8)).abs() < 1e-6);
}

#[test]
fn what_belongs_to_other_rows_is_refused() {
    let root = directory(|_| 0.5);
    open(&root).write_repairs(root.path(), Over::Own).unwrap();
    let same = directory(other);
    let place = |root: &tempfile::TempDir| root.path().join("toy/a/1.0/gemm.parquet");
    std::fs::copy(place(&same), place(&root)).unwrap();
    let set = open(&root).tables("toy", "a", "1.0").unwrap();
    let error = set.source(table("gemm").unwrap(), 0).unwrap_err();
    assert_eq!(error.code, "AIQ0404");
    assert_eq!(error.help, ["`aiq systems repair` works it out anew"]);
    assert!(
        !store::drop_stale(&place(&same)).unwrap() && store::drop_stale(&place(&root)).unwrap()
    );
    assert!(
        open(&root).tables("toy", "a", "1.0").unwrap().source(table("gemm").unwrap(), 0).is_ok()
    );
    let root = directory(|_| 0.5);
    open(&root).write_repairs(root.path(), Over::Own).unwrap();
    std::fs::copy(place(&same), place(&root)).unwrap();
    // What is not replaced any more goes.
    assert!(open(&root).write_repairs(root.path(), Over::Anything).unwrap().is_empty());
    assert_eq!(latencies(&root, Repairs::All), latencies(&root, Repairs::None));
}

#[test]
fn what_ships_is_what_the_rules_say() {
    let catalog = Catalog::open(&[shipped::path("systems")]).unwrap();
    let (mut tables, mut rows) = (0, 0);
    for RepairedTable { file, repairs, .. } in catalog.repair().unwrap() {
        let name = PathBuf::from(file.path.file_name().unwrap());
        let beside = file.path.parent().unwrap().join(store::REPAIRED).join(name);
        let wanted = (!repairs.is_empty()).then(|| store::repairs(&file.path, &repairs).unwrap());
        assert!(shipped::bytes(&beside) == wanted.as_deref(), "{}", beside.display());
        tables += usize::from(wanted.is_some());
        rows += repairs.len();
    }
    assert!(tables > 50 && rows > 100_000, "{rows} rows of {tables} tables");
}

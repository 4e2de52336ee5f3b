//! Files of experiments: the questions they ask, and their answers in one table.

use super::statements;
use crate::support::binary::{aiq, rows, stdout, succeeded, typed};
use crate::support::number;

#[test]
fn experiments_print_the_questions_they_ask() {
    for file in ["experiments", "experiments_layered"] {
        let output = typed(&format!("exp --yaml_path tests/data/{file}.yaml"));
        succeeded(&output, file);
        insta::assert_snapshot!(file, statements(&stdout(&output)));
    }
}

#[test]
fn experiments_are_compared_in_one_table() {
    let output = typed("exp --yaml_path tests/data/experiments.yaml --format json");
    let compared = rows(&output);
    let mut names: Vec<&str> = compared.iter().filter_map(|r| r["experiment"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["any_backend", "one_worker", "soft", "two_gpus"]);
    let rates: Vec<f64> = compared.iter().map(|r| number(r, "tokens_per_gpu")).collect();
    assert!(rates.windows(2).all(|w| w[0] >= w[1]), "{rates:?}");
    let two = compared.iter().find(|r| r["experiment"] == "two_gpus").expect("a row");
    assert_eq!(two["system"], "h100_sxm + h200_sxm");
}

#[test]
fn an_infeasible_experiment_leaves_the_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("experiments.yaml");
    let one =
        "  serving_mode: agg\n  model_path: QWEN3_32B\n  system_name: h200_sxm\n  total_gpus: 8\n";
    std::fs::write(&file, format!("never:\n{one}  ttft: 5\nusual:\n{one}")).expect("written");
    let path = file.to_str().expect("a path");
    let output = aiq(&["exp", "--yaml_path", path, "--format", "json"]);
    succeeded(&output, path);
    let compared = rows(&output);
    assert_eq!(compared.len(), 1);
    assert_eq!(compared[0]["experiment"], "usual");
    let text = stdout(&aiq(&["exp", "--yaml_path", path]));
    assert!(text.contains("`ttft < 5ms` removed"), "{text}");
}

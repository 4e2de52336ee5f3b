//! Measured deployments of many models, systems and backends: all are priced, and how far off.

use crate::support::binary::{aiq, answers, stderr};

#[test]
fn measured_deployments_are_priced() {
    let output = aiq(&["run", "queries/accuracy.aiq", "--format", "json"]);
    let [measured, counts, reasons, errors] = &answers(&output)[..] else {
        panic!("{}", stderr(&output))
    };
    assert_eq!(measured.len(), 939);
    let line = |row: &serde_json::Value| row.to_string();
    let lines: Vec<String> = counts.iter().chain(reasons).chain(errors).map(line).collect();
    // What the errors are is for people to see; docs/accuracy.md says which numbers are fitted to these rows.
    insta::assert_snapshot!(lines.join("\n"));
}

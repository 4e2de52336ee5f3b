//! Measured deployments of many models, systems and backends: all are priced, and how far off.

use crate::support::binary::{aiq, answers, stderr};

#[test]
fn measured_deployments_are_priced() {
    let output = aiq(&["run", "queries/accuracy.aiq", "--format", "json"]);
    let [measured, counts, reasons, errors] = &answers(&output)[..] else {
        panic!("{}", stderr(&output))
    };
    assert_eq!(measured.len(), 51);
    assert!(reasons.is_empty(), "{reasons:?}");
    for row in counts {
        assert_eq!(row["rows"], row["priced"], "{row}");
    }
    // Nothing is fitted to these rows: what the errors are is for people to see.
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

//! The program carries its data: it answers from an empty directory, wherever it lies.

use std::process::Command;

use crate::support::binary::{rows, stdout, succeeded};

#[test]
fn the_program_carries_its_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("bin").join("aiq");
    std::fs::create_dir(folder.path().join("bin")).expect("a folder");
    std::fs::copy(env!("CARGO_BIN_EXE_aiq"), &program).expect("a copy");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(&empty).env_clear().args(arguments).output().expect("it runs")
    };
    let output = ask(&["--format", "json", "-c", "search for 'QWEN3_32B' on h200_sxm * 8 top 1"]);
    succeeded(&output, "search");
    assert_eq!(rows(&output).len(), 1);
    let output = ask(&["-c", "show systems"]);
    assert!(stdout(&output).contains("b200_sxm"), "{}", stdout(&output));
    let output = ask(&["support", "--model", "QWEN3_32B"]);
    succeeded(&output, "support");
    // A directory of the user still wins.
    let system = empty.join("systems/mine_sxm");
    std::fs::create_dir_all(&system).expect("a folder");
    let facts = include_str!("../../../systems/h200_sxm/system.yaml");
    std::fs::write(system.join("system.yaml"), facts).expect("written");
    let output = ask(&["-c", "show systems"]);
    assert!(stdout(&output).contains("mine_sxm") && stdout(&output).contains("h200_sxm"));
}

#[test]
fn a_file_of_statements_is_run_by_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.aiq"), "select 1 + 1 as two").expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_aiq"));
    let output = command.current_dir(folder.path()).args(["--format", "json", "a.aiq"]).output();
    assert_eq!(rows(&output.expect("it runs"))[0]["two"], 2);
}

//! What questions are asked with: settings in layers, profiles, packages of rules.

use crate::support::binary::{aiq, ask, command, printed, rows, succeeded};
use crate::support::root;

#[test]
fn layers_of_settings() {
    let output = aiq(&[
        "--profile",
        "tests/data/layers/long.aiq",
        "-c",
        "include 'tests/data/layers/rules'; set isl = 2000; set tp = 2; \
         show settings for 'isl'; show settings for 'gpus'; show settings for 'osl'; \
         show settings for 'tp'; show settings for 'batch'",
    ]);
    insta::assert_snapshot!(printed(&output));
}

#[test]
fn a_folder_is_a_package_of_rules() {
    let all = ask("include 'tests/data/layers/rules'; search as agg top 2 distinct tp");
    let tps: Vec<u64> = all.iter().filter_map(|r| r["tp"].as_u64()).collect();
    assert!(!tps.is_empty() && tps.iter().all(|tp| *tp <= 2), "{tps:?}");
}

#[test]
fn included_files_that_are_wrong() {
    let all = ["circle", "outer.aiq", "nothing"]
        .map(|name| printed(&aiq(&["-c", &format!("include 'tests/data/layers/{name}'")])));
    let empty = tempfile::tempdir().expect("a folder");
    let name = empty.path().display().to_string();
    let none = printed(&aiq(&["-c", &format!("include '{name}'")])).replace(&name, "empty");
    insta::assert_snapshot!(all.concat() + &none.replace(&"^".repeat(name.len() + 2), "^"));
}

#[test]
fn profiles_by_name() {
    let here = tempfile::tempdir().expect("a folder");
    let profiles = here.path().join("aiq/profiles");
    std::fs::create_dir_all(&profiles).expect("a folder");
    std::fs::write(profiles.join("ours.aiq"), "set isl = 1234;").expect("written");
    let run = |arguments: &[&str]| {
        let mut command = command(root(), arguments);
        command.env("XDG_CONFIG_HOME", here.path()).output().expect("the binary runs")
    };
    let set = run(&["--profile", "ours", "-c", "show settings for 'isl'", "--format", "json"]);
    assert_eq!(rows(&set)[0]["value"], "1234");
    assert_eq!(rows(&set)[0]["layer"], "profile");
    // Commands have it too.
    let question = "--profile ours default --model QWEN3_32B --system h200_sxm --total-gpus 8";
    succeeded(&run(&question.split(' ').collect::<Vec<_>>()), question);
    let unknown = run(&["--profile", "our", "-c", "show settings"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = printed(&unknown).replace(&here.path().display().to_string(), "~");
    insta::assert_snapshot!(said);
    let both = aiq(&["-c", "show modes", "run", "queries/one_line.aiq"]);
    assert_eq!(both.status.code(), Some(2));
    std::fs::write(profiles.join("ours.aiq"), "set isl = 1;\nset islx = 2;").expect("written");
    let wrong = run(&["--profile", "ours", "-c", "show settings"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(printed(&wrong).contains("ours.aiq:2:5"), "{}", printed(&wrong));
}

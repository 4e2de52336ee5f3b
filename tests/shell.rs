//! Help, layers, profiles and packages of rules, as a user would run them.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::process::{Command, Output};

use aiq::shell::help;
use support::binary::{aiq, rows};
use support::session::{ask, session};

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Everything a page of help tells a user to paste, other than what writes files.
#[test]
fn examples_of_help_have_answers() {
    let mut ran = 0;
    for topic in help::topics() {
        // Examples set and define; the next topic begins anew.
        let mut session = session();
        for example in topic.examples().into_iter().filter(|e| e.runs) {
            let names: Vec<&str> = topic.names().collect();
            match ask(&mut session, example.text) {
                Ok(answer) => assert!(answer.feasible, "{names:?}: {}", example.text),
                Err(error) => panic!("{names:?}: {}\n{error}", example.text),
            }
            ran += 1;
        }
    }
    assert!(ran > 50, "{ran} examples");
}

#[test]
fn help_from_the_command_line() {
    for arguments in [&["help", "top"][..], &["-c", "help distinct;"], &["-c", "\\? per"]] {
        let output = aiq(arguments);
        assert!(output.status.success());
        assert!(text(&output).starts_with("top, per, distinct (clause)\n"), "{}", text(&output));
    }
    // A command that is no topic.
    assert!(text(&aiq(&["help", "recommend"])).contains("--target-request-rate"));
    assert!(text(&aiq(&["help"])).contains("\nClauses of a question\n"));
    let unknown = aiq(&["help", "serch"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown).contains("did you mean `help search`?"), "{}", text(&unknown));
}

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
    insta::assert_snapshot!(text(&output));
}

#[test]
fn a_folder_is_a_package_of_rules() {
    let output = aiq(&[
        "-c",
        "include 'tests/data/layers/rules'; search as agg top 2 distinct tp",
        "--format",
        "json",
    ]);
    let all = rows(&output);
    let tps: Vec<u64> = all.iter().filter_map(|r| r["tp"].as_u64()).collect();
    assert!(!tps.is_empty() && tps.iter().all(|tp| *tp <= 2), "{tps:?}");
}

#[test]
fn included_files_that_are_wrong() {
    let all = ["circle", "outer.aiq", "nothing"]
        .map(|name| text(&aiq(&["-c", &format!("include 'tests/data/layers/{name}'")])));
    let empty = tempfile::tempdir().expect("a folder");
    let name = empty.path().display().to_string();
    let none = text(&aiq(&["-c", &format!("include '{name}'")])).replace(&name, "empty");
    insta::assert_snapshot!(all.concat() + &none.replace(&"^".repeat(name.len() + 2), "^"));
}

#[test]
fn profiles_by_name() {
    let here = tempfile::tempdir().expect("a folder");
    let profiles = here.path().join("aiq/profiles");
    std::fs::create_dir_all(&profiles).expect("a folder");
    std::fs::write(profiles.join("ours.aiq"), "set isl = 1234;").expect("written");
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_aiq"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("XDG_CONFIG_HOME", here.path())
            .output()
            .expect("the binary runs")
    };
    let set = run(&["--profile", "ours", "-c", "show settings for 'isl'", "--format", "json"]);
    assert_eq!(rows(&set)[0]["value"], "1234");
    assert_eq!(rows(&set)[0]["layer"], "profile");
    // Commands have it too.
    let command = run(&[
        "--profile",
        "ours",
        "default",
        "--model",
        "QWEN3_32B",
        "--system",
        "h200_sxm",
        "--total-gpus",
        "8",
    ]);
    assert!(command.status.success(), "{}", text(&command));
    let unknown = run(&["--profile", "our", "-c", "show settings"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = text(&unknown).replace(&here.path().display().to_string(), "~");
    insta::assert_snapshot!(said);
    let both = aiq(&["-c", "show modes", "run", "queries/one_line.aiq"]);
    assert_eq!(both.status.code(), Some(2));
    std::fs::write(profiles.join("ours.aiq"), "set isl = 1;\nset islx = 2;").expect("written");
    let wrong = run(&["--profile", "ours", "-c", "show settings"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong).contains("ours.aiq:2:5"), "{}", text(&wrong));
}

#[test]
fn colours_where_they_are_asked_for() {
    let colored = |arguments: &[&str]| text(&aiq(arguments)).contains('\u{1b}');
    assert!(!colored(&["-c", "show modes"]));
    assert!(colored(&["-c", "show modes", "--color", "always"]));
    assert!(colored(&["-c", "shw modes", "--color", "always"]));
    assert!(!colored(&["-c", "show modes", "--color", "never"]));
}

#[test]
fn a_plot_of_each_value_of_a_column() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.svg");
    let plot = format!(
        "let a = search tp in [2, 4] as agg where ttft < 1s; \
         plot a tokens_per_user, tokens_per_gpu color by tp to '{}'",
        file.display()
    );
    let output = aiq(&["-c", &plot]);
    assert!(text(&output).contains("● tp = 2   ○ tp = 4\n"), "{}", text(&output));
    let picture = std::fs::read_to_string(&file).expect("a picture");
    assert!(picture.contains(">tp = 2<") && picture.contains(">tp = 4<"));
    // Each value has its own frontier: what the other beats is there.
    let each = "plot search on h200_sxm, h100_sxm as agg where ttft < 1s color by system";
    let output = aiq(&["-c", each, "--format", "json"]);
    for system in ["h200_sxm", "h100_sxm"] {
        assert!(rows(&output).iter().any(|row| row["system"] == system), "{system}");
    }
    let wrong = ["color by ttft", "color by tpp", "color tp", "ttft", "ttft, tpott"];
    let told = wrong.map(|end| text(&aiq(&["-c", &format!("plot search as agg top 3 {end}")])));
    insta::assert_snapshot!(told.concat());
}

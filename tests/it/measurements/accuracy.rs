//! Measured deployments of many models, systems and backends: all are priced, and how far off.

use crate::support::binary::{aiq, answers, stderr, stdout};
use crate::support::session::{ask, must_rows, session};
use crate::support::{number, read};

#[test]
fn measured_deployments_are_priced() {
    let output = aiq(&["run", "queries/accuracy.aiq", "--format", "json"]);
    let [measured, counts, reasons, errors, .., bands] = &answers(&output)[..] else {
        panic!("{}", stderr(&output))
    };
    assert_eq!(measured.len(), 939);
    let line = |row: &serde_json::Value| row.to_string();
    let all = counts.iter().chain(reasons).chain(errors).chain(bands);
    let lines: Vec<String> = all.map(line).collect();
    // What the errors are is for people to see; docs/accuracy.md says which numbers are fitted to these rows.
    insta::assert_snapshot!(lines.join("\n"));
}

/// Whatever changes a prediction changes its bands: `aiq accuracy --bands > models/engines/bands.aiq`.
#[test]
fn bands_are_those_of_the_model_that_ships() {
    let output = aiq(&["accuracy", "--bands"]);
    assert_eq!(stdout(&output), read("models/engines/bands.aiq"), "{}", stderr(&output));
}

#[test]
fn rows_of_ones_own_are_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.csv");
    let rows = "mode,system,backend,model,tp,batch,isl,osl,ttft_measured,tpot_measured\n\
                agg,h200_sxm,vllm,Qwen/Qwen3-32B-FP8,2,16,1000,500,150,14\n\
                agg,h200_sxm,vllm,Qwen/Qwen3-32B-FP8,4,16,1000,500,120,10\n";
    std::fs::write(&file, rows).expect("written");
    let file = file.to_str().expect("a path");
    let output = aiq(&["accuracy", "--from", file, "--formulas", "--format", "json"]);
    let answers = answers(&output);
    let errors = answers.iter().flatten().find(|row| row["tpot_bias"].is_number());
    let errors = errors.unwrap_or_else(|| panic!("{}", stderr(&output)));
    assert_eq!(number(errors, "rows"), 2.0);
}

#[test]
fn confidence_bounds_the_far_end_of_a_band() {
    let about =
        "for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 as agg where ttft < 1s and tpot < 30ms top 1";
    let mut session = session();
    let plain = must_rows(&mut session, &format!("search {about}")).swap_remove(0);
    let sure = must_rows(&mut session, &format!("set confidence = 80%; search {about}"));
    assert!(number(&plain, "tpot") < 30.0 && number(&plain, "tpot_high") > 30.0, "{plain}");
    assert!(number(&sure[0], "tpot_high") < 30.0, "{sure:?}");
    assert!(number(&sure[0], "tokens_per_gpu") < number(&plain, "tokens_per_gpu"));
    for (wrong, said) in [
        ("set confidence = 50%; search as agg where ttft < 1s", "known_confidence"),
        ("set confidence = 80%; search where ttft < 1s", "too few deployments of mode `disagg`"),
    ] {
        let said_now = match ask(&mut session, wrong) {
            Ok(answer) => answer.notes.join("\n"),
            Err(error) => error.to_string(),
        };
        assert!(said_now.contains(said), "{wrong}: {said_now}");
    }
}

#[test]
fn a_calibration_brings_predictions_to_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let [rows, text] = ["rows.csv", "calibration.aiq"].map(|name| folder.path().join(name));
    let path = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
    let measured = "mode,model,system,backend,tp,batch,isl,osl,mean_tpot_ms\n\
                    agg,Qwen/Qwen3-32B,h100_sxm,vllm,4,8,1024,1024,14\n\
                    agg,Qwen/Qwen3-32B,h100_sxm,vllm,4,32,1024,1024,17.5\n\
                    agg,Qwen/Qwen3-32B,h100_sxm,vllm,2,32,1024,1024,26\n";
    std::fs::write(&rows, measured).expect("written");
    let output = aiq(&["calibrate", "--from", &path(&rows), "--by", "a test"]);
    std::fs::write(&text, stdout(&output)).expect("written");
    assert!(stderr(&output).contains("3 rows"), "{}", stderr(&output));

    let distance = |session: &mut aiq::Session| {
        let of = format!(
            "let m = estimate from '{}'; select avg(abs(ln(tpot / mean_tpot_ms))) as d from m",
            path(&rows)
        );
        number(&must_rows(session, &of)[0], "d")
    };
    let mut session = session();
    let before = distance(&mut session);
    must_rows(&mut session, &format!("include '{}'; show modes", path(&text)));
    let after = distance(&mut session);
    assert!(before > 0.2 && after < 0.05, "{before} before, {after} after");
    let about = "for 'Qwen/Qwen3-32B' on h100_sxm * 8 using vllm as agg where p99_ttft < 10s top 1";
    let told = |answer: &aiq::Answer| answer.assumptions.join(", ");
    let calibrated = ask(&mut session, &format!("search {about}")).expect("an answer");
    assert!(told(&calibrated).contains("calibrated: ") && told(&calibrated).contains("(a test)"));
    let other = about.replace("h100", "h200");
    let other = ask(&mut session, &format!("search {other}")).expect("an answer");
    assert!(!told(&other).contains("calibrated"), "{}", told(&other));
}

#[test]
fn a_calibration_takes_rows_enough() {
    let few = aiq(&["calibrate", "--from", "tests/data/rows.csv", "--by", "a test"]);
    assert_eq!(few.status.code(), Some(2));
    let said = stderr(&few);
    assert!(said.contains("has no column of measured times: `tpot_measured`"), "{said}");
}

#[test]
fn confidence_is_that_of_every_statement() {
    let rows = "estimate from (select 'agg' as mode, 4 as tp, 200 as batch) for 'Qwen/Qwen3-32B-FP8' \
                on h200_sxm * 8 where ttft < 500ms";
    let plain = must_rows(&mut session(), rows);
    let sure = format!("{rows} as agg serving confidence = 80%");
    let sure = must_rows(&mut session(), &sure);
    assert!(
        plain[0]["violates"].is_null() && sure[0]["violates"].is_string(),
        "{plain:?} {sure:?}"
    );
    for (wrong, said) in [
        ("where not (ttft > 400ms) serving confidence = 80%", "plain bounds"),
        ("where ttft < 400ms serving confidence in [0, 0.8]", "one number"),
        ("where ttft < 400ms serving confidence = 80%", "physical bounds"),
    ] {
        let set = if said.starts_with("physical") { "set data = roofline; " } else { "" };
        let error = ask(&mut session(), &format!("{set}search as agg {wrong}"));
        assert!(error.as_ref().is_err_and(|e| e.to_string().contains(said)), "{wrong}: {error:?}");
    }
}

/// A prompt of each request is read in a turn of all of them, however short the answers are.
#[test]
fn no_formula_serves_more_than_prompts_leave_time_for() {
    for osl in [1, 2, 8, 64, 512] {
        let rate = |simulate: &str| {
            let text = format!(
                "set simulate = {simulate}; estimate tp = 4, batch = 64 for 'Qwen/Qwen3-32B' on h200_sxm * 4 \
                 using trtllm serving isl = 8000, osl = {osl} as agg"
            );
            number(&must_rows(&mut session(), &text)[0], "request_rate")
        };
        let (formula, simulated) = (rate("off"), rate("shown"));
        assert!(
            (formula / simulated - 1.0).abs() < 0.12,
            "osl {osl}: {formula} against {simulated}"
        );
    }
}

#[test]
fn rows_without_a_price_are_said_to_have_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = "model,system,backend,tp,batch,tpot_measured\n";
    for (rows, said) in [("", "it has no rows"), ("none,h200_sxm,vllm,1,1,9\n", "no model `none`")]
    {
        let file = folder.path().join("mine.csv");
        std::fs::write(&file, format!("{header}{rows}")).expect("written");
        let file = file.to_str().expect("a path");
        for command in
            [&["accuracy", "--from", file][..], &["calibrate", "--by", "x", "--from", file]]
        {
            let output = aiq(command);
            assert_eq!(output.status.code(), Some(3), "{command:?}");
            let error = stderr(&output);
            assert!(error.contains("has a price") && error.contains(said), "{error}");
        }
    }
}

//! Damaged files of every kind that is read: an answer changes only with a word about it.

use std::path::{Path, PathBuf};

use aiq::{Answer, Error, Session};

use super::{rounds, sound};
use crate::support::binary::{stderr, succeeded, typed};
use crate::support::dice::Dice;
use crate::support::session::{must, results, rows as rows_of, session};
use crate::support::{files_below, files_of, root, text_of};

/// Texts are mostly damaged in a number: other damage seldom leaves a file that can be read.
fn damaged(dice: &mut Dice, contents: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(contents) {
        Ok(text) if dice.below(3) > 0 => dice.renumbered(text).into_bytes(),
        _ => dice.damaged(contents),
    }
}

/// Every answer to a text, none of which is a fault of the program.
fn answers(session: &mut Session, text: &str, input: &str) -> Result<Vec<Answer>, Error> {
    let results = results(session, "<fuzz>", text);
    results.iter().filter_map(|r| r.as_ref().err()).for_each(|error| sound(error, input));
    results.into_iter().collect()
}

#[test]
fn damaged_checkpoints_are_refused_or_make_sense() {
    let models = ["Qwen--Qwen3-8B", "deepseek-ai--DeepSeek-V3", "openai--gpt-oss-120b"];
    let configs = models.map(|m| {
        std::fs::read(root().join(format!("models/catalog/{m}.json"))).expect("a checkpoint")
    });
    let place = tempfile::tempdir().expect("a folder");
    rounds("checkpoints", 150, |round| {
        let mut dice = Dice(round);
        let config = damaged(&mut dice, dice_of(&configs, round));
        let folder = place.path().join(round.to_string());
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("config.json"), &config).expect("a checkpoint");
        let input = String::from_utf8_lossy(&config).into_owned();
        let text = format!(
            "estimate tp = 8, pp = 1, batch = 4 for '{}' on h200_sxm * 8 using vllm as agg",
            folder.display()
        );
        let mut own = session();
        for answer in answers(&mut own, &text, &input).into_iter().flatten() {
            for row in rows_of(&answer) {
                for name in ["ttft", "tpot", "tokens_per_gpu", "memory"] {
                    let sensible = row[name].as_f64().is_none_or(|v| v.is_finite() && v >= 0.0);
                    assert!(sensible, "{name} is {}: {input}", row[name]);
                }
            }
        }
    });
}

fn dice_of(configs: &[Vec<u8>], round: u64) -> &[u8] {
    &configs[round as usize % configs.len()]
}

/// A data directory with one system and the tables of one backend, as an import leaves it.
fn imported(place: &Path) -> PathBuf {
    let to = place.join("data");
    let line =
        format!("systems import systems --system a100_sxm --backend vllm --into {}", to.display());
    succeeded(&typed(&line), &line);
    to
}

/// The files of a folder but for hidden ones.
fn files(folder: &Path) -> Vec<PathBuf> {
    let hidden = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    let mut files = files_below(folder);
    files.retain(|path| !hidden(path));
    files.iter().map(|path| folder.join(path)).collect()
}

#[test]
fn damaged_measurements_are_refused_or_told() {
    let place = tempfile::tempdir().expect("a folder");
    let data = imported(place.path());
    let text =
        "estimate tp = 2, pp = 1, batch = 4 for 'Qwen/Qwen3-8B' on a100_sxm * 8 using vllm as agg";
    let answer = |input: &str| -> Option<Vec<(String, Vec<String>)>> {
        let mut own = match Session::open(std::slice::from_ref(&data)) {
            Ok(session) => session,
            Err(error) => {
                sound(&error, input);
                return None;
            }
        };
        let answers = answers(&mut own, text, input).ok()?;
        let told = |a: &Answer| (format!("{:?}", rows_of(a)), a.notes.clone());
        Some(answers.iter().map(told).collect())
    };
    let whole = answer("whole").expect("an answer");
    let all = files(&data);
    let (facts, tables): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|f| f.extension().is_some_and(|e| e == "yaml"));
    assert!(facts.len() > 2 && tables.len() > 4, "{facts:?}");
    rounds("measurements", 150, |round| {
        let mut dice = Dice(round);
        let file = if dice.below(3) == 0 { dice.of(&tables) } else { dice.of(&facts) }.clone();
        let before = std::fs::read(&file).expect("a file");
        let after = damaged(&mut dice, &before);
        std::fs::write(&file, &after).expect("damaged");
        let input = format!(
            "{} {}",
            file.display(),
            String::from_utf8_lossy(&after[..after.len().min(400)])
        );
        if let Some(found) = answer(&input)
            && found.iter().map(|f| &f.0).ne(whole.iter().map(|f| &f.0))
        {
            let told = found.iter().all(|f| f.1.iter().any(|n| n.contains("was changed")));
            assert!(told, "another answer without a word: {input}");
        }
        std::fs::write(&file, before).expect("mended");
    });
}

#[test]
fn damaged_definitions_are_refused_or_taken() {
    let all = files_of("models", "aiq");
    let text = text_of(all.iter().find(|f| f.ends_with("agg.aiq")).expect("definitions"));
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("rules.aiq");
    rounds("definitions", 100, |round| {
        let mut dice = Dice(round);
        let damaged = damaged(&mut dice, text.as_bytes());
        std::fs::write(&file, &damaged).expect("a file");
        let input = String::from_utf8_lossy(&damaged).into_owned();
        let question = format!(
            "include '{}'; estimate tp = 2, batch = 4 for 'Qwen/Qwen3-8B' on h200_sxm using vllm as agg",
            file.display()
        );
        let _ = answers(&mut session(), &question, &input);
    });
}

#[test]
fn damaged_deployments_are_read_or_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let mut own = session();
    must(
        &mut own,
        "let a = search tp = 2 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 4 using trtllm as agg top 1",
    );
    for target in ["trtllm", "dynamo_bare", "dynamo"] {
        let to = place.path().join(target);
        must(&mut own, &format!("generate a[1] to '{}' for {target}", to.display()));
        let all = files(&to);
        rounds(target, 60, |round| {
            let mut dice = Dice(round);
            let file = dice.of(&all).clone();
            let before = std::fs::read(&file).expect("a file");
            std::fs::write(&file, damaged(&mut dice, &before)).expect("damaged");
            if let Err(error) = aiq::deploy::check(&to) {
                sound(&error, &file.to_string_lossy());
            }
            std::fs::write(&file, before).expect("mended");
        });
    }
}

#[test]
fn damaged_experiments_are_answered_or_refused() {
    let text = "exps: [one, two]\none:\n  serving_mode: agg\n  model_path: QWEN3_32B\n  total_gpus: 8\n  \
                system_name: h200_sxm\n  backend_name: vllm\n  isl: 2000\n  osl: 300\n  ttft: 900\n  \
                tpot: 40\ntwo:\n  serving_mode: disagg\n  model_path: QWEN3_32B\n  total_gpus: 8\n  \
                system_name: h200_sxm\n  isl: 2000\n  osl: 300\n";
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("exp.yaml");
    rounds("experiments", 40, |round| {
        let mut dice = Dice(round);
        std::fs::write(&file, damaged(&mut dice, text.as_bytes())).expect("a file");
        let output = typed(&format!("exp --yaml-path {}", file.display()));
        let said = stderr(&output);
        assert!(output.status.code().is_some_and(|c| c <= 3), "{:?}: {said}", output.status);
        assert!(!said.contains("panicked") && !said.contains("AIQ09"), "{said}");
    });
}

//! Every key of both formats is a clause, an accepted value, or refused by its name.

use super::*;
use crate::ui::diagnostics::render;

fn translate(yaml: &str) -> Result<String> {
    let session = Session::open(&[]).expect("a session");
    let files = Files { deployment_target: None };
    let options = Exp { yaml_path: PathBuf::new(), top_n: 5, save_dir: None, files };
    let source = Source { name: "exp.yaml".to_owned(), text: yaml.to_owned() };
    options.translate(&session, source).map(|t| t.text)
}

/// A nested YAML mapping of a path such as `config.worker_config.tp_list`.
fn nested(path: &str, value: &str) -> String {
    let mut text = String::new();
    let parts: Vec<&str> = path.split('.').collect();
    for (depth, part) in parts.iter().enumerate() {
        text.push_str(&format!("{}{part}:", "  ".repeat(depth + 1)));
        text.push_str(&if depth + 1 == parts.len() { format!(" {value}\n") } else { "\n".into() });
    }
    text
}

fn walk(table: &str, lead: &str, model: &str, base_keys: &[&str]) -> usize {
    let mut walked = 0;
    for line in table.lines().skip(1) {
        let [key, value, mode, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let mut base = format!("one:\n  serving_mode: {mode}\n{lead}");
        for (name, value) in
            [(model, "Qwen/Qwen3-32B"), ("system_name", "h200_sxm"), ("total_gpus", "8")]
        {
            if name != key && !(model == "model_name" && name == model && key == "model_path") {
                base.push_str(&format!("  {name}: {value}\n"));
            }
        }
        for more in base_keys {
            base.push_str(more);
        }
        let partner = match key {
            "nextn" => "  nextn_accepted: 0.7\n",
            "nextn_accepted" => "  nextn: 1\n",
            _ => "",
        };
        base.push_str(partner);
        let with = if key == "serving_mode" {
            base.clone()
        } else {
            format!("{base}{}", nested(key, value))
        };
        // A model of one pool alone is refused, a pool's own model is that of all.
        if key.ends_with("_model_path") {
            let error = translate(&with).expect_err(key);
            assert_eq!(error.code, "AIQ0254", "{key}");
            let alone = with.replace("  model_path: Qwen/Qwen3-32B\n", "");
            assert!(translate(&alone).expect(key).contains("Qwen/Qwen3-8B"), "{key}");
            walked += 1;
            continue;
        }
        match (expected, translate(&with)) {
            ("honoured", Ok(text)) => {
                let plain = translate(&base).ok();
                assert_ne!(Some(text), plain, "{key} changes nothing");
            }
            ("accepted", Ok(_)) => {}
            ("refused", Err(error)) => {
                assert_eq!(error.code, "AIQ0253", "{key}: {error}");
                let last = key.rsplit('.').next().unwrap_or(key);
                assert!(error.message.contains(last), "{key}: {error}");
            }
            (_, Err(error)) => panic!("{key}: {}", render(&error, false)),
            (_, Ok(text)) => panic!("{key} is not refused: {text}"),
        }
        walked += 1;
    }
    walked
}

#[test]
fn every_flat_key() {
    let table = include_str!("../../../tests/data/experiment_keys.tsv");
    let walked = walk(table, "", "model_path", &[]);
    assert_eq!(walked, keys::all().len(), "as many keys as the translation knows");
    let listed: Vec<&str> = table.lines().filter_map(|l| l.split('\t').next()).collect();
    for (key, _) in keys::all() {
        assert!(listed.contains(&key.as_str()), "{key} is walked");
    }
}

#[test]
fn every_layered_key() {
    let table = include_str!("../../../tests/data/experiment_keys_layered.tsv");
    assert!(walk(table, "", "model_name", &[]) > 70);
}

#[test]
fn both_formats_say_the_same() {
    let flat = "one:\n  serving_mode: agg\n  model_path: Qwen/Qwen3-32B\n  system_name: h200_sxm\n  \
                total_gpus: 8\n  isl: 3000\n  agg_tp_candidates: [2]\n  gemm_quant_mode: fp8\n";
    let layered = "one:\n  serving_mode: agg\n  model_name: Qwen/Qwen3-32B\n  system_name: h200_sxm\n  \
                   total_gpus: 8\n  isl: 3000\n  config:\n    worker_config:\n      tp_list: [2]\n      \
                   gemm_quant_mode: fp8\n";
    assert_eq!(translate(flat).expect("flat"), translate(layered).expect("layered"));
}

#[test]
fn errors_name_the_key_and_what_is_near() {
    let base = "one:\n  serving_mode: agg\n  model_path: Qwen/Qwen3-32B\n  system_name: h200_sxm\n";
    let layered = "one:\n  serving_mode: agg\n  model_name: Qwen/Qwen3-32B\n  system_name: h200_sxm\n  total_gpus: 8\n";
    let cases = [
        format!("{base}  total_gpu: 8\n"),
        base.to_owned(),
        format!("{base}  total_gpus: none\n"),
        format!("{base}  total_gpus: 8\n  forward_model: fpm\n"),
        format!("{base}  total_gpus: 8\n  transfer_policy: off\n"),
        format!("{base}  total_gpus: 8\n  prefill_tp_candidates: [2]\n"),
        format!("{base}  total_gpus: 8\n  nextn: 2\n"),
        format!("{base}  total_gpus: 8\n  nextn: auto\n"),
        format!("{base}  total_gpus: 8\n  slo:\n    ttfd: 300\n"),
        format!("{base}  total_gpus: 8\n  slo:\n    ttft: {{threshold: 300, wait: 2}}\n"),
        format!("{base}  total_gpus: 8\n  slo:\n    ttft: {{weight: 2}}\n"),
        format!("{layered}  profiles: [fp9]\n"),
        format!("{layered}  mode: replace\n  isl: 300\n"),
        format!("{layered}  mode: swap\n"),
        format!("{layered}  config:\n    worker_config:\n      tp_lists: [2]\n"),
        format!("{layered}  config:\n    worker_confg:\n      tp_list: [2]\n"),
        "exps: [two]\none: {}\n".to_owned(),
        "one: 3\n".to_owned(),
        "- one\n".to_owned(),
        "one: [\n".to_owned(),
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|yaml| match translate(yaml) {
            Ok(text) => panic!("{yaml} is translated:\n{text}"),
            Err(error) => render(&error, false),
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn soft_targets_are_preferences() {
    let yaml = "one:\n  serving_mode: agg\n  model_path: Qwen/Qwen3-32B\n  system_name: h200_sxm\n  \
                total_gpus: 8\n  pareto_sweep: false\n  slo:\n    ttft: {threshold: 300, weight: 2}\n    \
                tpot_p90: 10\n    latency: {threshold: 9000, hard_fail: true, fail_ratio: 0.1}\n";
    insta::assert_snapshot!(translate(yaml).expect("preferences"));
}

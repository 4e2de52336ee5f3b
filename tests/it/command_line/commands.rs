//! Command modes, as a user types them: what they ask and what they answer.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{DEFAULT, default_with, statements};
use crate::support::binary::{aiq, ask, printed, rows, run, stderr, stdout, succeeded, typed};
use crate::support::{number, read, root};

#[test]
fn each_mode_prints_the_question_it_asks() {
    let mut all = String::new();
    for command in [
        &format!("{DEFAULT} --prefix 500 --top-n=2"),
        "default --model Qwen/Qwen3-32B --total-gpus 16 --system h200_sxm --decode-system h100_sxm \
         --backend auto --request-latency 20000 --isl 3000 --osl 512",
        "recommend --model QWEN3_32B --system h200_sxm --target_request_rate 50 --ttft 1000 --tpot 30",
        "estimate --model QWEN3_32B --system h200_sxm --tp 4 --batch 32",
        "default --model Qwen/Qwen3.5-27B --total_gpus 8 --system h200_sxm --backend sglang \
         --nextn 1 --accepted 0.7",
        "estimate --model DEEPSEEK_V3 --system h200_sxm --mode disagg --tp 8 --moe_ep 8 \
         --decode_batch 32 --total_gpus 16",
    ] {
        let output = typed(command);
        succeeded(&output, command);
        all.push_str(&format!("> aiq {command}\n{}\n\n", statements(&stdout(&output))));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_printed_question_is_the_question() {
    let printed = default_with("--format json");
    let text = stderr(&printed);
    let question = statements(&text).split(";\n").next().expect("a statement");
    let asked = run(question);
    assert_eq!(rows(&printed), rows(&asked));
}

#[test]
fn default_names_the_winner_and_divides_the_gpus() {
    let text = stdout(&default_with(""));
    let best = rows(&default_with("--format json"));
    let of = |mode: &str| best.iter().find(|r| r["mode"] == mode).expect("a row").clone();
    let (agg, disagg) = (of("agg"), of("disagg"));
    let ratio = number(&disagg, "tokens_per_gpu") / number(&agg, "tokens_per_gpu");
    assert!(text.contains("disagg wins: ") && text.contains(&format!("{ratio:.2}x agg")), "{text}");
    for mode in ["agg", "disagg"] {
        let own = best.iter().filter(|r| r["mode"] == mode);
        let layout = |r: &Value| ["tp", "prefill_tp", "decode_tp"].map(|n| r[n].to_string());
        let layouts: Vec<[String; 3]> = own.map(layout).collect();
        assert!((1..=5).contains(&layouts.len()), "{mode}: {layouts:?}");
        let different: BTreeSet<_> = layouts.iter().collect();
        assert_eq!(different.len(), layouts.len(), "{mode} lists a layout twice");
    }
    let count = |row, name| number(row, name) as u64;
    let arithmetic = format!(
        "{} replica{} x ({} prefill + {} decode) = {} GPUs",
        count(&disagg, "replicas"),
        if count(&disagg, "replicas") == 1 { "" } else { "s" },
        count(&disagg, "prefill_workers"),
        count(&disagg, "decode_workers"),
        count(&disagg, "gpus_used")
    );
    assert!(text.contains(&arithmetic), "{arithmetic} is not in {text}");
    assert!(text.contains("tokens_per_gpu against tokens_per_user"), "{text}");
}

#[test]
fn nothing_feasible_is_said() {
    let output = typed("default --model QWEN3_32B --total_gpus 8 --system h200_sxm --ttft 5");
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("nothing meets all conditions") && text.contains("nearest miss"),
        "{text}"
    );
}

#[test]
fn recommend_finds_the_fewest() {
    let best = rows(&typed(
        "recommend --model QWEN3_32B --system h200_sxm --format json --ttft 1000 --tpot 30 \
         --target_request_rate 50",
    ));
    for row in &best {
        assert!(number(row, "request_rate") >= 50.0, "{row}");
        let each = number(row, "request_rate") / number(row, "replicas");
        assert!(each * (number(row, "replicas") - 1.0) < 50.0, "a replica too many: {row}");
    }
    // The same by hand: no smaller cluster of whole replicas carries the load.
    let fewest =
        best.iter().filter(|r| r["mode"] == "agg").map(|r| number(r, "gpus_used") as u64).next();
    let fewest = fewest.expect("a row of agg");
    let by_hand = ask(&format!(
        "search gpus in 40..{} step 2, max_idle = 1 for 'Qwen/Qwen3-32B' on h200_sxm as agg \
         where ttft < 1s and tpot < 30ms and request_rate >= 50req/s minimize gpus_used top 1",
        fewest + 4
    ));
    assert_eq!(number(&by_hand[0], "gpus_used") as u64, fewest);
}

#[test]
fn recommend_compares_systems_by_price() {
    let folder = tempfile::tempdir().expect("a folder");
    let prices = folder.path().join("prices.aiq");
    let text = "set price h100_sxm = $2.1/gpu_hour, price b200_sxm = $5/gpu_hour;";
    std::fs::write(&prices, text).expect("written");
    let ask = |more: &str| {
        let prices = prices.display();
        typed(&format!(
            "recommend --model Qwen/Qwen3-32B-FP8 --system h100_sxm,b200_sxm --ttft 1000 --tpot 30 \
             --target-request-rate 20 --total-gpus 32 --prices {prices} {more}"
        ))
    };
    let best = rows(&ask("--format json"));
    let costs: Vec<f64> = best.iter().map(|row| number(row, "cost_per_hour")).collect();
    assert!(costs[0] <= costs.iter().copied().fold(f64::INFINITY, f64::min), "{costs:?}");
    let systems = |name: &str| best.iter().any(|row| row["system"] == name);
    assert!(systems("h100_sxm") && systems("b200_sxm"), "each GPU type has its best");
    let text = stdout(&ask(""));
    assert!(text.contains(" wins: cost_per_hour = "), "{text}");
}

#[test]
fn a_checkpoint_without_draft_layers_is_said() {
    let output = default_with("--backend sglang --nextn 1 --accepted 0.7");
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    let said = "There are no candidates: the checkpoint has no draft layers for nextn = 1.";
    assert!(text.contains(said), "{text}");
}

#[test]
fn support_takes_short_names() {
    let ask = |model: &str| rows(&typed(&format!("support --model {model} --format json")));
    assert!(!ask("QWEN3_32B").is_empty());
    assert_eq!(ask("QWEN3_32B"), ask("Qwen/Qwen3-32B"));
}

#[test]
fn short_names_are_models() {
    let ask = |model: &str| ask(&format!("estimate tp = 8 for '{model}' as agg"));
    assert_eq!(ask("QWEN3_32B"), ask("Qwen/Qwen3-32B"));
    assert_eq!(ask("llama3.1_8b")[0]["model"], "meta-llama/Llama-3.1-8B-Instruct");
    for line in read("models/aliases.tsv").lines().skip(2) {
        let (_, name) = line.split_once('\t').expect("two columns");
        let file = format!("models/catalog/{}.json", name.replacen('/', "--", 1));
        assert!(root().join(&file).is_file(), "{file}");
    }
}

#[test]
fn wrong_commands_say_what_is_wrong() {
    let mut all = String::new();
    for command in [
        "default --model QWEN3_23B --total_gpus 8 --system h200_sxm",
        "default --model QWEN3_32B --total_gpus 8 --system h20_sxm --backend auto",
        "default --model QWEN3_32B --total_gpus 8 --system h200_sxm --nextn 1",
        "default --model QWEN3_32B --total_gpus 8 --system h200_sxm --accepted 1",
        "default --model QWEN3_32B --total_gpus 8 --system h200_sxm --backend auto \
         --backend_version 1",
        "-c search prefer p90(ttft) < 300ms weight 2 top 1",
        "-c search prefer ttft < 300ms fail_ratio 0.1 hard top 1",
    ] {
        let told = stderr(&typed(command)).replace(env!("CARGO_MANIFEST_DIR"), "");
        all.push_str(&format!("> aiq {command}\n{told}\n"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn completions_and_manual_come_from_the_options() {
    for shell in ["bash", "zsh", "fish"] {
        let script = stdout(&typed(&format!("completions {shell}")));
        assert!(script.contains("total-gpus") && script.contains("recommend"), "{shell}");
    }
    let manual = stdout(&typed("man"));
    let bash = stdout(&typed("completions bash"));
    let commands = "run default exp estimate recommend completions man check support systems";
    for command in commands.split(' ') {
        assert!(manual.contains(&format!(".SH \"AIQ {}\"", command.to_uppercase())), "{command}");
        assert!(bash.contains(&format!("aiq,{command})")), "{command}");
    }
    assert!(manual.contains("total\\-gpus") && manual.contains(".TH"), "{manual}");
}

#[test]
fn colours_where_they_are_asked_for() {
    let colored = |arguments: &[&str]| printed(&aiq(arguments)).contains('\u{1b}');
    assert!(!colored(&["-c", "show modes"]));
    assert!(colored(&["-c", "show modes", "--color", "always"]));
    assert!(colored(&["-c", "shw modes", "--color", "always"]));
    assert!(!colored(&["-c", "show modes", "--color", "never"]));
}

//! How a row of the oracle is asked here: the functions of SQL whose sum prices it.

use serde_json::Value;

/// The model behind the latent attention modules.
const V3: &str = "'deepseek-ai/DeepSeek-V3'";
/// The widths of DeepSeek-V3.2: hidden, query and key-value latents, heads, index.
const V32: &str = "7168, 1536, 512, 128, 64, 128, 64, 128, 2048";

/// A function and its arguments; one after a minus is taken off.
pub(super) type Call = (&'static str, String);

/// How a row is asked here.
pub(super) fn calls(
    op: &str,
    system: &str,
    release: &str,
    args: &Value,
) -> Result<Vec<Call>, String> {
    let number = |name: &str| args[name].as_f64().unwrap_or(1.0);
    let memory = |bytes: f64| vec![("memory", format!("'{system}', {bytes}"))];
    Ok(match op {
        "elementwise" => memory(2.0 * number("t") * (number("din") + number("dout"))),
        "embedding" => memory(2.0 * number("t") * number("cols")),
        "p2p" => vec![("link", format!("'{system}', {}", 2.0 * number("t") * number("h")))],
        "moe_dispatch" => dispatch(system, release, args),
        // The scale is known and applied already.
        "gemm" if args.get("low_precision_input").is_some() => {
            let sizes = format!("{}, {}", number("m"), number("k"));
            let mut calls: Vec<Call> = call(op, system, release, args).into_iter().collect();
            calls.push(("-scale_matrix", format!("{release}, 'fp8', {sizes}")));
            calls
        }
        "mhc" if args["op"] == "both" => ["pre", "post"]
            .map(|side| {
                let sizes = format!("{}, {}", number("h"), number("t"));
                ("mhc_module", format!("{release}, '{side}', 4, {sizes}"))
            })
            .into(),
        _ => match call(op, system, release, args) {
            Some(call) => vec![call],
            None => return Err(format!("nothing prices {op}")),
        },
    })
}

/// The collectives of an exchange of tokens between experts, as each backend does it.
fn dispatch(system: &str, release: &str, args: &Value) -> Vec<Call> {
    let number = |name: &str| args[name].as_f64().unwrap();
    let elements = number("t") * number("h");
    if number("tp") > 1.0 {
        return vec![("all_reduce", format!("{release}, {}, {elements}", number("tp")))];
    }
    let [dp, pre] = [number("dp"), f64::from(u8::from(args["pre"].as_bool().unwrap()))];
    let small = args["q"] == "nvfp4" && args["bk"] == "trtllm" && system == "b200_sxm";
    let payload = if small && pre == 1.0 { 0.28125 } else { 1.0 };
    let op = if pre == 1.0 { "all_gather" } else { "reduce_scatter" };
    vec![(
        "nccl",
        format!("'{system}', 'current', '{op}', 'half', {dp}, {}", elements * dp * payload),
    )]
}

/// How a row of one op is asked here.
fn call(op: &str, system: &str, release: &str, args: &Value) -> Option<Call> {
    let text = |name: &str| format!("'{}'", args[name].as_str().unwrap());
    let list =
        |names: &[&str]| names.iter().map(|n| args[*n].to_string()).collect::<Vec<_>>().join(", ");
    let number = |name: &str| args[name].as_f64().unwrap_or(1.0);
    Some(match op {
        "gemm" => ("gemm", format!("{release}, {}, {}", text("q"), list(&["m", "n", "k"]))),
        "context_attention" => {
            let sizes = list(&["n", "nkv", "h", "w", "b", "s", "prefix"]);
            ("context_attention", format!("{release}, {}, {}, {sizes}", text("fm"), text("kv")))
        }
        "generation_attention" => {
            let sizes = list(&["n", "nkv", "h", "w", "b", "s"]);
            ("generation_attention", format!("{release}, {}, {sizes}", text("kv")))
        }
        "moe" => {
            let tokens = number("t") * number("dp");
            let sizes = list(&["h", "i", "topk", "ne", "tp", "ep"]);
            ("moe", format!("{release}, {}, {}, {tokens}, {sizes}, 3", text("q"), text("dist")))
        }
        "custom_allreduce" => {
            ("all_reduce", format!("{release}, {}, {}", number("tp"), number("t") * number("h")))
        }
        "nccl" => {
            let elements = number("t") * number("elems_per_tok");
            let names = format!("'{system}', 'current', {}, {}", text("op"), text("q"));
            ("nccl", format!("{names}, {}, {elements}", number("n")))
        }
        "context_mla" | "wideep_context_mla" | "mla_module_context" => {
            let heads = if op == "wideep_context_mla" { 128.0 / number("tp") } else { number("n") };
            let prefix = args["prefix"].as_f64().unwrap_or(0.0);
            let sizes = format!("{heads}, {}, {prefix}", list(&["b", "s"]));
            let names = format!("{release}, {}, {}", text("fm"), text("kv"));
            match op {
                "context_mla" => ("context_mla", format!("{names}, {sizes}")),
                "wideep_context_mla" => {
                    ("wideep_context_mla", format!("{names}, {}, {sizes}", text("be")))
                }
                _ => ("mla_context_module", format!("{names}, {}, {V3}, {sizes}", text("gq"))),
            }
        }
        "generation_mla" => {
            ("generation_mla", format!("{release}, {}, {}", text("kv"), list(&["n", "b", "s"])))
        }
        "mla_module_generation" => {
            let names = format!("{release}, {}, {}, {V3}", text("kv"), text("gq"));
            ("mla_generation_module", format!("{names}, {}", list(&["n", "b", "s"])))
        }
        "wideep_generation_mla" => {
            let names = format!("{release}, {}, {}", text("kv"), text("be"));
            let sizes = format!("{}, {}", 128.0 / number("tp"), list(&["b", "s"]));
            ("wideep_generation_mla", format!("{names}, {sizes}"))
        }
        "mla_bmm" => {
            let side = if args["pre"].as_bool().unwrap() { "pre" } else { "post" };
            let sizes = list(&["n", "t"]);
            ("mla_bmm", format!("{release}, {}, 'mla_gen_{side}', {sizes}", text("q")))
        }
        "encoder_attention" => {
            let sizes = list(&["n", "h", "b", "s"]);
            ("encoder_attention", format!("{release}, 'bfloat16', {sizes}"))
        }
        "dsa_context" => {
            let prefix = args["prefix"].as_f64().unwrap_or(0.0);
            let names = format!("{release}, 'full', {}", text("arch"));
            let names = format!("{names}, {}, {}, {}", text("fm"), text("kv"), text("gq"));
            let sizes = format!("{}, {prefix}, {V32}", list(&["n", "b", "s"]));
            ("dsa_context_module", format!("{names}, {sizes}"))
        }
        "dsa_generation" => {
            let names = format!("{release}, 'full', {}", text("arch"));
            let names = format!("{names}, {}, {}", text("kv"), text("gq"));
            let sizes = format!("{}, {V32}", list(&["n", "b", "s"]));
            ("dsa_generation_module", format!("{names}, {sizes}"))
        }
        "mhc" if args["op"] != "both" => {
            ("mhc_module", format!("{release}, {}, 4, {}", text("op"), list(&["h", "t"])))
        }
        "gdn" | "mamba2" => {
            let is_conv = args["ks"].as_str().unwrap().starts_with("causal_conv1d");
            let part = if is_conv { "'conv'" } else { "'scan'" };
            let names = format!("{release}, {}, {part}, {}, 4", text("phase"), number("dm"));
            if op == "gdn" {
                let shape = format!("{}, 128, {}, 128", number("nk"), number("nv"));
                ("gdn", format!("{names}, {shape}, {}", list(&["b", "s"])))
            } else {
                let shape = format!("{}, 64, {}", list(&["ds", "nh"]), list(&["ng", "cs"]));
                ("mamba2", format!("{names}, {shape}, {}", list(&["b", "s"])))
            }
        }
        "moe_a2a" => {
            let names = format!("{release}, {}, {}, {}", text("be"), text("phase"), text("dt"));
            let sizes = list(&["ep", "nodes", "h", "k", "ne", "sms", "t"]);
            ("moe_a2a", format!("{names}, {sizes}"))
        }
        "moe_expert_compute" => {
            let names = format!("{release}, {}, {}", text("q"), text("dist"));
            let sizes = list(&["t", "h", "i", "k", "ne"]);
            match (args["slots"].as_f64(), args["phase"].as_str()) {
                (Some(slots), _) => {
                    ("wideep_moe", format!("{names}, {sizes}, {slots}, 1, {}", number("ep")))
                }
                (None, Some("context")) => {
                    ("wideep_context_moe", format!("{names}, {sizes}, 1, {}", number("ep")))
                }
                _ => ("wideep_generation_moe", format!("{names}, {sizes}, 1, {}", number("ep"))),
            }
        }
        _ => return None,
    })
}

//! What is wrong with a question is said with a code, a place and what to type instead.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use aiq::Session;
use aiq::lang::diagnostics::render;

fn errors(text: &str) -> String {
    let mut session = Session::open(&[]).expect("a session");
    let mut out = String::new();
    session.run("question.aiq", text, &mut |answer| {
        if let Err(error) = answer {
            out.push_str(&render(&error, false));
            out.push('\n');
        }
        ControlFlow::Continue(())
    });
    if out.is_empty() {
        out.push_str("no error\n");
    }
    out
}

#[test]
fn errors_read_well() {
    let questions = [
        "search where ttft < 300 maximize tokens_per_gpu",
        "search where ttft < 300GiB maximize tokens_per_gpu",
        "search where tttf < 300ms maximize tokens_per_gpu",
        "search for 'Qwen/Qwen3-32' maximize tokens_per_gpu",
        "search on h20_sxm maximize tokens_per_gpu",
        "search using trtlm maximize tokens_per_gpu",
        "search using trtllm '9.9' maximize tokens_per_gpu",
        "search as aggregated maximize tokens_per_gpu",
        "search tp in [] maximize tokens_per_gpu",
        "search batch in 8..1 maximize tokens_per_gpu",
        "search batch in 1..1e12 maximize tokens_per_gpu",
        "search maximize p99(ttft)",
        "search maximize median(ttft)",
        "search as disagg maximize tp",
        "search top 0",
        "serch tp = 1",
        "search where ttft < 300ms maximize tokens_per_gpu minimize ttft",
        "search where ttft < 300mz",
        "search where mode = 3",
        "set ilsl = 4000",
        "set data = hybird",
        "search data = 3 maximize tokens_per_gpu",
        "search data = guessed maximize tokens_per_gpu",
        "search where origin <= interpolatd maximize tokens_per_gpu",
        "search where origin <= 'guess' maximize tokens_per_gpu",
        "search where origin in [measured, transfered] maximize tokens_per_gpu",
        "search on h200_sxm * 8 minimize cost_per_mtok",
        "set price h200_sxm = 'much'; search on h200_sxm * 8 minimize cost_per_mtok",
        "search on h200_sxm * 8 maximize tokens_per_joule",
        "search on h200_sxm * 8 where cost_per_hour < 20 maximize tokens_per_gpu",
        "search with system.mem_bandwith * 2",
        "search with gem.latency * 2",
        "search with gemm.latency = 2",
        "search with system.mem_bw * 0",
        "search with system.mem_bw * 'x'",
        "search with islx * 2",
        "search with tp * 2",
        "search for gpu in [1, 2]",
        "search tpp in [1, 2]",
        "search serving ils = 3",
        "estimate tp = 2, bach = 4",
        "search decode.bach = 4",
        "search for isl [1, 2]",
        "search with",
        "search with system.mem_bw + 10%",
        "search with system.num_gpus_per_node * 0.01",
        "estimate from (select 4 as tp, 2 as batch, 4000 as isl) with isl * 2",
        "set system.foo = 3",
        "set system.mem_bw = [1, 2]",
        "sensitivity b[1]",
        "let a = estimate tp = 4; sensitivity a[1] by 200%; sensitivity a[1] to foo; sensitivity a[9]",
        "frontier ttft",
        "frontier ttft in estimate tp = 4",
        "let a = search on h200_sxm * 8 as agg top 1; frontier tokens_per_gpu; frontier tp; frontier tttft",
        "frontier ttft in search pareto ttft, tpot",
        "frontier ttft in search maximize tokens_per_gpu / 2",
        "frontier ttft in search prefer tpot < 10ms maximize tokens_per_gpu",
        "let a = search for isl in [1k, 2k] on h200_sxm * 8 as agg; why not tp = 1 in a",
        "show modells",
        "show coverge",
        "select sttus from coverage",
        "explain ops nothing[1]",
        "let a = search batch = 8, ctx_prompts = 1 as agg; explain metric ttf in a",
        "let a = search batch = 8, ctx_prompts = 1 as agg; explain metric tp in a",
        "explain metric ttft in nothing",
        "why not tp = 2 in nothing",
        "let a = search batch = 8, ctx_prompts = 1 as agg; why not tq = 2 in a",
        "let a = search batch = 8, ctx_prompts = 1 as agg; why not decode.tp = 2 in a",
        "let a = estimate batch = 8 as agg; why not tp = 2 in a",
        "why not tp = 2",
        "diff nothing, nowhere",
        "diff search as agg between h200_sxn and h100_sxm",
        "diff search as agg between tq = 1 and tq = 2",
        "diff search as agg",
        "diff search as agg between 'nowhere/data' and h100_sxm",
        "diff table gem between trtllm and sglang on h200_sxm",
        "diff table gemm between trtllm '1.3.0rc21' and '1.0.0rc3' on h200_sxm",
        "diff table gemm between trtllm '9' and trtllm '1.0.0rc3'",
        "diff table gemm between trtlm '1.0.0rc3' and '1.3.0rc20' on h200_sxm",
        "diff table gemm between trtllm and sglang on h20_sxm",
        "diff table gemm between trtllm '1.0.0rc3' and '1.3.0rc20'",
        "diff table gdn between trtllm '1.0.0rc3' and '1.3.0rc20' on h200_sxm",
        "diff table nccl between trtllm and sglang on h200_sxm",
        "diff table gemm between kv = fp8 and kv = bfloat16 on h200_sxm",
        "diff table gemm between trtllm and sglang on h200_sxm where m > 3",
        "diff table gemm between trtllm and sglang on h200_sxm top 0",
        "diff table gemm between trtllm and",
        "plot nothing",
        "include 'missing.aiq'",
        "attach 'missing'",
        "let x = y let y = x search where x > 1",
        "select * from nowhere",
        "select selct",
        "search prefer ttft weight 2",
        "search where 'abc",
        "quant q { bytes = 1 }",
        "architecture a for 'A' { once { overlap { lane { } } } }",
        "architecture a for 'A' { once { prefer { fast { x gemm(n = 1) } } } }",
        "architecture a for 'A' { for x in { y gemm(n = 1) } }",
        "architecture a for 'A' { once { generation x } }",
        "search serving mix (70% isl = 1k; 20% isl = 8k)",
        "search serving mix (170% isl = 1k)",
        "search serving mix (1k isl = 1k)",
        "search serving mix (70ms isl = 1k)",
        "search serving mix (a: 70% isl = 1k; a: 30% isl = 8k)",
        "search serving mix (50% isl in [1k, 2k]; 50% isl = 8k)",
        "search serving mix (50% isl = 1k; 50% isl = 8k), isl = 2k",
        "search serving mix (50% ils = 1k; 50% isl = 8k)",
        "search serving mix (50% tp = 1; 50% isl = 8k)",
        "search serving mix (50% isl = 1k; 50% isl = 8k), mix (100% isl = 1k)",
        "search serving mix (50% isl = 1k; 50% isl = 8k",
        "search serving mix (isl = 1k; isl = 8k)",
        "search serving mix (50%; 50% isl = 8k)",
        "search serving mix ()",
        "search serving mix (50% isl = 1k; 50% isl = 8k) where ttft_3 < 1s",
        "search serving mix (50% isl = 1k; 50% osl = 8), isl in [1k, 2k]",
        "search where mean(ttft, osl, isl) < 1s",
        "let a = search batch = 8, ctx_prompts = 1 as agg serving mix (50% isl = 1k; 50% isl = 8k); why not isl = 2k in a",
        "search where sum(x for x in 3) > 1",
        "search where sum(x for x in ['a', 'b']) > 1",
        "copy (select 1 as a) to 'rows.csv'",
        "create table t as select 1 as a; insert into t select 2 as a",
        "create external table t stored as csv location 'rows.csv'",
        "search osl = 999999999999 as disagg",
        "search batch in [0.5, 1.5]",
        "set prefix = -1",
        "limit isl : whole 1..most",
        "limit isl : whole 1",
        "set decode_stride = 1; estimate osl = 10M as disagg",
    ];
    let text: Vec<String> = questions.iter().map(|q| format!("> {q}\n{}", errors(q))).collect();
    insta::assert_snapshot!(text.join("\n"));
}

//! What a flat row of an op graph cannot say: lanes that overlap, alternatives, lists of layers.

use aiq::lang::ast::{Phase, StatementKind};
use aiq::lang::parse::parse;
use aiq::model::library::Library;

use crate::support::worker::{Coordinates, GraphOp, Worker};

const AT: Coordinates =
    Coordinates { tokens: 16.0, outputs: 16.0, batch: 16.0, seq: 1500.0, prefix: 0.0 };

/// The shipped definitions, with other rows for decoders with experts.
fn with(rows: &str) -> Library {
    let mut library = Library::shipped().expect("shipped definitions");
    let text = format!("architecture moe_decoder for 'Qwen3MoeForCausalLM' {{ {rows} }}");
    for statement in parse("<test>", &text).expect("an architecture") {
        let StatementKind::Define(definition) = statement.kind else { panic!("a definition") };
        library.define(definition).expect("sound");
    }
    library
}

/// What is searched by these definitions.
const SEARCH: &str = "for 'Qwen/Qwen3-30B-A3B' on h200_sxm * 8 using trtllm";

fn graph(rows: &str, phase: Phase) -> Vec<GraphOp> {
    Worker::defined(&with(rows), SEARCH).ops(&[], phase, &AT)
}

/// Label, lane and count of each row.
fn short(ops: &[GraphOp]) -> Vec<String> {
    let lane = |op: &GraphOp| op.lane.map_or(String::new(), |l| format!(" {}.{}", l.block, l.lane));
    ops.iter().map(|op| format!("{}{} x {}", op.label, lane(op), op.count)).collect()
}

#[test]
fn lanes_of_blocks_are_told_apart() {
    let rows = "per layer {
        a elementwise(bytes = 8)
        generation overlap {
            lane { b elementwise(bytes = 8) c elementwise(bytes = 8) times 0.5 }
            lane { d elementwise(bytes = 8) }
        } times 2
        generation overlap { lane { e elementwise(bytes = 8) } lane { f elementwise(bytes = 8) } }
    }";
    let decode = graph(rows, Phase::Generation);
    let expected = ["a x 48", "b 0.0 x 96", "c 0.0 x 48", "d 0.1 x 96", "e 1.0 x 48", "f 1.1 x 48"];
    assert_eq!(short(&decode), expected);
    assert_eq!(short(&graph(rows, Phase::Context)), ["a x 48"]);
}

#[test]
fn the_first_measured_alternative_is_taken() {
    let rows = "once prefer {
        strange      { a gemm(n = 128, k = 128, quant = 'int8_wo') }
        else unused when 1 > 2 { b gemm(n = 128, k = 128, quant = 'bfloat16') }
        else plain   { c gemm(n = 128, k = 128, quant = 'bfloat16') }
        else         { d elementwise(bytes = 8) }
    }";
    let taken = short(&graph(rows, Phase::Context));
    assert!(taken == ["c x 1"] || taken == ["a x 1"], "{taken:?}");
    let none = "once { prefer {
        one { a gemm(n = 128, k = 128, quant = 'w4afp8') }
        else two { b gemm(n = 128, k = 128, quant = 'w4afp8') }
    } }";
    assert_eq!(short(&graph(none, Phase::Context)), ["b x 1"]);
}

#[test]
fn rows_are_repeated_for_the_elements_of_a_list() {
    let rows = "let kinds = first(letters('MEME*'), 4)
    for kind in kinds {
        mixer elementwise(bytes = 8) when kind = 'M'
        { experts elementwise(bytes = 8) times 0.5 } when kind = 'E'
    }
    once { for n in [1..3, 3] { block elementwise(bytes = 8 * n) } }
    for layer in zip('window', '[128, 0, 128, 0]', 'moe', '[true, true, true, false]') {
        context layer_kind elementwise(bytes = layer.window) when layer.moe
    }";
    let ops = graph(rows, Phase::Context);
    let expected = [
        "mixer x 2",
        "experts x 1",
        "block x 1",
        "block x 1",
        "block x 2",
        "layer_kind x 2",
        "layer_kind x 1",
    ];
    assert_eq!(short(&ops), expected);
    assert_eq!(ops[4].numbers, [("bytes", 24.0 * 16.0)]);
}

#[test]
fn sums_run_over_lists() {
    let library = with(
        "let kv_cache = sum(if kind = 'full' then kv_tokens else min(kv_tokens, 128) for kind in ['full', 'full', 'local'])
         let kinds = size(config('architectures')) + count(letters('abca'), 'a')
         once a elementwise(bytes = 8)",
    );
    let worker = Worker::defined(&library, SEARCH);
    assert_eq!(worker.number(&[("kv_tokens", 1000.0)], "kv_cache"), 2128.0);
    assert_eq!(worker.number(&[], "kinds"), 3.0);
}

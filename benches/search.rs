//! The main question cold and repeated, and a sweep of ten million candidates.
//!
//! `cargo bench` measures with full optimisation, which is a build of its own;
//! `cargo bench --profile dev` shares the everyday one.
#![allow(clippy::expect_used, reason = "a benchmark that cannot run should say so and stop")]

use std::ops::ControlFlow;

use aiq::Session;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

const MAIN: &str = include_str!("../queries/qwen3_32b_h200.aiq");

/// 4 x 512 x 16 x 64 x 5 candidates.
const SWEEP: &str =
    "search tp in [1, 2, 4, 8], batch in 1..512, max_step_tokens in 8k..16k step 512,
    gpus in 8..512 step 8, osl in 200..1000 step 200
    for 'Qwen/Qwen3-32B' on h200_sxm using trtllm serving isl = 2000 as agg
    where ttft < 1s and tpot < 30ms maximize tokens_per_gpu top 5";
const SWEPT: usize = 4 * 512 * 16 * 64 * 5;

fn main() {
    divan::main();
}

fn session() -> Session {
    Session::open(&[]).expect("the shipped data opens")
}

fn ask(session: &mut Session, question: &str) {
    session.run("bench", question, &mut |answer| {
        black_box(answer.expect("the question has an answer"));
        ControlFlow::Continue(())
    });
}

#[divan::bench]
fn main_question_cold(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| ask(&mut session(), MAIN));
}

/// Other numbers in the same words: planned anew, tables read before.
#[divan::bench]
fn main_question_varied(bencher: Bencher<'_, '_>) {
    let mut session = session();
    let mut isl = 4000;
    bencher.bench_local(|| {
        isl += 1;
        ask(&mut session, &MAIN.replace("4000", &isl.to_string()));
    });
}

#[divan::bench]
fn main_question_again(bencher: Bencher<'_, '_>) {
    let mut session = session();
    bencher.bench_local(|| ask(&mut session, MAIN));
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn sweep_of_ten_million(bencher: Bencher<'_, '_>) {
    let mut session = session();
    ask(&mut session, MAIN);
    bencher.counter(ItemsCount::new(SWEPT)).bench_local(|| ask(&mut session, SWEEP));
}

/// The main question, named.
fn named() -> Session {
    let mut session = session();
    ask(&mut session, &format!("let a = {MAIN}"));
    session
}

#[divan::bench(args = [
    "explain ops a.agg[1]",
    "explain ops a.disagg[1]",
    "explain metric ttft in a[1]",
    "why not tp = 8, pp = 1, batch = 16 in a",
    "why not tp = 2, pp = 4 in a",
    "why not in a",
])]
fn explained(bencher: Bencher<'_, '_>, question: &str) {
    let mut session = named();
    ask(&mut session, question);
    bencher.bench_local(|| ask(&mut session, question));
}

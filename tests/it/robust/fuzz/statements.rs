//! Mutated statements that are run, not only read.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::Duration;

use super::{rounds, sound};
use crate::support::dice::Dice;
use crate::support::session::session;

/// Statements run when nothing is said.
const USUAL: u64 = 1_000;
/// No statement may take longer, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(15);
/// A recursion of SQL may have no end; that it can be stopped is all there is to see.
const ENDLESS: Duration = Duration::from_secs(1);

/// One of each kind, on a small relation.
const SEEDS: &[&str] = &[
    "search tp in [1, 2], batch in [1, 4, 16] for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 using vllm as agg where ttft < 900ms maximize tokens_per_gpu top 3",
    "search tp in [2, 4], batch in 1..8 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 serving isl = 2000, osl = 300, prefix = 100 as agg minimize tpot",
    "search prefill.tp = 2, decode.tp = 2, decode.batch in [8, 16] for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8 using sglang as disagg where tpot < 30ms top 2 per mode",
    "search pareto ttft, tokens_per_gpu on h200_sxm * 4 using vllm as agg",
    "estimate tp = 2, batch = 8 for 'Qwen/Qwen3-32B-FP8' on h200_sxm * 8",
    "estimate tp = 2, batch = 8, isl = 4k, osl = 1000 on h200_sxm using vllm with system.mem_bw * 1.2",
    "estimate from (select 2 as tp, 4 as batch, 1000 as isl) for 'Qwen/Qwen3-32B-FP8' on h200_sxm",
    "let a = estimate tp = 2, batch = 8 on h200_sxm; explain ops a[1]",
    "let a = estimate tp = 2, batch = 8 on h200_sxm; explain metric ttft in a[1]",
    "let a = search tp in [1, 2] on h200_sxm * 4 using vllm as agg top 2; why not tp = 1, batch = 4 in a",
    "let a = estimate tp = 2, batch = 8 on h200_sxm; sensitivity a[1] to system.mem_bw by 20%",
    "search tp in [1, 2] for isl in [1k, 2k] on h200_sxm * 4 using vllm as agg top 1",
    "search on h200_sxm * 8 serving mix (a: 70% isl = 1k, osl = 100; 30% isl = 4k, osl = 50) as agg top 1",
    "set isl = 2000, osl = 100, price h200_sxm = $3.2/gpu_hour; estimate tp = 2, batch = 4 on h200_sxm",
    "let half = tp / 2; metric m = ttft + tpot; search m < 3s, tp in [1, 2] on h200_sxm * 4 using vllm as agg",
    "select quant, count(*), avg(latency) from gemm group by quant order by 2 desc limit 3",
    "select round(1.5, 0), lpad('x', 20, 'y'), 7 / 2, sqrt(2.0)",
    "with recursive t as (select 1 as n union all select n + 1 from t where n < 20) select sum(n) from t",
    "select gemm_latency('h200_sxm', 'trtllm', '1.3.0rc20', 'fp8', 64, 4096, 4096)",
    "let a = estimate tp = 2, batch = 8 on h200_sxm; assert best.ttft < 900ms; assert a.tp = 2 and not false",
    "diff table gemm between vllm '0.24.0' and '0.19.0' on h200_sxm",
    "show metrics; show axes; show settings; describe ttft; describe gemm",
];

/// A statement with words swapped between seeds, numbers of other sizes, or bytes changed.
fn mutated(dice: &mut Dice) -> String {
    let text = (*dice.of(SEEDS)).to_owned();
    match dice.below(4) {
        0 => String::from_utf8_lossy(&dice.damaged(text.as_bytes())).into_owned(),
        1 => {
            let mut words: Vec<&str> = text.split(' ').collect();
            let other: Vec<&str> = dice.of(SEEDS).split(' ').collect();
            let at = dice.below(words.len());
            words[at] = other[dice.below(other.len())];
            words.join(" ")
        }
        _ => dice.renumbered(&text),
    }
}

#[test]
fn mutated_statements_are_answered_or_refused() {
    let mut session = session();
    let (mut answered, mut refused) = (0, 0);
    rounds("statements", USUAL, |round| {
        let text = mutated(&mut Dice(round));
        // Whatever one of them sets or defines does not change the others.
        if round % 20 == 0 {
            session = crate::support::session::session();
        }
        let cancel = session.cancel_handle();
        let (done, over) = mpsc::channel::<()>();
        let recursive = text.contains("recursive");
        let patience = if recursive { ENDLESS } else { PATIENCE };
        let watch = std::thread::spawn(move || {
            let late = over.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout);
            if late {
                cancel.cancel();
            }
            late
        });
        session.run("<input>", &text, &mut |answer| {
            match answer {
                Ok(_) => answered += 1,
                Err(error) => {
                    refused += 1;
                    sound(&error, &text);
                    // What the engine below refuses late should have been refused where it stands.
                    let late =
                        error.code == "AIQ0215" || error.message.contains("of the kind needed");
                    let sql = text.to_lowercase().contains("select");
                    assert!(!late || sql, "{}: {text:?}", error.message);
                }
            }
            ControlFlow::Continue(())
        });
        drop(done);
        let late = watch.join().expect("the watch");
        assert!(!late || recursive, "no end in {PATIENCE:?}: {text:?}");
    });
    eprintln!("{answered} answers, {refused} refusals");
    assert!(answered > 0 && refused > 0);
}

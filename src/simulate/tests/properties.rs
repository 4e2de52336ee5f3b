//! What holds of any run.

use proptest::prelude::*;

use super::super::engine::simulate_each_step;
use super::super::{
    Arrivals, Cache, Class, Line, Outcome, Policy, Sheet, Start, StepPrices, Workload, simulate,
};

/// Prices that grow with size, not in proportion, with corners within what requests reach.
pub(super) fn prices() -> impl Strategy<Value = StepPrices> {
    let line = |most: f64| {
        proptest::collection::vec(0.0..most, 5).prop_map(move |steps| {
            let sizes = vec![1.0, 7.0, 40.0, 150.0, 900.0];
            let mut ms = most / 7.0;
            Line::new(
                sizes,
                steps
                    .iter()
                    .map(|step| {
                        ms += step;
                        ms
                    })
                    .collect(),
            )
            .unwrap()
        })
    };
    let sheet = proptest::collection::vec(0.0..0.7_f64, 12).prop_map(|steps| {
        let mut ms = vec![0.0; 12];
        for at in 0..12 {
            let above = if at >= 4 { ms[at - 4] } else { 0.0 };
            let before = if at % 4 > 0 { ms[at - 1] } else { 0.0 };
            ms[at] = f64::max(above, before) + steps[at];
        }
        Sheet::new(vec![1.0, 3.0, 12.0], vec![16.0, 60.0, 130.0, 300.0], ms).unwrap()
    });
    (line(9.0), line(3.0), line(0.8), sheet, 0.0..1.0_f64, 0.0..0.1_f64).prop_map(
        |(context_ops, decode_ops, context_attention, decode_attention, host, each)| StepPrices {
            context_ops,
            decode_ops,
            context_attention,
            decode_attention,
            host,
            host_per_sequence: each,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let cache = prop_oneof![Just(Cache::Grow), Just(Cache::Reserve), Just(Cache::ESTIMATE)];
    let capacity = prop_oneof![Just(f64::INFINITY), (1_u32..2000).prop_map(f64::from)];
    let wait = (prop_oneof![Just(0_u64), 1_u64..9], 0.0..1.0_f64);
    (any::<(bool, bool)>(), 1_u64..400, 1_u64..20, cache, capacity, 1_u64..12, wait).prop_map(
        |((mixed, chunked), max_step_tokens, max_sequences, cache, capacity, interval, wait)| {
            Policy {
                mixed,
                chunked,
                max_step_tokens,
                max_sequences,
                cache,
                capacity,
                recv_interval: if interval > 6 { 1 } else { interval },
                batch_wait_iters: wait.0,
                batch_wait_ratio: wait.1,
            }
        },
    )
}

fn arrivals() -> impl Strategy<Value = Arrivals> {
    let start = prop_oneof![Just(Start::Burst), Just(Start::Spread)];
    let think = prop_oneof![Just(0.0), 0.0..80.0_f64];
    prop_oneof![
        (1_usize..25, think, start).prop_map(|(clients, think_ms, start)| Arrivals::Closed {
            clients,
            think_ms,
            start
        }),
        (0.5..60.0_f64).prop_map(|per_second| Arrivals::Open { per_second }),
    ]
}

pub(super) fn workload() -> impl Strategy<Value = Workload> {
    let class = (0.1..3.0_f64, 1_u64..250, 1_u64..60, 0.0..=1.0_f64, 0_u64..40).prop_map(
        |(weight, prompt, output, spread, prefix)| Class { weight, prompt, output, spread, prefix },
    );
    let classes = proptest::collection::vec(class, 1..4);
    (arrivals(), classes, 1_usize..60, 0_usize..9, any::<u64>()).prop_map(
        |(arrivals, classes, requests, warmup, seed)| Workload {
            arrivals,
            classes,
            requests,
            warmup,
            seed,
        },
    )
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// Whether two runs are the same but for rounding.
pub(super) fn are_equal(a: &Outcome, b: &Outcome) -> bool {
    let times = |a: &Outcome, b: &Outcome| {
        a.records.len() == b.records.len()
            && a.records.iter().zip(&b.records).all(|(a, b)| {
                near(a.sent, b.sent)
                    && near(a.first, b.first)
                    && near(a.end, b.end)
                    && (a.prompt, a.output, a.class) == (b.prompt, b.output, b.class)
            })
    };
    times(a, b)
        && a.gaps.count() == b.gaps.count()
        && near(a.gaps.mean().unwrap_or(0.0), b.gaps.mean().unwrap_or(0.0))
        && near(a.mean_batch, b.mean_batch)
        && near(a.busy, b.busy)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn events_are_steps((prices, policy, workload) in (prices(), policy(), workload())) {
        let events = simulate(&prices, &policy, &workload).unwrap();
        let steps = simulate_each_step(&prices, &policy, &workload).unwrap();
        prop_assert!(are_equal(&events, &steps), "{:?}\n{:?}", events.records, steps.records);
        let waits = events.records.iter().zip(&steps.records);
        prop_assert!(waits.clone().all(|(a, b)| near(a.wait, b.wait)));
        prop_assert!(waits.clone().all(|(a, b)| a.preempted == b.preempted));
        prop_assert_eq!(
            (events.preemptions, events.cache_peak, events.over_capacity),
            (steps.preemptions, steps.cache_peak, steps.over_capacity)
        );
    }

    #[test]
    fn requests_end_within_the_cache((prices, policy, workload) in (prices(), policy(), workload())) {
        let outcome = simulate(&prices, &policy, &workload).unwrap();
        prop_assert_eq!(outcome.records.len(), workload.requests);
        let mut tokens = 0;
        for record in &outcome.records {
            prop_assert!(record.sent <= record.first && record.first <= record.end);
            prop_assert!(record.wait >= 0.0 && record.wait <= record.ttft() + 1e-9);
            tokens += record.output - 1;
        }
        prop_assert_eq!(outcome.gaps.count(), tokens);
        let spans: f64 = outcome.records.iter().map(|r| r.end - r.first).sum();
        prop_assert!(near(spans, outcome.gaps.mean().unwrap_or(0.0) * tokens as f64));
        if !matches!(policy.cache, Cache::Estimate { .. }) && !outcome.over_capacity {
            prop_assert!(outcome.cache_peak as f64 <= policy.capacity);
        }
        if policy.cache != Cache::Grow {
            prop_assert_eq!(outcome.preemptions, 0);
        }
        prop_assert!(outcome.busy <= 1.0 + 1e-9 && outcome.mean_batch <= policy.max_sequences as f64 + 1e-9);
    }

    #[test]
    fn the_same_seed_gives_the_same_answer((prices, policy, workload) in (prices(), policy(), workload())) {
        let run = || simulate(&prices, &policy, &workload).unwrap();
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn the_burst_fades_with_more_requests() {
    let prices = super::vector_prices(0.0);
    let ttft = |requests| {
        let workload = Workload::closed(16, Class::fixed(100, 100).spread(0.8), requests);
        let outcome = simulate(&prices, &Policy::vllm(8192, 256), &workload).unwrap();
        outcome.summary(super::super::Front::default()).unwrap().ttft.mean
    };
    let (few, some, many) = (ttft(80), ttft(160), ttft(1600));
    assert!(few > some && some > many, "{few} {some} {many}");
}

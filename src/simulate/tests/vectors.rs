//! The test vectors of section 13, in their order.

use super::super::engine::simulate_each_step;
use super::super::{Cache, Class, Outcome, Policy, Record, StepPrices, Traced, Workload, simulate};
use super::vector_prices;

/// What is expected: TTFT and TPOT of each request, milliseconds, and the last end.
struct Expected<'a> {
    ttft: &'a [f64],
    tpot: &'a [f64],
    last_end: f64,
}

fn check(prices: &StepPrices, policy: &Policy, workload: &Workload, expected: &Expected<'_>) {
    let outcome = simulate(prices, policy, workload).unwrap();
    compare(&outcome, expected);
    compare(&simulate_each_step(prices, policy, workload).unwrap(), expected);
}

fn compare(outcome: &Outcome, expected: &Expected<'_>) {
    let ttft: Vec<f64> = outcome.records.iter().map(Record::ttft).collect();
    let tpot: Vec<f64> = outcome.records.iter().map(|r| r.tpot().unwrap()).collect();
    let near = |told: &[f64], expected: &[f64]| {
        told.len() == expected.len() && told.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9)
    };
    assert!(near(&ttft, expected.ttft), "{ttft:?} for {:?}", expected.ttft);
    assert!(near(&tpot, expected.tpot), "{tpot:?} for {:?}", expected.tpot);
    assert!(near(&[outcome.last_end], &[expected.last_end]), "{}", outcome.last_end);
    assert!(!outcome.over_capacity && outcome.preemptions == 0);
}

fn closed(clients: usize, requests: usize) -> Workload {
    Workload::closed(clients, Class::fixed(100, 3), requests)
}

/// Prompts of 100 tokens at the times, with these outputs.
fn trace(requests: &[(f64, u64)]) -> Workload {
    let of = |(sent, output): &(f64, u64)| Traced {
        sent: *sent,
        prompt: 100,
        output: *output,
        prefix: 0,
        class: 0,
    };
    Workload::trace(requests.iter().map(of).collect())
}

#[test]
fn vector_1_two_at_a_time() {
    let expected = Expected { ttft: &[30.0; 4], tpot: &[7.0; 4], last_end: 88.0 };
    check(&vector_prices(0.0), &Policy::vllm(8192, 256), &closed(2, 4), &expected);
}

#[test]
fn vector_2_prompts_are_cut() {
    let expected = Expected {
        ttft: &[25.0, 40.1, 20.1, 20.1],
        tpot: &[11.05, 13.55, 13.55, 6.5],
        last_end: 100.3,
    };
    check(&vector_prices(0.0), &Policy::vllm(150, 256), &closed(2, 4), &expected);
}

#[test]
fn vector_3_context_steps_apart() {
    let expected = Expected { ttft: &[20.0, 28.0], tpot: &[17.0, 7.0], last_end: 54.0 };
    let workload = trace(&[(0.0, 3), (12.0, 3)]);
    check(&vector_prices(0.0), &Policy::sglang(8192, 256), &workload, &expected);
}

#[test]
fn vector_4_mixed_steps() {
    let expected = Expected { ttft: &[20.0, 28.1], tpot: &[13.55, 6.5], last_end: 53.1 };
    let workload = trace(&[(0.0, 3), (12.0, 3)]);
    check(&vector_prices(0.0), &Policy::vllm(8192, 256), &workload, &expected);
}

#[test]
fn vector_5_a_small_cache() {
    let expected = Expected { ttft: &[30.0, 30.0, 64.0], tpot: &[7.0, 7.0, 6.0], last_end: 76.0 };
    let policy = Policy { capacity: 250.0, ..Policy::trtllm(8192, 256) };
    assert_eq!(policy.cache, Cache::Reserve);
    check(&vector_prices(0.0), &policy, &closed(3, 3), &expected);
}

#[test]
fn vector_6_the_price_of_what_is_held() {
    let expected = Expected { ttft: &[110.0], tpot: &[7.0025], last_end: 138.01 };
    let workload = Workload::closed(1, Class::fixed(1000, 5), 1);
    check(&vector_prices(0.001), &Policy::vllm(8192, 256), &workload, &expected);
}

/// The second request makes 3 tokens: with 8, as its text says, the last end would not be 84.
#[test]
fn vector_7_the_engine_looks_now_and_then() {
    let expected = Expected { ttft: &[20.0, 33.0], tpot: &[64.0 / 7.0, 7.0], last_end: 84.0 };
    let policy = Policy { recv_interval: 3, ..Policy::sglang(8192, 256) };
    check(&vector_prices(0.0), &policy, &trace(&[(0.0, 8), (25.0, 3)]), &expected);
}

#[test]
fn vector_8_whole_prompts() {
    let expected = Expected {
        ttft: &[20.0, 40.1, 20.1, 20.1],
        tpot: &[13.55, 13.55, 13.55, 6.5],
        last_end: 100.3,
    };
    check(&vector_prices(0.0), &Policy::trtllm(150, 256), &closed(2, 4), &expected);
}

#[test]
fn vector_9_few_sequences() {
    let expected = Expected { ttft: &[30.0, 30.0, 64.0], tpot: &[7.0, 7.0, 6.0], last_end: 76.0 };
    check(&vector_prices(0.0), &Policy::vllm(8192, 2), &closed(3, 3), &expected);
}

#[test]
fn a_whole_prompt_longer_than_a_step_has_its_own() {
    let expected =
        Expected { ttft: &[20.0, 40.1, 60.3], tpot: &[20.15, 13.6, 6.5], last_end: 73.3 };
    check(&vector_prices(0.0), &Policy::trtllm(60, 256), &closed(3, 3), &expected);
}

#[test]
fn prompts_are_held_back_for_more() {
    // The second is held back for the two steps of the first that are left.
    let expected = Expected { ttft: &[20.0, 31.0], tpot: &[6.0, 6.0], last_end: 64.0 };
    let policy = Policy { batch_wait_iters: 9, batch_wait_ratio: 0.5, ..Policy::trtllm(8192, 256) };
    check(&vector_prices(0.0), &policy, &trace(&[(0.0, 3), (21.0, 3)]), &expected);
}

#[test]
fn prompts_are_held_back_for_so_many_steps_each() {
    // The second from 26 to 38, the third from 65.1 to 79.1.
    let expected = Expected {
        ttft: &[20.0, 37.1, 39.3],
        tpot: &[212.3 / 29.0, 78.2 / 9.0, 8.0],
        last_end: 232.3,
    };
    let policy = Policy { batch_wait_iters: 2, batch_wait_ratio: 0.5, ..Policy::trtllm(8192, 256) };
    let workload = trace(&[(0.0, 30), (21.0, 10), (60.0, 3)]);
    check(&vector_prices(0.0), &policy, &workload, &expected);
}

/// What could start and is held back does not fit any more when the cache has grown.
#[test]
fn only_what_could_start_is_held_back() {
    let policy = Policy {
        batch_wait_iters: 9,
        batch_wait_ratio: 0.9,
        capacity: 310.0,
        ..Policy::vllm(8192, 256)
    };
    // The third is held back for two steps of 7 from 37 on, and once the first has ended at 163
    // (30 and 19 steps) for seven of 6. Then 101 tokens cost 20.1.
    let workload = trace(&[(0.0, 20), (0.0, 60), (31.0, 3)]);
    let expected = Expected {
        ttft: &[30.0, 30.0, 163.0 + 42.0 + 20.1 - 31.0],
        tpot: &[7.0, (133.0 + 42.0 + 20.1 + 14.0 + 30.0 * 6.0) / 59.0, 7.0],
        last_end: 163.0 + 42.0 + 20.1 + 14.0 + 30.0 * 6.0,
    };
    check(&vector_prices(0.0), &policy, &workload, &expected);
}

/// A prompt that is partly computed goes back before a sequence does.
#[test]
fn a_prompt_loses_its_place_first() {
    let policy = Policy { capacity: 206.0, ..Policy::vllm(11, 256) };
    let outcome = simulate(&vector_prices(0.0), &policy, &trace(&[(0.0, 40), (0.0, 3)])).unwrap();
    let steps =
        simulate_each_step(&vector_prices(0.0), &policy, &trace(&[(0.0, 40), (0.0, 3)])).unwrap();
    assert_eq!(outcome.preemptions, 1);
    assert_eq!((outcome.records[0].preempted, outcome.records[1].preempted), (0, 1));
    assert!(outcome.cache_peak <= 206);
    assert_eq!(outcome.records.len(), steps.records.len());
    assert_eq!(outcome.records[1].preempted, steps.records[1].preempted);
}

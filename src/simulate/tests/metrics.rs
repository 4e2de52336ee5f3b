//! What is told of a run.

use super::super::{
    Arrivals, Bounds, Cache, Class, Fault, Front, Policy, Start, Workload, simulate,
};
use super::vector_prices;

#[test]
fn metrics_of_the_first_vector() {
    let workload = Workload::closed(2, Class::fixed(100, 3), 4);
    let outcome = simulate(&vector_prices(0.0), &Policy::vllm(8192, 256), &workload).unwrap();
    let summary = outcome.summary(Front { ms: 10.0, tokens: 2.0 }).unwrap();
    assert_eq!((summary.ttft.mean, summary.ttft.p99), (54.0, 54.0));
    assert_eq!((summary.latency.p50, summary.turn, summary.queue_time), (54.0, 44.0, 0.0));
    let (tpot, itl) = (summary.tpot.unwrap(), summary.itl.unwrap());
    assert_eq!((tpot.mean, itl.mean, itl.p50, itl.p99), (7.0, 7.0, 7.0, 7.0));
    assert_eq!(outcome.gaps.count(), 8);
    assert_eq!(summary.request_rate, 4.0 / 88.0 * 1e3);
    assert_eq!((outcome.mean_batch, outcome.busy, outcome.cache_peak), (2.0, 1.0, 206));
    let bounds = Bounds { latency: Some(44.0), ..Bounds::default() };
    assert_eq!(outcome.goodput_share(&bounds, Front::default()), 1.0);
    let bounds = Bounds { ttft: Some(29.0), ..bounds };
    assert_eq!(outcome.goodput(&bounds, Front::default()), 0.0);
}

#[test]
fn a_context_step_between_makes_a_long_gap() {
    let workload = Workload::open(20.0, Class::fixed(100, 20), 400);
    let outcome = simulate(&vector_prices(0.0), &Policy::sglang(8192, 256), &workload).unwrap();
    let itl = outcome.summary(Front::default()).unwrap().itl.unwrap();
    assert!(itl.p99 > 2.0 * itl.p50, "{itl:?}");
}

#[test]
fn warm_up_is_not_counted() {
    let mut workload = Workload::closed(2, Class::fixed(100, 3), 4);
    workload.warmup = 2;
    let outcome = simulate(&vector_prices(0.0), &Policy::vllm(8192, 256), &workload).unwrap();
    assert_eq!((outcome.records.len(), outcome.gaps.count()), (4, 8));
    assert_eq!((outcome.first_sent, outcome.last_end), (44.0, 132.0));
}

#[test]
fn too_many_requests_are_unstable() {
    let run = |per_second| {
        let workload = Workload::open(per_second, Class::fixed(100, 20).spread(0.5), 2000);
        simulate(&vector_prices(0.0), &Policy::vllm(8192, 8), &workload).unwrap()
    };
    assert!(!run(5.0).unstable);
    assert!(run(200.0).unstable);
}

#[test]
fn a_cache_below_one_request_is_told_and_served() {
    for cache in [Cache::Grow, Cache::Reserve, Cache::ESTIMATE] {
        let workload = Workload::closed(2, Class::fixed(100, 3), 4);
        let policy = Policy { cache, capacity: 0.0, ..Policy::vllm(8192, 256) };
        let outcome = simulate(&vector_prices(0.0), &policy, &workload).unwrap();
        assert!(outcome.over_capacity);
        assert_eq!((outcome.last_end, outcome.cache_peak), (128.0, 103));
    }
}

#[test]
fn a_full_cache_preempts() {
    let workload = Workload::closed(4, Class::fixed(100, 100), 8);
    let policy = Policy { capacity: 500.0, ..Policy::vllm(8192, 256) };
    let outcome = simulate(&vector_prices(0.0), &policy, &workload).unwrap();
    assert!(outcome.preemptions > 0 && outcome.cache_peak <= 500);
    assert_eq!(outcome.gaps.count(), 8 * 99);
    let told: u64 = outcome.records.iter().map(|r| r.preempted).sum();
    assert_eq!(told, outcome.preemptions);
}

#[test]
fn what_is_in_the_cache_is_not_computed() {
    let class = Class { prefix: 60, ..Class::fixed(100, 3) };
    let workload = Workload::closed(1, class, 1);
    let outcome = simulate(&vector_prices(0.0), &Policy::vllm(8192, 256), &workload).unwrap();
    assert_eq!((outcome.records[0].ttft(), outcome.cache_peak), (14.0, 103));
}

#[test]
fn clients_may_start_one_after_the_other() {
    let mut workload = Workload::closed(4, Class::fixed(100, 50), 40);
    let arrivals = |start| Arrivals::Closed { clients: 4, think_ms: 0.0, start };
    let ttft = |workload: &Workload| {
        let outcome = simulate(&vector_prices(0.0), &Policy::vllm(8192, 256), workload).unwrap();
        outcome.summary(Front::default()).unwrap().ttft.mean
    };
    let burst = ttft(&workload);
    workload.arrivals = arrivals(Start::Spread);
    assert!(ttft(&workload) < burst);
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let prices = vector_prices(0.0);
    let refused = |policy: &Policy, workload: &Workload| {
        matches!(simulate(&prices, policy, workload), Err(Fault::Setting(_)))
    };
    let class = Class::fixed(100, 3);
    let workload = Workload::closed(1, class.clone(), 1);
    assert!(refused(&Policy::vllm(0, 1), &workload));
    assert!(refused(&Policy::vllm(1, 0), &workload));
    assert!(refused(&Policy { recv_interval: 0, ..Policy::vllm(1, 1) }, &workload));
    assert!(refused(&Policy::vllm(1, 1), &Workload::closed(0, class.clone(), 1)));
    assert!(refused(&Policy::vllm(1, 1), &Workload::closed(1, class.clone(), 0)));
    assert!(refused(&Policy::vllm(1, 1), &Workload::open(0.0, class, 1)));
    assert!(refused(&Policy::vllm(1, 1), &Workload::trace(vec![])));
    let endless = super::super::StepPrices { host: f64::INFINITY, ..prices.clone() };
    let told = simulate(&endless, &Policy::vllm(1, 1), &workload);
    assert!(matches!(told, Err(Fault::Price { .. })));
}

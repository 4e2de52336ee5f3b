//! Runs of servers that compute prompts and ranks that decode.

use proptest::prelude::*;

use super::super::pools::simulate_pools_each_step;
use super::super::{
    Cache, Class, DecodeRanks, Fault, Policy, Pools, PrefillServers, StepPrices, Traced, Transfer,
    Workload, simulate, simulate_pools,
};
use super::properties::{are_equal, prices, workload};
use super::{affine, vector_prices};

fn pools<'a>(prefill: &'a StepPrices, decode: &'a StepPrices) -> Pools<'a> {
    Pools {
        prefill: PrefillServers { count: 1, prices: prefill, max_step_tokens: 8192 },
        decode: DecodeRanks {
            count: 1,
            prices: decode,
            max_sequences: 256,
            cache: Cache::Reserve,
            capacity: f64::INFINITY,
        },
        transfer: Transfer::default(),
    }
}

fn free(prices: &StepPrices) -> StepPrices {
    StepPrices {
        context_ops: affine(0.0, 0.0),
        context_attention: affine(0.0, 0.0),
        host: 0.0,
        ..prices.clone()
    }
}

fn request(sent: f64, output: u64) -> Traced {
    Traced { sent, prompt: 100, output, prefix: 0, class: 0 }
}

#[test]
fn a_sequence_joins_at_the_end_of_a_step() {
    let prices = vector_prices(0.0);
    let mut pools = pools(&prices, &prices);
    pools.transfer = Transfer { ms: 1.0, ms_per_token: 0.01 };
    let workload = Workload::trace(vec![request(0.0, 4), request(5.0, 3), request(6.0, 1)]);
    // The first decodes from 22 on, in steps of 6. The others take 30 ms from 20 on: they arrive at
    // 52, when it has ended at 40.
    let outcome = simulate_pools(&pools, &workload).unwrap();
    let told: Vec<_> = outcome.records.iter().map(|r| (r.wait, r.first, r.end)).collect();
    assert_eq!(told, [(0.0, 22.0, 40.0), (15.0, 52.0, 64.0), (14.0, 52.0, 52.0)]);
    assert_eq!((outcome.prefill_busy, outcome.busy), (Some(50.0 / 64.0), 30.0 / 64.0));
    // A longer one is joined at 22 + 5 * 6 = 52, and decodes in steps of 7 beside the second.
    let workload = Workload::trace(vec![request(0.0, 9), request(5.5, 3), request(6.0, 1)]);
    let outcome = simulate_pools(&pools, &workload).unwrap();
    let told: Vec<_> = outcome.records.iter().map(|r| (r.first, r.end)).collect();
    assert_eq!(told, [(22.0, 72.0), (52.0, 66.0), (52.0, 52.0)]);
    assert_eq!(outcome.gaps.count(), 10);
}

#[test]
fn ranks_share_and_a_full_one_waits() {
    let prices = vector_prices(0.0);
    let mut pools = pools(&prices, &prices);
    pools.decode.count = 2;
    pools.decode.max_sequences = 1;
    let workload = Workload::closed(3, Class::fixed(100, 3), 3);
    let outcome = simulate_pools(&pools, &workload).unwrap();
    let told: Vec<_> = outcome.records.iter().map(|r| (r.first, r.end)).collect();
    assert_eq!(told, [(40.0, 52.0), (40.0, 52.0), (52.0, 64.0)]);
    pools.decode.max_sequences = 256;
    pools.decode.capacity = 150.0;
    assert_eq!(simulate_pools(&pools, &workload).unwrap().records, outcome.records);
    pools.decode.capacity = 50.0;
    assert!(simulate_pools(&pools, &workload).unwrap().over_capacity);
}

#[test]
fn pools_of_nothing_are_refused() {
    let prices = vector_prices(0.0);
    let workload = Workload::closed(3, Class::fixed(100, 3), 3);
    let mut none = pools(&prices, &prices);
    none.prefill.count = 0;
    assert!(matches!(simulate_pools(&none, &workload), Err(Fault::Setting(_))));
    let mut none = pools(&prices, &prices);
    none.decode.count = 0;
    assert!(matches!(simulate_pools(&none, &workload), Err(Fault::Setting(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn prompts_that_cost_nothing_are_as_in_one_worker((prices, workload, sequences) in (prices(), workload(), 1_u64..30)) {
        let free = free(&prices);
        let mut pools = pools(&free, &free);
        pools.decode.max_sequences = sequences;
        let apart = simulate_pools(&pools, &workload).unwrap();
        let policy = Policy { cache: Cache::Reserve, ..Policy::sglang(1 << 20, sequences) };
        let mut together = simulate(&free, &policy, &workload).unwrap();
        // Only the worker that does both spends the time of context steps.
        together.busy = apart.busy;
        prop_assert!(are_equal(&apart, &together), "{:?}\n{:?}", apart.records, together.records);
    }

    #[test]
    fn events_of_pools_are_steps(
        (prices, workload) in (prices(), workload()),
        (servers, ranks, budget, sequences) in (1_usize..4, 1_usize..5, 1_u64..500, 1_u64..9),
        (capacity, ms, per_token) in (100.0..2000.0_f64, 0.0..9.0_f64, 0.0..0.1_f64),
    ) {
        let mut pools = pools(&prices, &prices);
        (pools.prefill.count, pools.decode.count) = (servers, ranks);
        pools.prefill.max_step_tokens = budget;
        (pools.decode.max_sequences, pools.decode.capacity) = (sequences, capacity);
        pools.transfer = Transfer { ms, ms_per_token: per_token };
        let events = simulate_pools(&pools, &workload).unwrap();
        let steps = simulate_pools_each_step(&pools, &workload).unwrap();
        prop_assert!(are_equal(&events, &steps), "{:?}\n{:?}", events.records, steps.records);
        let tokens: u64 = events.records.iter().map(|r| r.output - 1).sum();
        prop_assert_eq!(events.gaps.count(), tokens);
        prop_assert!(events.over_capacity || events.cache_peak as f64 <= capacity);
        let busy = events.prefill_busy.unwrap();
        prop_assert!(busy <= 1.0 + 1e-9 && events.busy <= 1.0 + 1e-9);
    }
}

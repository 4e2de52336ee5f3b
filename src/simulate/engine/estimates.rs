//! What is known of a run before it begins.

use super::super::policy::Policy;
use super::super::prices::StepPrices;
use super::super::progress::Progress;
use super::super::workload::Workload;

/// About what a request takes beside as many others as there is place for, milliseconds.
pub(super) fn first_latency(prices: &StepPrices, workload: &Workload, places: f64) -> f64 {
    if workload.classes.is_empty() {
        return 0.0;
    }
    let (prompt, output) = workload.mean_lengths();
    let context = prices.context_step(prompt, prices.chunk(0.0, prompt), 0.0, 0.0);
    context + output * prices.decode_step(places, prompt + output / 2.0)
}

/// More events than a run can have in which every decode step makes a token, and every context step
/// takes as many prompt tokens as there is room for, or makes one.
pub(super) fn most_events(requests: &[Progress], policy: &Policy) -> u64 {
    let outputs: u64 = requests.iter().map(|request| request.lengths.output).sum();
    let longest = requests.iter().map(|request| request.lengths.whole()).max().unwrap_or(0);
    (outputs + requests.len() as u64)
        .saturating_mul(4)
        .saturating_mul(2 + longest / policy.max_step_tokens)
}

//! The metrics of a simulation.

use super::gaps::Gaps;
use super::outcome::{Outcome, Record};

/// What lies between the engine and who waits for the first token.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Front {
    /// Milliseconds of each request.
    pub ms: f64,
    /// Tokens of the request that are made before the first is seen.
    pub tokens: f64,
}

impl Front {
    /// Time to the first token as it is seen, milliseconds.
    pub fn ttft(&self, record: &Record) -> f64 {
        let tokens = self.tokens.min(record.output.saturating_sub(1) as f64);
        record.ttft() + self.ms + tokens * record.tpot().unwrap_or(0.0)
    }

    /// Time to the last token as it is seen, milliseconds.
    pub fn latency(&self, record: &Record) -> f64 {
        (record.latency() + self.ms).max(self.ttft(record))
    }
}

/// Bounds on the metrics of a request, milliseconds; those that are not there hold.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds {
    /// Most time to the first token.
    pub ttft: Option<f64>,
    /// Most time of each token after the first. Outputs of one token keep it.
    pub tpot: Option<f64>,
    /// Most time to the last token.
    pub latency: Option<f64>,
}

impl Bounds {
    /// Whether a request keeps all of them.
    pub fn keeps(&self, record: &Record, front: Front) -> bool {
        let keeps = |bound: Option<f64>, ms: f64| bound.is_none_or(|bound| ms <= bound);
        keeps(self.ttft, front.ttft(record))
            && keeps(self.tpot, record.tpot().unwrap_or(0.0))
            && keeps(self.latency, front.latency(record))
    }
}

/// Mean and percentiles of a metric, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// What 90 % do not exceed.
    pub p90: f64,
    /// What 95 % do not exceed.
    pub p95: f64,
    /// What 99 % do not exceed.
    pub p99: f64,
}

impl Quantiles {
    /// Of all values; none of none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        let last = values.len().checked_sub(1)? as f64;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| values[(last * share).round() as usize];
        Some(Self { mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) })
    }

    fn of_gaps(gaps: &Gaps) -> Option<Self> {
        let at = |share| gaps.quantile(share);
        let (p50, p90, p95, p99) = (at(0.5)?, at(0.9)?, at(0.95)?, at(0.99)?);
        Some(Self { mean: gaps.mean()?, p50, p90, p95, p99 })
    }
}

/// What a request waits for until its first token is seen, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstToken {
    /// For a place in the batch and in the cache, and for the engine to look.
    pub wait: f64,
    /// For its prompt to be computed.
    pub prompt: f64,
    /// Before and behind the engine.
    pub front: f64,
}

/// The metrics of a simulation over its counted requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Time to the first token as it is seen, milliseconds.
    pub ttft: Quantiles,
    /// Time of each token after the first, milliseconds; none if all outputs are of one token.
    pub tpot: Option<Quantiles>,
    /// Time to the last token as it is seen, milliseconds.
    pub latency: Quantiles,
    /// Mean time from sending to the last token in the engine, milliseconds: a turn of a client.
    pub turn: f64,
    /// Gap between two tokens of a request, milliseconds, within 1 %; none as for `tpot`.
    pub itl: Option<Quantiles>,
    /// Mean wait before the first prompt tokens are computed, milliseconds.
    pub queue_time: f64,
    /// Requests per second.
    pub request_rate: f64,
    /// What the request with the median time to the first token waits for, and the one that 99 % are not slower than.
    pub first_token: [FirstToken; 2],
}

impl Outcome {
    /// Its metrics; none without requests.
    pub fn summary(&self, front: Front) -> Option<Summary> {
        let all = |of: &dyn Fn(&Record) -> f64| self.records.iter().map(of).collect::<Vec<f64>>();
        let waits: f64 = self.records.iter().map(|record| record.wait).sum();
        Some(Summary {
            ttft: Quantiles::of(all(&|record| front.ttft(record)))?,
            tpot: Quantiles::of(self.records.iter().filter_map(Record::tpot).collect()),
            latency: Quantiles::of(all(&|record| front.latency(record)))?,
            turn: all(&Record::latency).iter().sum::<f64>() / self.records.len() as f64,
            itl: Quantiles::of_gaps(&self.gaps),
            queue_time: waits / self.records.len() as f64,
            request_rate: self.rate(self.records.len()),
            first_token: self.first_tokens(front)?,
        })
    }

    fn first_tokens(&self, front: Front) -> Option<[FirstToken; 2]> {
        let last = self.records.len().checked_sub(1)? as f64;
        let mut sorted: Vec<(f64, &Record)> =
            self.records.iter().map(|record| (front.ttft(record), record)).collect();
        let mut at = |share: f64| {
            let place = (last * share).round() as usize;
            let (_, (seen, record), _) =
                sorted.select_nth_unstable_by(place, |a, b| a.0.total_cmp(&b.0));
            let ttft = record.ttft();
            FirstToken { wait: record.wait, prompt: ttft - record.wait, front: *seen - ttft }
        };
        Some([at(0.5), at(0.99)])
    }

    /// Requests per second that keep all bounds.
    pub fn goodput(&self, bounds: &Bounds, front: Front) -> f64 {
        self.rate(self.kept(bounds, front))
    }

    /// Share of the requests that keep all bounds.
    pub fn goodput_share(&self, bounds: &Bounds, front: Front) -> f64 {
        self.kept(bounds, front) as f64 / self.records.len().max(1) as f64
    }

    fn kept(&self, bounds: &Bounds, front: Front) -> usize {
        self.records.iter().filter(|record| bounds.keeps(record, front)).count()
    }

    /// So many requests, per second of the whole run; infinite if that takes no time.
    fn rate(&self, requests: usize) -> f64 {
        if requests == 0 {
            return 0.0;
        }
        requests as f64 / (self.last_end - self.first_sent) * 1e3
    }
}

//! The requests that are still to come, in the order in which they are sent.

use std::collections::VecDeque;

use super::draw;
use super::instant::is_by;
use super::workload::{Arrivals, Start, Workload};

/// The requests that are still to come.
#[derive(Debug)]
pub(super) struct Sends {
    /// Times known from the start, milliseconds, ascending.
    known: VecDeque<f64>,
    /// Next requests of clients whose last one has ended; ascending, as ends are.
    next: VecDeque<f64>,
    /// From an end to the next request, of closed loops.
    think_ms: f64,
    /// How many more the clients of a closed loop will send.
    left: usize,
}

impl Sends {
    /// Of a workload. A first request takes so many milliseconds, for loops that spread them.
    pub(super) fn new(workload: &Workload, first_latency: f64) -> Self {
        let total = workload.total();
        let open = |known: Vec<f64>| Self {
            known: known.into(),
            next: VecDeque::new(),
            think_ms: 0.0,
            left: 0,
        };
        match &workload.arrivals {
            Arrivals::Open { per_second } => open(draw::times(workload.seed, *per_second, total)),
            Arrivals::Trace(requests) => {
                let mut times: Vec<f64> = requests.iter().map(|request| request.sent).collect();
                times.sort_by(f64::total_cmp);
                open(times)
            }
            Arrivals::Closed { clients, think_ms, start } => {
                let apart = match start {
                    Start::Burst => 0.0,
                    Start::Spread => first_latency / *clients as f64,
                };
                let first = total.min(*clients);
                Self {
                    known: (0..first).map(|client| client as f64 * apart).collect(),
                    next: VecDeque::with_capacity(first),
                    think_ms: *think_ms,
                    left: total - first,
                }
            }
        }
    }

    /// When the next request is sent, as far as it is known.
    pub(super) fn peek(&self) -> Option<f64> {
        match (self.known.front(), self.next.front()) {
            (Some(known), Some(next)) => Some(known.min(*next)),
            (known, next) => known.or(next).copied(),
        }
    }

    /// The next request, if it is sent by now.
    pub(super) fn pop(&mut self, now: f64) -> Option<f64> {
        let sent = self.peek().filter(|sent| is_by(*sent, now))?;
        let queue =
            if self.known.front() == Some(&sent) { &mut self.known } else { &mut self.next };
        queue.pop_front()
    }

    /// A request has ended: its client will send another one.
    pub(super) fn ended(&mut self, now: f64) {
        if self.left > 0 {
            self.left -= 1;
            self.next.push_back(now + self.think_ms);
        }
    }
}

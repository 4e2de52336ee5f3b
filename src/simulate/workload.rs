//! Which requests come, and when.

use super::fault::Fault;

/// Most requests of a run: what memory and patience allow.
const MOST_REQUESTS: usize = 10_000_000;

/// Longest prompt and output, tokens: sums of them have to be exact.
const LONGEST: u64 = 1 << 30;

/// Which requests come, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// When they come.
    pub arrivals: Arrivals,
    /// How long they are. Of several classes one is drawn for each request; a trace needs none.
    pub classes: Vec<Class>,
    /// How many are simulated and counted. A trace brings its own number.
    pub requests: usize,
    /// How many are simulated before them and not counted. Of a trace, its first.
    pub warmup: usize,
    /// The same seed gives the same requests.
    pub seed: u64,
}

/// When requests come.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// Clients that each send their next request when their last one has ended.
    Closed {
        /// How many.
        clients: usize,
        /// From the end of a request to the next one of the client, milliseconds.
        think_ms: f64,
        /// When each sends its first.
        start: Start,
    },
    /// At random, independently of each other and of what the engine does.
    Open {
        /// Requests per second on average.
        per_second: f64,
    },
    /// At given times.
    Trace(Vec<Traced>),
}

/// When the clients of a closed loop send their first request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// All at once.
    Burst,
    /// Evenly over the time that a first request takes.
    Spread,
}

/// Requests of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// How often it is drawn, in proportion to other classes.
    pub weight: f64,
    /// Longest prompt, tokens.
    pub prompt: u64,
    /// Longest output, tokens.
    pub output: u64,
    /// Lengths are uniform from this share of the longest on; 1 is fixed.
    pub spread: f64,
    /// Tokens of the prompt that are in the cache already: not computed, but held and attended to.
    pub prefix: u64,
}

/// A request at a given time.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// When it is sent, milliseconds.
    pub sent: f64,
    /// Tokens of its prompt.
    pub prompt: u64,
    /// Tokens of its output.
    pub output: u64,
    /// Tokens of its prompt that are in the cache already.
    pub prefix: u64,
    /// Number of its class, as it is to be reported.
    pub class: usize,
}

impl Class {
    /// The only class: prompts and outputs of one length, in tokens.
    pub fn fixed(prompt: u64, output: u64) -> Self {
        Self { weight: 1.0, prompt, output, spread: 1.0, prefix: 0 }
    }

    /// The same with lengths spread from a share of the longest on.
    pub fn spread(self, spread: f64) -> Self {
        Self { spread, ..self }
    }

    fn check(&self) -> Result<(), Fault> {
        if !(0.0..=f64::MAX).contains(&self.weight) {
            return Err(Fault::Setting("the weight of a class is negative or no number"));
        }
        if self.prompt.max(self.output) > LONGEST {
            return Err(Fault::Setting("requests are too long"));
        }
        if !(0.0..=1.0).contains(&self.spread) {
            return Err(Fault::Setting("the spread of lengths is not from 0 to 1"));
        }
        Ok(())
    }
}

impl Workload {
    /// Clients that all start at once, of one class, with seed 1 and no warm-up.
    pub fn closed(clients: usize, class: Class, requests: usize) -> Self {
        let arrivals = Arrivals::Closed { clients, think_ms: 0.0, start: Start::Burst };
        Self { arrivals, classes: vec![class], requests, warmup: 0, seed: 1 }
    }

    /// Requests at random times, of one class, with seed 1 and no warm-up.
    pub fn open(per_second: f64, class: Class, requests: usize) -> Self {
        let arrivals = Arrivals::Open { per_second };
        Self { arrivals, classes: vec![class], requests, warmup: 0, seed: 1 }
    }

    /// Requests at given times.
    pub fn trace(requests: Vec<Traced>) -> Self {
        let count = requests.len();
        let arrivals = Arrivals::Trace(requests);
        Self { arrivals, classes: Vec::new(), requests: count, warmup: 0, seed: 1 }
    }

    /// How many are simulated, warm-up included.
    pub(super) fn total(&self) -> usize {
        match &self.arrivals {
            Arrivals::Trace(requests) => requests.len(),
            _ => self.requests.saturating_add(self.warmup),
        }
    }

    /// Refuses what no requests can be made of.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.total() <= self.warmup {
            return Err(Fault::Setting("there are no requests"));
        }
        if self.total() > MOST_REQUESTS {
            return Err(Fault::Setting("there are more than ten million requests"));
        }
        match &self.arrivals {
            Arrivals::Closed { clients: 0, .. } => {
                return Err(Fault::Setting("there are no clients"));
            }
            Arrivals::Closed { think_ms, .. } if !(0.0..=f64::MAX).contains(think_ms) => {
                return Err(Fault::Setting("the think time is negative or no number"));
            }
            Arrivals::Open { per_second } if !(per_second.is_finite() && *per_second > 0.0) => {
                return Err(Fault::Setting("the arrival rate is not positive"));
            }
            Arrivals::Trace(requests) => {
                if !requests.iter().all(|request| (0.0..=f64::MAX).contains(&request.sent)) {
                    return Err(Fault::Setting("a time of the trace is negative or no number"));
                }
                if requests.iter().any(|request| request.prompt.max(request.output) > LONGEST) {
                    return Err(Fault::Setting("requests are too long"));
                }
                return Ok(());
            }
            _ => {}
        }
        self.classes.iter().try_for_each(Class::check)?;
        if self.classes.iter().map(|class| class.weight).sum::<f64>() > 0.0 {
            return Ok(());
        }
        Err(Fault::Setting("no class of requests has a weight"))
    }

    /// Mean prompt and output over classes, tokens.
    pub(super) fn mean_lengths(&self) -> (f64, f64) {
        let weight: f64 = self.classes.iter().map(|class| class.weight).sum();
        let mean = |length: fn(&Class) -> u64| {
            let of = |c: &Class| c.weight * length(c) as f64 * (1.0 + c.spread) / 2.0;
            self.classes.iter().map(of).sum::<f64>() / weight
        };
        (mean(|class| class.prompt), mean(|class| class.output))
    }
}

//! Collectives: the framework's all-reduce and the library's.
//!
//! Beyond the measured ranks a collective costs a latency and the transfer of its bytes. The
//! published implementation knows the latter only, at the rate of the slowest link, which makes it
//! nine times slower at the first rank of a second node.

use std::sync::LazyLock;

use crate::base::error::{Code, Error};
use crate::base::tsv;
use crate::perf::machine::{Hardware, Rates, Roofline};
use crate::perf::op::{Estimate, Failure, Formula, Kernels, Measurements, Origin, Probe};

/// How ranks depend on each other, as a variant of the bound.
struct Pattern;

impl Pattern {
    /// All get all: gather and scatter.
    const SHARE: u8 = 0;
    /// All get the sum of all.
    const REDUCE: u8 = 1;
    /// Each has something for each.
    const EXCHANGE: u8 = 2;
}

/// Most ranks over which the published rows show latency to grow by rank.
const RING: f64 = 16.0;

/// The framework's all-reduce of 16-bit elements as far as its kernels reach, then the library's.
pub(super) const ALL_REDUCE: Formula = Formula {
    name: "all_reduce",
    numbers: &["ranks", "elements"],
    rates: |_, _, _| Ok(Rates { bytes: 2.0 * 2.0, variant: Pattern::REDUCE, ..Rates::default() }),
    roofline,
    stand_in: true,
    answer,
    ..Formula::PLAIN
};

/// A library collective: `all_reduce`, `all_gather`, `reduce_scatter` or `alltoall`.
pub(super) const LIBRARY: Formula = Formula {
    name: "collective",
    text: &["op", "dtype"],
    numbers: &["ranks", "elements"],
    rates: |_, quants, text| {
        let bytes = if text[1] == "half" { 2.0 } else { quants.bytes(text[1])? };
        // An all-reduce is a reduce-scatter and an all-gather.
        let (passes, variant) = match text[0] {
            "all_reduce" => (2.0, Pattern::REDUCE),
            "alltoall" => (1.0, Pattern::EXCHANGE),
            _ => (1.0, Pattern::SHARE),
        };
        Ok(Rates { bytes: passes * bytes, variant, ..Rates::default() })
    },
    roofline,
    answer,
    ..Formula::PLAIN
};

/// Each rank sends all but its own share of the elements. What leaves a domain goes at the rate
/// of the links between domains.
fn roofline(hardware: &Hardware, rates: &Rates, numbers: &[f64]) -> Roofline {
    let [ranks, elements] = [numbers[0].max(1.0), numbers[1]];
    let seconds =
        rates.bytes * elements * Spread::of(hardware, ranks).seconds_per_byte(rates.variant);
    Roofline { link: 1e3 * seconds, ..Roofline::default() }
}

fn answer(
    collective: &dyn Measurements,
    numbers: &[f64],
    probe: &mut Probe,
) -> Result<Estimate, Failure> {
    let [ranks, elements] = [numbers[0], numbers[1]];
    if ranks < 1.0 {
        let message = format!("{}: `ranks` cannot be {ranks}", collective.name());
        return Err(Error::question(Code::NotPriceable, message).into());
    }
    if ranks == 1.0 {
        return Ok(Estimate::new(0.0, Origin::Measured));
    }
    let mut rows = 0;
    let mut measured = collective.sizes(rows, "ranks")?;
    if measured.is_empty() && collective.selections() > 1 {
        rows = 1;
        measured = collective.sizes(rows, "ranks")?;
    }
    let is_measured = measured.iter().any(|&r| f64::from(r) == ranks);
    if is_measured {
        return collective.lookup(rows, numbers, probe);
    }
    // A donor may have measured what the first source did not.
    match collective.lookup(rows, numbers, &mut Probe::default()) {
        Err(Failure::Miss(_)) => {}
        _ => return collective.lookup(rows, numbers, probe),
    }
    if reach(collective, rows, &measured, elements)?.is_none_or(|reach| ranks > reach) {
        for library in 0..collective.parts() {
            match collective.answer_part(library, numbers, probe) {
                Err(Failure::Miss(_)) => {}
                answer => return Ok(answer?.at_best(Origin::Transferred)),
            }
        }
    }
    if measured.is_empty() {
        return collective.lookup(rows, numbers, probe);
    }
    let spread = Spread::of(collective.hardware(), ranks);
    let mut known = Known { collective, rows, measured: &measured, elements, probe };
    let (cost, origin) = known.at(spread.inside)?;
    if spread.domains == 1.0 {
        return Ok(Estimate::new(cost.total(), origin));
    }
    // An all-reduce is a reduction and a broadcast, both ways across the domains.
    let passes = if collective.variant() == Pattern::REDUCE { 2.0 } else { 1.0 };
    let hops = passes * spread.domains.log2().ceil() * 1e3 * spread.hop;
    let inside = Spread { domains: 1.0, ..spread };
    let (own, all) = [inside, spread].map(|s| s.seconds_per_byte(collective.variant())).into();
    let moving = if own > 0.0 { cost.moving * all / own } else { 0.0 };
    let latency = (cost.fixed + hops + moving).max(collective.roofline(numbers).total());
    // Nothing was measured across domains.
    Ok(Estimate::new(latency, Origin::Extrapolated))
}

const REACH_TSV: &str = include_str!("../../../models/measurements/reach.tsv");

/// Kernels that span a domain of fast links, by collective.
static SPANNING: LazyLock<Vec<(&str, Kernels)>> = LazyLock::new(|| {
    tsv::rows(REACH_TSV)
        .filter(|row| row.get("reach") == "domain")
        .map(|row| (row.get("op"), Kernels::matching(row.get("kernels").split_whitespace())))
        .collect()
});

/// How many ranks the kernels of a framework reach; `None` where none was measured.
fn reach(
    collective: &dyn Measurements,
    rows: usize,
    measured: &[i32],
    elements: f64,
) -> Result<Option<f64>, Failure> {
    let Some(&edge) = measured.last() else { return Ok(None) };
    let edge = f64::from(edge);
    let slice = collective.slice(rows, &[edge, elements])?;
    let hardware = collective.hardware();
    let spans = slice.kernel.as_deref().is_some_and(|kernel| {
        let own = SPANNING.iter().filter(|(op, _)| *op == collective.name());
        own.into_iter().any(|(_, kernels)| kernels.has(kernel))
    });
    let reach = if spans { hardware.gpus_per_domain() } else { hardware.gpus_per_node };
    Ok(Some(edge.max(f64::from(reach))))
}

/// How ranks spread over domains of fast links.
#[derive(Clone, Copy)]
struct Spread {
    domains: f64,
    /// Ranks in each.
    inside: f64,
    /// Bytes/s a rank, within a domain and out of it.
    near: f64,
    far: f64,
    /// Seconds from one domain to another.
    hop: f64,
}

impl Spread {
    fn of(hardware: &Hardware, ranks: f64) -> Self {
        let domain = f64::from(hardware.gpus_per_domain().max(1));
        let domains = (ranks / domain).ceil();
        Self {
            domains,
            inside: (ranks / domains).ceil(),
            near: hardware.link_bw(ranks.min(domain)),
            far: hardware.link_bw(ranks),
            hop: hardware.hop_latency(ranks),
        }
    }

    /// Time for each byte of the whole, at peak. Ranks of a domain share what it has to send out,
    /// as each has a link of its own; only of an all-to-all no byte is sent for others.
    fn seconds_per_byte(self, variant: u8) -> f64 {
        let ranks = self.domains * self.inside;
        if variant == Pattern::EXCHANGE {
            let near = (self.inside - 1.0) / ranks / self.near;
            return near.max((ranks - self.inside) / ranks / self.far);
        }
        let near = (ranks - 1.0) / ranks / self.near;
        near.max((self.domains - 1.0) / self.domains / self.inside / self.far)
    }
}

/// Milliseconds that take any message, and those by its size.
#[derive(Clone, Copy)]
struct Cost {
    fixed: f64,
    moving: f64,
}

impl Cost {
    fn total(self) -> f64 {
        self.fixed + self.moving
    }
}

/// What was measured, for a message.
struct Known<'a> {
    collective: &'a dyn Measurements,
    rows: usize,
    /// Numbers of ranks, ascending.
    measured: &'a [i32],
    elements: f64,
    probe: &'a mut Probe,
}

impl Known<'_> {
    /// The cost within a domain. Beyond the measured ranks the fixed part grows by rank as it did
    /// between the last two, as that of a ring does, up to as many ranks as it was ever seen to;
    /// from there with each doubling only. The other part grows as each rank's traffic does.
    fn at(&mut self, ranks: f64) -> Result<(Cost, Origin), Failure> {
        if ranks <= 1.0 {
            return Ok((Cost { fixed: 0.0, moving: 0.0 }, Origin::Transferred));
        }
        let upper = self.measured.partition_point(|&r| f64::from(r) < ranks);
        let below = upper.checked_sub(1).map(|i| f64::from(self.measured[i]));
        let above = self.measured.get(upper).map(|&r| f64::from(r));
        match (below, above) {
            (_, Some(above)) if above == ranks => self.row(above),
            (Some(below), Some(above)) => {
                let (a, first) = self.row(below)?;
                let (b, second) = self.row(above)?;
                let share = (ranks - below) / (above - below);
                let mix = |a: f64, b: f64| a + (b - a) * share;
                let cost = Cost { fixed: mix(a.fixed, b.fixed), moving: mix(a.moving, b.moving) };
                Ok((cost, first.max(second).max(Origin::Transferred)))
            }
            (Some(edge), None) | (None, Some(edge)) => {
                let (cost, origin) = self.row(edge)?;
                let before = upper.checked_sub(2).map(|i| f64::from(self.measured[i]));
                let grows = match before {
                    Some(before) => {
                        let slower = cost.fixed - self.fastest(before)?;
                        (slower / (edge - before)).max(0.0)
                    }
                    None => 0.0,
                };
                let traffic = |ranks: f64| (ranks - 1.0) / ranks;
                let ring = ranks.min(RING.max(edge));
                let steps = (ring - edge).max(0.0) + ring * (ranks / ring).log2().max(0.0);
                let fixed = cost.fixed + grows * steps;
                let moving = cost.moving * traffic(ranks) / traffic(edge);
                Ok((Cost { fixed, moving }, origin.max(Origin::Transferred)))
            }
            (None, None) => self.row(ranks),
        }
    }

    /// The cost at a measured number of ranks.
    fn row(&mut self, ranks: f64) -> Result<(Cost, Origin), Failure> {
        let value = self.collective.lookup(self.rows, &[ranks, self.elements], self.probe)?;
        let fixed = self.fastest(ranks)?.min(value.latency);
        Ok((Cost { fixed, moving: value.latency - fixed }, value.origin))
    }

    /// The least that any message takes.
    fn fastest(&self, ranks: f64) -> Result<f64, Failure> {
        Ok(self.collective.slice(self.rows, &[ranks, self.elements])?.fastest)
    }
}

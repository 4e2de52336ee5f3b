//! Why nothing meets the constraints, as data.

use serde_json::{Map, Value, json};

/// Why nothing meets the constraints.
#[derive(Debug, Clone, Default)]
pub struct Infeasible {
    /// The one thing that leaves no candidate of any serving mode, if it is one thing.
    pub because: Option<String>,
    /// What removed candidates, in turn.
    pub reasons: Vec<Reason>,
    /// The nearest candidate of each serving mode, where one has a price.
    pub nearest: Vec<Miss>,
}

/// A condition that removed candidates.
#[derive(Debug, Clone, Default)]
pub struct Reason {
    /// The serving mode.
    pub mode: String,
    /// The rule, or the condition as typed.
    pub condition: String,
    /// How many candidates it removed.
    pub removed: f64,
    /// Of how many.
    pub of: f64,
    /// What it says of the nearest of them.
    pub message: Option<String>,
    /// The bound that would be enough if it alone were moved.
    pub enough: Option<Quantity>,
}

/// A number with its unit, which may be empty.
#[derive(Debug, Clone)]
pub struct Quantity {
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: String,
}

/// A candidate that misses bounds.
#[derive(Debug, Clone, Default)]
pub struct Miss {
    /// The serving mode.
    pub mode: String,
    /// What its workers are made of, by column.
    pub candidate: Vec<(String, f64)>,
    /// The bounds.
    pub bounds: Vec<Bounded>,
}

/// A bound, and the value that it is about.
#[derive(Debug, Clone)]
pub struct Bounded {
    /// The condition as typed.
    pub condition: String,
    /// What is bounded.
    pub metric: String,
    /// Its value.
    pub value: Quantity,
    /// Whether the bound is kept.
    pub met: bool,
}

impl Infeasible {
    /// As programs read it.
    pub fn to_json(&self) -> Value {
        let reasons: Vec<Value> = self.reasons.iter().map(Reason::to_json).collect();
        let nearest: Vec<Value> = self.nearest.iter().map(Miss::to_json).collect();
        json!({
            "feasible": false,
            "because": self.because,
            "reasons": reasons,
            "nearest_misses": nearest,
        })
    }
}

impl Reason {
    fn to_json(&self) -> Value {
        json!({
            "mode": self.mode,
            "condition": self.condition,
            "removed": whole(self.removed),
            "of": whole(self.of),
            "message": self.message,
            "enough": self.enough.as_ref().map(Quantity::to_json),
        })
    }
}

impl Miss {
    fn to_json(&self) -> Value {
        let candidate = self.candidate.iter().map(|(name, value)| (name.clone(), whole(*value)));
        let bounds: Vec<Value> = self.bounds.iter().map(Bounded::to_json).collect();
        json!({
            "mode": self.mode,
            "candidate": candidate.collect::<Map<String, Value>>(),
            "bounds": bounds,
        })
    }
}

impl Bounded {
    fn to_json(&self) -> Value {
        let Quantity { value, unit } = &self.value;
        json!({
            "condition": self.condition,
            "metric": self.metric,
            "value": value,
            "unit": unit,
            "met": self.met,
        })
    }
}

impl Quantity {
    fn to_json(&self) -> Value {
        json!({"value": self.value, "unit": self.unit})
    }
}

/// Whole numbers without a point.
fn whole(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 1e15 { (n as i64).into() } else { n.into() }
}

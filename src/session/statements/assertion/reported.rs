//! Values of a claim in words.

use crate::lang::ast::BinaryOp;
use crate::lang::units::Unit;
use crate::model::value::{Value, number};

/// One side of a comparison.
pub(crate) struct Shown {
    /// As typed.
    pub(crate) text: String,
    /// Whether the text is the value.
    pub(crate) literal: bool,
    pub(crate) value: Value,
    pub(crate) unit: Unit,
}

/// A comparison.
pub(crate) struct Sides {
    pub(crate) op: BinaryOp,
    pub(crate) left: Shown,
    pub(crate) right: Shown,
}

const GIB: f64 = 1_073_741_824.0;

impl Shown {
    /// `` `best.ttft` is 412.3 ms ``
    pub(crate) fn sentence(&self) -> String {
        match (&self.value, self.text.strip_prefix("rank(").and_then(|t| t.strip_suffix(')'))) {
            (Value::Null, Some(condition)) => format!("no row meets `{condition}`"),
            _ => format!("`{}` is {}", self.text, self.words()),
        }
    }

    fn words(&self) -> String {
        match &self.value {
            Value::Number(n) => amount(*n, self.unit),
            other => other.to_string(),
        }
    }

    /// As the limit of a claim.
    fn limit(&self) -> String {
        if self.literal { self.text.clone() } else { format!("`{}`, {}", self.text, self.words()) }
    }

    /// How far this is from another value.
    pub(crate) fn off(&self, target: &Self) -> String {
        let (Value::Number(a), Value::Number(b)) = (&self.value, &target.value) else {
            return "another kind of value".to_owned();
        };
        let unit = if self.unit == Unit::None { target.unit } else { self.unit };
        let off = amount((a - b).abs(), unit);
        match (a / b - 1.0).abs() {
            share if share.is_finite() => format!("{off} ({} %)", figure(100.0 * share)),
            _ => off,
        }
    }
}

impl Sides {
    /// By how much the limit is missed.
    pub(crate) fn difference(&self) -> String {
        let limit = self.right.limit();
        let off = self.left.off(&self.right);
        let numbers =
            matches!((&self.left.value, &self.right.value), (Value::Number(_), Value::Number(_)));
        let equal = self.left.value == self.right.value;
        match self.op {
            BinaryOp::Lt | BinaryOp::Gt if equal => format!("exactly the limit of {limit}"),
            BinaryOp::Eq if numbers => format!("not {limit}: off by {off}"),
            BinaryOp::Lt | BinaryOp::Le if numbers => format!("{off} over the limit of {limit}"),
            BinaryOp::Gt | BinaryOp::Ge if numbers => format!("{off} under the limit of {limit}"),
            BinaryOp::Ne => format!("should not be {limit}"),
            _ => format!("not {limit}"),
        }
    }
}

fn amount(n: f64, unit: Unit) -> String {
    let (n, unit) = match unit {
        Unit::Gib | Unit::Bytes if n.abs() >= GIB => (n / GIB, "GiB"),
        Unit::Percent => (100.0 * n, "%"),
        Unit::Bandwidth => (n / 1e9, "GB/s"),
        unit => (n, unit.label()),
    };
    if unit.is_empty() { figure(n) } else { format!("{} {unit}", figure(n)) }
}

/// A number to the places that matter.
fn figure(n: f64) -> String {
    let scale = match n.abs() {
        n if n >= 100.0 => 10.0,
        n if n >= 10.0 => 100.0,
        _ => 1000.0,
    };
    number((n * scale).round() / scale)
}

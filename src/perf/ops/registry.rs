//! The operations that there are: formulas, and the facts about each from `models/measurements`.

use std::sync::LazyLock;

use super::{
    analytic, attention, block_sparse, collective, compressed, exchange, experts, feed_forward,
    gemm, hyper_connections, indexed, latent, latent_module, quantize, state,
};
use crate::base::tsv::{self, Row};
use crate::perf::op::{Formula, Only, OpSpec, Origin, PartRule, SelectionRule, When, Word};
use crate::perf::tables::table;

const OPS_TSV: &str = include_str!("../../../models/measurements/ops.tsv");
const SELECTIONS_TSV: &str = include_str!("../../../models/measurements/selections.tsv");
const PARTS_TSV: &str = include_str!("../../../models/measurements/parts.tsv");

/// Every formula.
static FORMULAS: &[Formula] = &[
    gemm::PRODUCT,
    attention::CONTEXT,
    attention::GENERATION,
    attention::ENCODER,
    experts::EXPERTS,
    experts::EXCHANGED,
    experts::IN_SLOTS,
    experts::WITH_EXCHANGE,
    collective::ALL_REDUCE,
    collective::LIBRARY,
    quantize::COMPUTE_SCALE,
    quantize::SCALE_MATRIX,
    latent::CONTEXT,
    latent::GENERATION,
    latent::PRODUCTS,
    latent_module::CONTEXT,
    latent_module::GENERATION,
    latent_module::WIDE_CONTEXT,
    latent_module::WIDE_GENERATION,
    indexed::CONTEXT,
    indexed::GENERATION,
    indexed::SCORES,
    indexed::KERNEL,
    indexed::TOP_K,
    block_sparse::CONTEXT,
    block_sparse::GENERATION,
    compressed::CONTEXT,
    compressed::GENERATION,
    compressed::INDEXED_CONTEXT,
    compressed::INDEXED_GENERATION,
    compressed::KERNEL,
    feed_forward::FEED_FORWARD,
    hyper_connections::HYPER_CONNECTIONS,
    state::GATED_DELTA,
    state::DELTA_ATTENTION,
    state::MAMBA2,
    exchange::ANY,
    exchange::OF_NODES,
    exchange::OF_NODES_LOW_LATENCY,
    exchange::OVER_LINKS,
    analytic::MEMORY,
    analytic::LINK,
];

/// Every operation.
pub static OPS: LazyLock<Vec<OpSpec>> = LazyLock::new(|| {
    let rows = tsv::rows(OPS_TSV);
    rows.filter_map(|row| Some(described(row, formula(row.get("formula"))?))).collect()
});

/// The operation of that name.
pub fn op(name: &str) -> Option<&'static OpSpec> {
    OPS.iter().find(|op| op.name == name)
}

fn formula(name: &str) -> Option<&'static Formula> {
    let found = FORMULAS.iter().find(|formula| formula.name == name);
    debug_assert!(found.is_some(), "no formula `{name}`");
    found
}

fn described(row: Row, formula: &'static Formula) -> OpSpec {
    let name = row.get("op");
    let size = |(size, value): (&'static str, &'static str)| Some((size, value.parse().ok()?));
    let own = |table: &'static str| tsv::rows(table).filter(move |row| row.get("op") == name);
    OpSpec {
        name,
        text: formula.text,
        numbers: formula.numbers,
        table: table(name),
        formula,
        measured_at: pairs(row.get("measured_at")).filter_map(size).collect(),
        selections: own(SELECTIONS_TSV).map(|row| selection(row, formula)).collect(),
        parts: own(PARTS_TSV).filter_map(|row| part(row, formula)).collect(),
    }
}

fn selection(row: Row, formula: &Formula) -> SelectionRule {
    let only = row.get("only").split_once("<=").and_then(|(name, most)| {
        let argument = formula.numbers.iter().position(|number| *number == name)?;
        Some(Only { argument, most: most.parse().ok()? })
    });
    let origin = Origin::ALL.into_iter().find(|origin| origin.name() == row.get("origin"));
    SelectionRule {
        when: when(row, formula),
        rows: arguments(row.get("rows"), formula).collect(),
        kernels: row.get("kernels"),
        only,
        origin: origin.unwrap_or(Origin::Measured),
    }
}

fn part(row: Row, whole: &Formula) -> Option<PartRule> {
    let name = row.get("part");
    let part = tsv::rows(OPS_TSV).find(|row| row.get("op") == name)?;
    let argument = |name: &str| {
        let place = whole.text.iter().position(|text| *text == name);
        place.map_or(Word::Fixed(""), Word::Argument)
    };
    let word = |name: &&'static str| match pairs(row.get("text")).find(|(own, _)| own == name) {
        None => argument(name),
        Some((_, value)) => match value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
            Some(name) => argument(name),
            None => Word::Fixed(value),
        },
    };
    let text = formula(part.get("formula"))?.text.iter().map(word).collect();
    Some(PartRule { when: when(row, whole), op: name, text })
}

fn when(row: Row, formula: &Formula) -> When {
    When(arguments(row.get("when"), formula).collect())
}

/// Text arguments by their places, with their values.
fn arguments(cell: &'static str, formula: &Formula) -> impl Iterator<Item = (usize, &'static str)> {
    pairs(cell).filter_map(|(name, value)| {
        let place = formula.text.iter().position(|text| *text == name);
        debug_assert!(place.is_some(), "{} has no argument `{name}`", formula.name);
        Some((place?, value))
    })
}

/// The words `name=value` of a cell.
fn pairs(cell: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    cell.split_whitespace().filter_map(|word| word.split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::tables::TABLES;

    #[test]
    fn every_formula_is_used_and_every_op_is_whole() {
        for formula in FORMULAS {
            assert!(OPS.iter().any(|op| op.formula.name == formula.name), "{}", formula.name);
        }
        assert_eq!(OPS.len(), tsv::rows(OPS_TSV).count());
        for table in TABLES.iter() {
            assert!(op(table.name).is_some(), "{} has no operation", table.name);
        }
        for op in OPS.iter() {
            for size in op.formula.assumed {
                assert!(op.measured_at(size).is_some(), "{}: {size}", op.name);
            }
            for (size, _) in &op.measured_at {
                let is_read = op.numbers.contains(size) || op.formula.assumed.contains(size);
                assert!(is_read, "{}: {size}", op.name);
            }
            // What a table calls an axis is an argument.
            for axis in op.table.map_or(&[][..], |table| table.axes) {
                assert!(op.numbers.contains(&axis.name), "{}: {}", op.name, axis.name);
            }
        }
    }

    #[test]
    fn every_rule_is_about_an_op() {
        for (table, column) in [(SELECTIONS_TSV, "op"), (PARTS_TSV, "op"), (PARTS_TSV, "part")] {
            for row in tsv::rows(table) {
                assert!(op(row.get(column)).is_some(), "{}", row.get(column));
            }
        }
        let rules = OPS.iter().map(|op| op.parts.len() + op.selections.len()).sum::<usize>();
        assert_eq!(rules, tsv::rows(SELECTIONS_TSV).count() + tsv::rows(PARTS_TSV).count());
    }

    #[test]
    fn parts_take_their_arguments_from_the_whole() {
        let exchange = op("moe_a2a").unwrap();
        let part = |text: [&str; 3]| {
            let mut parts = exchange.parts(&text);
            parts.pop().map(|part| (part.op, part.text.join(" ")))
        };
        let by_links = |text: &str| Some((op("trtllm_alltoall").unwrap().name, text.to_owned()));
        assert_eq!(
            part(["nvlink_two_sided", "combine", "fp4"]),
            by_links("combine_low_precision nvfp4 two_sided")
        );
        assert_eq!(part(["nvlink_one_sided", "combine", "fp8"]), by_links("combine fp8 one_sided"));
        assert_eq!(
            part(["nvlink_one_sided", "dispatch", "fp8_block"]),
            by_links("dispatch fp8 one_sided")
        );
        assert_eq!(part(["other", "dispatch", "fp8"]), None);
    }
}

//! What grammar rules are called in messages.

use std::borrow::Cow;

use super::grammar::Rule;
use crate::lang::keywords;

/// What a unit is called.
pub(super) const UNIT: &str = "a unit";

/// Rules with a name of their own.
const NAMES: &[(&[Rule], &str)] = &[
    (&[Rule::EOI], "the end"),
    (&[Rule::ident, Rule::path], "a name"),
    (&[Rule::string, Rule::template], "a quoted text"),
    (&[Rule::hole], "`{expression}`"),
    (&[Rule::number, Rule::digits], "a number"),
    (&[Rule::unit, Rule::unit_name, Rule::unit_spec], UNIT),
    (&[Rule::expr, Rule::unary, Rule::primary, Rule::conditional], "an expression"),
    (&[Rule::call], "a function"),
    (
        &[
            Rule::infix,
            Rule::or,
            Rule::and,
            Rule::eq,
            Rule::ne,
            Rule::le,
            Rule::ge,
            Rule::lt,
            Rule::gt,
            Rule::add,
            Rule::sub,
            Rule::mul,
            Rule::div,
        ],
        "an operator",
    ),
    (&[Rule::list], "a list `[..]`"),
    (&[Rule::item], "a value"),
    (&[Rule::range], "a range"),
    (&[Rule::range_tail], "`..`"),
    (&[Rule::domain], "values"),
    (&[Rule::statement], "a statement"),
    (&[Rule::search], "`search`"),
    (&[Rule::axes], "axes"),
    (&[Rule::axis_term], "an axis"),
    (&[Rule::clause], "a clause"),
    (&[Rule::placement], "a system"),
    (&[Rule::framework], "a backend"),
    (&[Rule::hard], "`hard`"),
    (&[Rule::per], "`per`"),
    (&[Rule::from], "`from`"),
    (&[Rule::relation], "a table, a file or a query"),
    (&[Rule::analyze], "`analyze`"),
    (&[Rule::ops], "`ops`"),
    (&[Rule::row], "a result"),
    (&[Rule::to, Rule::destination], "`to`"),
    (&[Rule::force], "`force`"),
    (&[Rule::setting], "a setting"),
    (&[Rule::price], "`price`"),
    (&[Rule::sql], "SQL"),
    (&[Rule::better], "`higher` or `lower`"),
    (&[Rule::block, Rule::model_item], "a definition"),
    (&[Rule::quant_item], "`name = value`"),
    (&[Rule::parameter], "a parameter"),
    (&[Rule::arguments], "arguments"),
    (&[Rule::claims], "`as` and an origin"),
    (&[Rule::argument], "an argument"),
    (&[Rule::section], "`once`, `per` or `for`"),
    (&[Rule::group, Rule::rows], "rows"),
    (&[Rule::lane], "`lane`"),
    (&[Rule::alternative], "an alternative"),
    (&[Rule::op_row], "an operation"),
    (&[Rule::phase], "`context`, `generation`, `encoder` or `draft`"),
    (&[Rule::pool], "a pool"),
    (&[Rule::pass], "a pass"),
    (&[Rule::profile], "a profile"),
    (&[Rule::simulation], "a simulation"),
    (&[Rule::size], "a size with its values"),
    (&[Rule::assertion], "`assert`"),
    (&[Rule::color_by, Rule::kw_color], "`color by`"),
    (&[Rule::plot_axes], "two columns"),
    (&[Rule::generate], "`generate`"),
    (&[Rule::with, Rule::with_values], "`with`"),
    (&[Rule::hypothesis], "a supposition such as `system.mem_bw * 1.2`"),
    (&[Rule::multiple], "`*` and a factor"),
    (&[Rule::with_value], "a value or a file of values"),
    (&[Rule::whole], "`whole`"),
    (&[Rule::mix], "`mix`"),
    (&[Rule::class], "a class of requests"),
    (&[Rule::use_rows], "`use`"),
    (&[Rule::sensitivity], "`sensitivity`"),
    (&[Rule::frontier], "`frontier`"),
    (
        &[Rule::side, Rule::side_terms, Rule::side_term],
        "a system, a backend, a data directory or `name = value`",
    ),
    (&[Rule::one_table], "`table`"),
    (&[Rule::all_tables], "`tables`"),
];

/// The name of a rule in a message; `None` for rules that would only be noise.
pub(super) fn name(rule: Rule) -> Option<Cow<'static, str>> {
    let own = NAMES.iter().find(|(rules, _)| rules.contains(&rule)).map(|(_, name)| *name);
    own.map(Cow::Borrowed).or_else(|| word(rule).map(|word| format!("`{word}`").into()))
}

/// Whether a pair of this rule is a mere keyword. Those rules come last in the grammar.
pub(super) fn is_keyword(rule: Rule) -> bool {
    (Rule::kw_alias..=Rule::kw_within).contains(&rule)
}

/// The word of a mere keyword, which its rule is called after.
fn word(rule: Rule) -> Option<&'static str> {
    let name = format!("{rule:?}");
    keywords::find(name.strip_prefix("kw_")?).map(|keyword| keyword.word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rules that messages never name.
    const NOISE: &[Rule] = &[
        Rule::WHITESPACE,
        Rule::COMMENT,
        Rule::file,
        Rule::ident_char,
        Rule::clause_word,
        Rule::single,
        Rule::single_text,
        Rule::double_text,
        Rule::double,
        Rule::money,
        Rule::prefix,
        Rule::neg,
        Rule::not,
        Rule::boolean,
        Rule::null,
        Rule::postfix,
        Rule::is_in,
        Rule::not_in,
        Rule::between,
        Rule::step,
        Rule::factor,
        Rule::for_clause,
        Rule::with_clause,
        Rule::on_clause,
        Rule::using_clause,
        Rule::serving_clause,
        Rule::as_clause,
        Rule::where_clause,
        Rule::prefer_clause,
        Rule::weight,
        Rule::fail_ratio,
        Rule::maximize_clause,
        Rule::minimize_clause,
        Rule::pareto_clause,
        Rule::top_clause,
        Rule::distinct,
        Rule::estimate,
        Rule::subquery,
        Rule::explain,
        Rule::explain_ops,
        Rule::explain_metric,
        Rule::why_not,
        Rule::diff,
        Rule::diff_tables,
        Rule::diff_question,
        Rule::diff_text,
        Rule::diff_last,
        Rule::plot,
        Rule::save,
        Rule::set,
        Rule::show,
        Rule::let_result,
        Rule::include,
        Rule::attach,
        Rule::sql_verb,
        Rule::sql_gap,
        Rule::sql_rest,
        Rule::quoted,
        Rule::comment,
        Rule::axis,
        Rule::metric,
        Rule::rule_def,
        Rule::when,
        Rule::definition,
        Rule::varied,
        Rule::limited,
        Rule::share_of,
        Rule::column,
        Rule::owners,
        Rule::meaning,
        Rule::ranking,
        Rule::ranked,
        Rule::compromise,
        Rule::alias,
        Rule::unmodelled,
        Rule::assumed,
        Rule::names,
        Rule::quant_mode,
        Rule::operation,
        Rule::engine,
        Rule::engine_item,
        Rule::weight_item,
        Rule::price_item,
        Rule::times,
        Rule::architecture,
        Rule::arch_item,
        Rule::section_head,
        Rule::each,
        Rule::each_rows,
        Rule::graph_row,
        Rule::overlap,
        Rule::alternatives,
        Rule::sum_over,
        Rule::row_set,
        Rule::role,
        Rule::mode,
        Rule::mode_item,
        Rule::pool_item,
        Rule::only,
        Rule::except,
        Rule::at,
        Rule::like,
        Rule::over,
        Rule::sizes,
    ];

    #[test]
    fn every_rule_has_a_name_or_needs_none() {
        for rule in Rule::all_rules() {
            assert!(name(*rule).is_some() != NOISE.contains(rule), "{rule:?}");
        }
    }

    #[test]
    fn keywords_come_last_and_are_called_after_their_words() {
        for rule in Rule::all_rules() {
            assert_eq!(is_keyword(*rule), format!("{rule:?}").starts_with("kw_"), "{rule:?}");
            assert_eq!(is_keyword(*rule), word(*rule).is_some(), "{rule:?}");
        }
    }
}

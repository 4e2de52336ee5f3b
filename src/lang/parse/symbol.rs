//! What grammar rules are called in messages. Exhaustive on purpose: a new rule needs a decision.

use super::Rule;

/// The name of a rule in a message; `None` for rules that would only be noise.
pub(super) fn name(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::EOI => "the end",
        Rule::ident | Rule::path => "a name",
        Rule::string | Rule::template => "a quoted text",
        Rule::hole => "`{expression}`",
        Rule::number | Rule::digits => "a number",
        Rule::unit | Rule::unit_name | Rule::unit_spec => "a unit",
        Rule::expr | Rule::unary | Rule::primary | Rule::conditional => "an expression",
        Rule::call => "a function",
        Rule::infix
        | Rule::or
        | Rule::and
        | Rule::eq
        | Rule::ne
        | Rule::le
        | Rule::ge
        | Rule::lt
        | Rule::gt
        | Rule::add
        | Rule::sub
        | Rule::mul
        | Rule::div => "an operator",
        Rule::list => "a list `[..]`",
        Rule::item => "a value",
        Rule::range => "a range",
        Rule::range_tail => "`..`",
        Rule::domain => "values",
        Rule::statement => "a statement",
        Rule::search | Rule::kw_search => "`search`",
        Rule::axes => "axes",
        Rule::axis_term => "an axis",
        Rule::clause => "a clause",
        Rule::placement => "a system",
        Rule::framework => "a backend",
        Rule::hard => "`hard`",
        Rule::per | Rule::kw_per => "`per`",
        Rule::from => "`from`",
        Rule::relation => "a table, a file or a query",
        Rule::analyze => "`analyze`",
        Rule::ops => "`ops`",
        Rule::row => "a result",
        Rule::to | Rule::destination => "`to`",
        Rule::force => "`force`",
        Rule::setting => "a setting",
        Rule::price | Rule::kw_price => "`price`",
        Rule::sql => "SQL",
        Rule::better => "`higher` or `lower`",
        Rule::block | Rule::model_item => "a definition",
        Rule::quant_item => "`name = value`",
        Rule::parameter => "a parameter",
        Rule::arguments => "arguments",
        Rule::claims => "`as` and an origin",
        Rule::argument => "an argument",
        Rule::section => "`once`, `per` or `for`",
        Rule::group | Rule::rows => "rows",
        Rule::lane | Rule::kw_lane => "`lane`",
        Rule::alternative => "an alternative",
        Rule::op_row => "an operation",
        Rule::phase => "`context`, `generation`, `encoder` or `draft`",
        Rule::pool => "a pool",
        Rule::pass => "a pass",
        Rule::kw_and => "`and`",
        Rule::kw_architecture => "`architecture`",
        Rule::kw_as => "`as`",
        Rule::assertion | Rule::kw_assert => "`assert`",
        Rule::kw_at => "`at`",
        Rule::kw_attach => "`attach`",
        Rule::kw_axis => "`axis`",
        Rule::kw_between => "`between`",
        Rule::kw_by => "`by`",
        Rule::color_by | Rule::kw_color => "`color by`",
        Rule::plot_axes => "two columns",
        Rule::kw_define => "`define`",
        Rule::kw_else => "`else`",
        Rule::kw_engine => "`engine`",
        Rule::kw_estimate => "`estimate`",
        Rule::kw_except => "`except`",
        Rule::kw_explain => "`explain`",
        Rule::kw_distinct => "`distinct`",
        Rule::kw_fail_ratio => "`fail_ratio`",
        Rule::kw_for => "`for`",
        Rule::generate | Rule::kw_generate => "`generate`",
        Rule::with | Rule::with_values => "`with`",
        Rule::hypothesis => "a supposition such as `system.mem_bw * 1.2`",
        Rule::multiple => "`*` and a factor",
        Rule::with_value => "a value or a file of values",
        Rule::kw_if => "`if`",
        Rule::kw_in => "`in`",
        Rule::kw_include => "`include`",
        Rule::kw_let => "`let`",
        Rule::kw_like => "`like`",
        Rule::kw_limit => "`limit`",
        Rule::whole => "`whole`",
        Rule::kw_overlap => "`overlap`",
        Rule::kw_sum => "`sum`",
        Rule::kw_maximize => "`maximize`",
        Rule::kw_metric => "`metric`",
        Rule::kw_minimize => "`minimize`",
        Rule::mix | Rule::kw_mix => "`mix`",
        Rule::class => "a class of requests",
        Rule::kw_mode => "`mode`",
        Rule::kw_of => "`of`",
        Rule::kw_on => "`on`",
        Rule::kw_once => "`once`",
        Rule::kw_only => "`only`",
        Rule::kw_operation => "`operation`",
        Rule::kw_over => "`over`",
        Rule::kw_pareto => "`pareto`",
        Rule::kw_pass => "`pass`",
        Rule::kw_save => "`save`",
        Rule::kw_plot => "`plot`",
        Rule::kw_pool => "`pool`",
        Rule::kw_prefer => "`prefer`",
        Rule::kw_quant => "`quant`",
        Rule::kw_require => "`require`",
        Rule::kw_role => "`role`",
        Rule::kw_rows => "`rows`",
        Rule::kw_rule => "`rule`",
        Rule::kw_serving => "`serving`",
        Rule::kw_set => "`set`",
        Rule::kw_show => "`show`",
        Rule::kw_step => "`step`",
        Rule::kw_then => "`then`",
        Rule::kw_times => "`times`",
        Rule::kw_top => "`top`",
        Rule::kw_using => "`using`",
        Rule::use_rows | Rule::kw_use => "`use`",
        Rule::kw_weight => "`weight`",
        Rule::kw_when => "`when`",
        Rule::kw_where => "`where`",
        Rule::kw_within => "`within`",
        Rule::kw_why => "`why`",
        Rule::kw_diff => "`diff`",
        Rule::sensitivity | Rule::kw_sensitivity => "`sensitivity`",
        Rule::frontier | Rule::kw_frontier => "`frontier`",
        Rule::kw_to => "`to`",
        Rule::kw_vary => "`vary`",
        Rule::side | Rule::side_terms | Rule::side_term => {
            "a system, a backend, a data directory or `name = value`"
        }
        Rule::one_table => "`table`",
        Rule::all_tables => "`tables`",
        Rule::WHITESPACE
        | Rule::COMMENT
        | Rule::file
        | Rule::ident_char
        | Rule::clause_word
        | Rule::single
        | Rule::single_text
        | Rule::double_text
        | Rule::double
        | Rule::money
        | Rule::prefix
        | Rule::neg
        | Rule::not
        | Rule::boolean
        | Rule::null
        | Rule::postfix
        | Rule::is_in
        | Rule::not_in
        | Rule::between
        | Rule::step
        | Rule::factor
        | Rule::for_clause
        | Rule::with_clause
        | Rule::on_clause
        | Rule::using_clause
        | Rule::serving_clause
        | Rule::as_clause
        | Rule::where_clause
        | Rule::prefer_clause
        | Rule::weight
        | Rule::fail_ratio
        | Rule::maximize_clause
        | Rule::minimize_clause
        | Rule::pareto_clause
        | Rule::top_clause
        | Rule::distinct
        | Rule::estimate
        | Rule::subquery
        | Rule::explain
        | Rule::explain_ops
        | Rule::explain_metric
        | Rule::why_not
        | Rule::diff
        | Rule::diff_tables
        | Rule::diff_question
        | Rule::diff_text
        | Rule::diff_last
        | Rule::plot
        | Rule::save
        | Rule::set
        | Rule::show
        | Rule::let_result
        | Rule::include
        | Rule::attach
        | Rule::sql_verb
        | Rule::sql_gap
        | Rule::sql_rest
        | Rule::quoted
        | Rule::comment
        | Rule::axis
        | Rule::metric
        | Rule::rule_def
        | Rule::when
        | Rule::definition
        | Rule::varied
        | Rule::limited
        | Rule::quant_mode
        | Rule::operation
        | Rule::engine
        | Rule::engine_item
        | Rule::weight_item
        | Rule::price_item
        | Rule::times
        | Rule::architecture
        | Rule::arch_item
        | Rule::section_head
        | Rule::each
        | Rule::each_rows
        | Rule::graph_row
        | Rule::overlap
        | Rule::alternatives
        | Rule::sum_over
        | Rule::row_set
        | Rule::role
        | Rule::mode
        | Rule::mode_item
        | Rule::pool_item
        | Rule::only
        | Rule::except
        | Rule::at
        | Rule::like
        | Rule::over => return None,
    })
}

/// Whether a pair of this rule is a mere keyword.
pub(super) fn is_keyword(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::kw_and
            | Rule::kw_architecture
            | Rule::kw_as
            | Rule::kw_assert
            | Rule::kw_at
            | Rule::kw_attach
            | Rule::kw_axis
            | Rule::kw_between
            | Rule::kw_by
            | Rule::kw_color
            | Rule::kw_define
            | Rule::kw_else
            | Rule::kw_engine
            | Rule::kw_estimate
            | Rule::kw_except
            | Rule::kw_explain
            | Rule::kw_distinct
            | Rule::kw_fail_ratio
            | Rule::kw_for
            | Rule::kw_generate
            | Rule::kw_if
            | Rule::kw_in
            | Rule::kw_include
            | Rule::kw_lane
            | Rule::kw_let
            | Rule::kw_like
            | Rule::kw_maximize
            | Rule::kw_metric
            | Rule::kw_minimize
            | Rule::kw_mix
            | Rule::kw_mode
            | Rule::kw_of
            | Rule::kw_on
            | Rule::kw_once
            | Rule::kw_only
            | Rule::kw_operation
            | Rule::kw_over
            | Rule::kw_overlap
            | Rule::kw_pareto
            | Rule::kw_pass
            | Rule::kw_per
            | Rule::kw_plot
            | Rule::kw_save
            | Rule::kw_pool
            | Rule::kw_prefer
            | Rule::kw_price
            | Rule::kw_quant
            | Rule::kw_require
            | Rule::kw_role
            | Rule::kw_rows
            | Rule::kw_rule
            | Rule::kw_search
            | Rule::kw_serving
            | Rule::kw_set
            | Rule::kw_show
            | Rule::kw_step
            | Rule::kw_sum
            | Rule::kw_then
            | Rule::kw_times
            | Rule::kw_top
            | Rule::kw_use
            | Rule::kw_using
            | Rule::kw_weight
            | Rule::kw_when
            | Rule::kw_where
            | Rule::kw_within
            | Rule::kw_why
            | Rule::kw_diff
            | Rule::kw_sensitivity
            | Rule::kw_frontier
            | Rule::kw_to
            | Rule::kw_vary
            | Rule::kw_limit
    )
}

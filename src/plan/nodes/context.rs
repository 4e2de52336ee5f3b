//! DataFusion sessions: a lean one for our own plans, a full one for SQL.

use std::sync::Arc;

use datafusion::common::config::TableOptions;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::optimizer::OptimizerRule;
use datafusion::optimizer::eliminate_cross_join::EliminateCrossJoin;
use datafusion::optimizer::optimize_projections::OptimizeProjections;
use datafusion::optimizer::push_down_filter::PushDownFilter;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::opjoin::AiqPlanner;

/// Rules on execution plans that our plans need. Left out are those that look for patterns our
/// plans never have, and a final check that does not see that a sort key and the metric it
/// copies are the same order.
const PHYSICAL_RULES: &[&str] = &["OutputRequirements", "join_selection", "EnsureRequirements"];

/// A session for our own plans, with the few rules that matter to them, in this order: the plan
/// is already factored, its constants are folded.
pub fn lean(partitions: usize, runtime: &Arc<RuntimeEnv>) -> SessionContext {
    let rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> = vec![
        Arc::new(PushDownFilter::new()),
        Arc::new(EliminateCrossJoin::new()),
        Arc::new(OptimizeProjections::new()),
    ];
    let physical =
        PhysicalOptimizer::new().rules.into_iter().filter(|r| PHYSICAL_RULES.contains(&r.name()));
    let state = SessionStateBuilder::new()
        .with_config(config(partitions))
        .with_runtime_env(Arc::clone(runtime))
        .with_default_features()
        .with_physical_optimizer_rules(physical.collect())
        .with_analyzer_rules(Vec::new())
        .with_optimizer_rules(rules)
        .with_query_planner(Arc::new(AiqPlanner))
        .build();
    SessionContext::new_with_state(state)
}

/// A session for SQL, in which a path is a table if files may be read.
pub fn full(partitions: usize, runtime: &Arc<RuntimeEnv>, files: bool) -> SessionContext {
    let mut config = config(partitions);
    config.options_mut().sql_parser.collect_spans = true;
    let mut tables = TableOptions::default();
    // A column that is empty in its first rows has a type, too.
    tables.csv.schema_infer_max_rec = Some(usize::MAX);
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(runtime))
        .with_default_features()
        .with_table_options(tables)
        .with_query_planner(Arc::new(AiqPlanner))
        .build();
    let context = SessionContext::new_with_state(state);
    if files { context.enable_url_table() } else { context }
}

fn config(partitions: usize) -> SessionConfig {
    let mut config = SessionConfig::new().with_target_partitions(partitions);
    let options = config.options_mut();
    options.optimizer.max_passes = 1;
    // Common subexpressions below an aggregation change only what is known about nulls.
    options.execution.skip_physical_aggregate_schema_check = true;
    // The number of feasible candidates is read off the plan, so none may be skipped early.
    options.optimizer.enable_dynamic_filter_pushdown = false;
    // Of each layout the best candidate: a heap each, in place of a sort of all.
    options.optimizer.enable_window_topn = true;
    options.sql_parser.enable_ident_normalization = true;
    config
}

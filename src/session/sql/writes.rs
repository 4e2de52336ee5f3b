//! SQL answers; it writes only where that is allowed.

use std::path::PathBuf;

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::ListingTableUrl;
use datafusion::logical_expr::{DdlStatement, DropTable, LogicalPlan};

use crate::base::error::{Code, Error, Result};
use crate::base::permissions::{Permissions, no_files};
use crate::catalog::deferred::external;
use crate::lang::ast::Loc;
use crate::perf::TABLES;
use crate::plan::nodes::failure::failure;

/// Refuses a plan that does more than answer and define tables in memory, unless that is allowed.
/// Plans inside others count: an `explain analyze` runs what it explains.
pub(super) fn check(plan: &LogicalPlan, permissions: Permissions, loc: &Loc) -> Result<()> {
    let look = |node: &LogicalPlan| {
        allowed(node, permissions, loc).map_err(external)?;
        Ok(TreeNodeRecursion::Continue)
    };
    plan.apply_with_subqueries(look).map(drop).map_err(failure)
}

fn allowed(node: &LogicalPlan, permissions: Permissions, loc: &Loc) -> Result<()> {
    let what = match node {
        LogicalPlan::Copy(_) => "writes a file",
        LogicalPlan::Dml(_) => "changes a table",
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(_)) => "makes a table of a file",
        LogicalPlan::Ddl(DdlStatement::DropTable(DropTable { name, .. })) if is_shipped(name) => {
            let message = format!("`{}` is not a table of yours", name.table());
            return Err(Error::question(Code::SqlUnsupported, message)
                .at(part(loc, name.table()), "stays")
                .help("tables that `create table` made and views can be dropped"));
        }
        LogicalPlan::Ddl(DdlStatement::CreateFunction(_) | DdlStatement::DropFunction(_)) => {
            "changes functions"
        }
        // Settings of the engine below, transactions, prepared statements.
        LogicalPlan::Statement(_) => {
            return Err(Error::question(Code::SqlUnsupported, "this statement is not one of aiq")
                .at(verb(loc), "not supported"));
        }
        _ => return Ok(()),
    };
    if !permissions.write {
        let message = format!("this statement {what}, which was not allowed");
        return Err(Error::question(Code::WritesRefused, message)
            .at(verb(loc), what)
            .help("start aiq with `--allow-write`; no text that it runs can allow it"));
    }
    match node {
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(table)) if !permissions.files => {
            let locations = table.locations.join(", ");
            Err(no_files(&locations).at(part(loc, &locations), "a path"))
        }
        LogicalPlan::Copy(copy) if !permissions.force => match written(&copy.output_url) {
            Some(path) if path.exists() => {
                let message = format!("`{}` is there already", copy.output_url);
                Err(Error::question(Code::FileExists, message)
                    .at(part(loc, &copy.output_url), "not replaced")
                    .help("write to another name, or start aiq with `--allow-write --force`"))
            }
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Whether a table is there from the start: measurements and what the catalog knows.
fn is_shipped(name: &TableReference) -> bool {
    let name = name.table();
    ["systems", "models", "coverage", "deployments"].contains(&name)
        || TABLES.iter().any(|t| t.name == name)
}

/// Where a copy goes, if that is a file or folder of this machine.
fn written(url: &str) -> Option<PathBuf> {
    ListingTableUrl::parse(url).ok()?.get_url().to_file_path().ok()
}

/// The first word of a statement.
fn verb(loc: &Loc) -> crate::base::error::Span {
    let text = loc.text();
    part(loc, text.split(char::is_whitespace).next().unwrap_or(text))
}

/// A part of a statement, or all of it.
fn part(loc: &Loc, text: &str) -> crate::base::error::Span {
    let mut span = loc.span();
    if let Some(at) = loc.text().find(text) {
        span.range = span.range.start + at..span.range.start + at + text.len();
    }
    span
}

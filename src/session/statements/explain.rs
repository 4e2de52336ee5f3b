//! `explain`: the plan of a search, or what an error code means.

use datafusion::physical_plan::display::DisplayableExecutionPlan;

use super::show::texts;
use crate::answer::Answer;
use crate::base::error::{Code, Error, Result, nearest};
use crate::base::pages::{is_code, page};
use crate::lang::ast::{Name, Statement, StatementKind, Target};
use crate::plan::search::branch::Purpose;
use crate::plan::search::rank::together;
use crate::session::state::Session;

impl Session {
    pub(in crate::session) fn explain(&mut self, analyze: bool, target: &Target) -> Result<Answer> {
        if let Target::Row { name, .. } = target
            && !self.results.contains_key(&name.text)
            && is_code(&name.text)
        {
            let page = page(&name.text).map_err(|e| e.at(name.loc.span(), "no such code"))?;
            return Ok(Answer::message(vec![page.to_string()]));
        }
        let question = self.question_of(target)?;
        let StatementKind::Search(search) = &question.kind else {
            return Err(Error::question(
                Code::NothingToExplain,
                "only searches have a plan to explain",
            )
            .at(question.loc.span(), "not a search")
            .help("`explain ops` shows where the time of one candidate goes"));
        };
        let asked = self.question(search)?;
        let mut branches = match self.is_simulated(&asked)? {
            true => self.followed(&asked, Purpose::Rank)?.branches,
            false => Vec::new(),
        };
        // Where nothing is simulated, the plan of the formulas is all there is.
        if branches.is_empty() {
            branches = self.branches(&asked, Purpose::Rank)?;
        }
        let rows = branches.iter().map(|b| b.rows).fold(0, u64::saturating_add);
        let context = self.context_for(rows);
        let plan = together(&asked, &branches)?;
        let plan = self.optimized(&context, &plan)?;
        let mut text = plan.display_indent().to_string();
        if analyze {
            let ran = self.collect(&context, plan)?;
            text =
                DisplayableExecutionPlan::with_metrics(ran.plan.as_ref()).indent(false).to_string();
        }
        let lines: Vec<Vec<String>> = text.lines().map(|l| vec![l.to_owned()]).collect();
        texts(&["plan"], &lines)
    }

    /// The question behind a target.
    pub(in crate::session) fn question_of(&self, target: &Target) -> Result<Statement> {
        match target {
            Target::Question(statement) => Ok((**statement).clone()),
            Target::Row { name, .. } => Ok(self.result(name)?.question.clone()),
        }
    }

    /// A named result.
    pub(in crate::session) fn result(&self, name: &Name) -> Result<&crate::session::state::Named> {
        self.results.get(&name.text).ok_or_else(|| {
            let error =
                Error::question(Code::NoSuchResult, format!("there is no result `{}`", name.text))
                    .at(name.loc.span(), "unknown result");
            match nearest(&name.text, self.results.keys().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None if self.library.is_metric(&name.text) => error.help(format!(
                    "`describe {0}` says what it is, `explain metric {0} in ..` how it comes about",
                    name.text
                )),
                None => error.help("name one with `let a = search ...`"),
            }
        })
    }
}

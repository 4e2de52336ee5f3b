//! What answers show, what names mean, and what is best where a question does not say:
//! `models/columns.aiq` and what users add to it.

use std::collections::BTreeMap;

use crate::base::error::nearest;
use crate::lang::ast::{
    Better, ColumnDef, Expr, ExprKind, Holds, Name, Objective, Owner, Ranked, Trait, Weight,
};

/// The columns of answers in their order, with what is said of them and of other names.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    all: Vec<ColumnDef>,
    meanings: BTreeMap<String, String>,
    aliases: BTreeMap<String, String>,
    unmodelled: BTreeMap<String, String>,
    ranking: Vec<Ranked>,
    compromise: Option<[Name; 2]>,
}

impl Columns {
    /// Adds a column behind the others, or in the place of the one of its name.
    pub fn add(&mut self, column: ColumnDef) {
        self.explain(&column.name, column.meaning.clone());
        match self.all.iter_mut().find(|c| c.name == column.name) {
            Some(known) => *known = column,
            None => self.all.push(column),
        }
    }

    /// Says what a name means.
    pub fn explain(&mut self, name: &Name, meaning: String) {
        self.meanings.insert(name.text.clone(), meaning);
    }

    /// Says what a name is called elsewhere.
    pub fn call(&mut self, others: Vec<Name>, name: &Name) {
        self.aliases.extend(others.into_iter().map(|other| (other.text, name.text.clone())));
    }

    /// Says of names why there is nothing that they could mean.
    pub fn lacks(&mut self, names: Vec<Name>, reason: &str) {
        self.unmodelled.extend(names.into_iter().map(|name| (name.text, reason.to_owned())));
    }

    /// What was likely meant by a name that is not known, as a line of help: the reason why there is
    /// no such thing, the name that it has here, or the nearest of those known.
    pub fn guess<'n>(
        &'n self,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Option<String> {
        let lower = name.to_lowercase();
        let base = lower.rsplit('.').next().unwrap_or(&lower);
        if let Some(reason) = self.unmodelled.get(base) {
            return Some(reason.clone());
        }
        let near = nearest(name, known);
        let own = self.alias(base).or(near)?;
        Some(match self.meaning(own) {
            "" => format!("did you mean `{own}`?"),
            meaning => format!("did you mean `{own}`, {meaning}?"),
        })
    }

    /// The name that has another one elsewhere.
    pub fn alias(&self, name: &str) -> Option<&str> {
        self.aliases.get(name).map(String::as_str)
    }

    /// Says what is best: the objective of a question without one, then what decides between equals.
    pub fn rank_by(&mut self, ranking: Vec<Ranked>) {
        self.ranking = ranking;
    }

    /// Says what is drawn where a question does not say.
    pub fn draw(&mut self, compromise: [Name; 2]) {
        self.compromise = Some(compromise);
    }

    /// All columns.
    pub fn iter(&self) -> impl Iterator<Item = &ColumnDef> + Clone {
        self.all.iter()
    }

    /// The column of that name.
    pub fn find(&self, name: &str) -> Option<&ColumnDef> {
        self.all.iter().find(|c| c.name.text == name)
    }

    /// Whether a column is left out where no row has it.
    pub fn is_optional(&self, name: &str) -> bool {
        self.find(name).is_some_and(|c| c.is(Trait::Optional))
    }

    /// The columns that say what a worker is made of.
    pub fn of_workers(&self) -> impl Iterator<Item = &ColumnDef> {
        let worker = |c: &&ColumnDef| c.is_of(Owner::Worker) || c.is_of(Owner::Pool);
        self.all.iter().filter(worker).filter(|c| c.weight == Weight::Shape)
    }

    /// The sizes of a worker, in GPUs.
    pub fn sizes(&self, owner: Owner) -> impl Iterator<Item = &ColumnDef> {
        self.all.iter().filter(move |c| c.holds == Holds::Size && c.is_of(owner))
    }

    /// What tells layouts apart: what a worker is made of, without what is tuned.
    pub fn layout(&self, owner: Owner) -> impl Iterator<Item = &ColumnDef> {
        let told = move |c: &&ColumnDef| c.is_of(owner) && !c.is(Trait::Tuned);
        self.of_workers().filter(told)
    }

    /// What a name means, in a sentence; empty if that was not said.
    pub fn meaning(&self, name: &str) -> &str {
        self.meanings.get(name).map_or("", String::as_str)
    }

    /// Every name with its meaning: the columns in their order, then the others.
    pub fn glossary(&self) -> impl Iterator<Item = (&str, &str)> {
        let columns = self.all.iter().map(|c| (c.name.text.as_str(), c.meaning.as_str()));
        let others = self.meanings.iter().map(|(name, meaning)| (name.as_str(), meaning.as_str()));
        columns.chain(others.filter(|(name, _)| self.find(name).is_none()))
    }

    /// The objective of a question without one; `None` without definitions.
    pub fn objective(&self) -> Option<Objective> {
        let best = self.ranking.first()?;
        let metric = expression(&best.name);
        Some(match best.better {
            Better::Higher => Objective::Maximize(metric),
            Better::Lower => Objective::Minimize(metric),
        })
    }

    /// The name of that objective.
    pub fn best(&self) -> &str {
        self.ranking.first().map_or("", |best| &best.name.text)
    }

    /// What decides between candidates that are equal in the objective, in order.
    pub fn ties(&self) -> &[Ranked] {
        self.ranking.get(1..).unwrap_or_default()
    }

    /// What candidates are ranked by where a metric is the objective, if not by the metric itself.
    pub fn ranked_by(&self, metric: &str) -> Option<Expr> {
        let ranked = self.ranking.iter().find(|ranked| ranked.name.text == metric)?;
        ranked.by.as_ref().map(expression)
    }

    /// The two metrics that are drawn where a question does not say.
    pub fn compromise(&self) -> [&str; 2] {
        self.compromise.as_ref().map_or(["", ""], |both| both.each_ref().map(|n| n.text.as_str()))
    }
}

/// A name as an expression, where it stands.
fn expression(name: &Name) -> Expr {
    Expr { kind: ExprKind::Name(name.text.clone()), loc: name.loc.clone() }
}

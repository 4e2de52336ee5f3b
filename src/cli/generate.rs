//! `aiq generate`: deployment files without a search, or of a row that was answered before.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::common::Common;
use super::deployment::frameworks;
use super::statement::{self, count};
use super::transcript::Transcript;
use crate::base::error::{Code, Error, Result};
use crate::base::files;
use crate::deploy::{self, UserValue, UserValues, is_secret};
use crate::lang::ast::{AxisTerm, EstimateInput, Expr, ExprKind, Item, Name, Objective};
use crate::lang::quote::{name, quoted};

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Generate {
    /// Model to deploy, with --system and --total-gpus.
    #[arg(long, visible_alias = "model-path", required_unless_present = "from")]
    model: Option<String>,
    /// GPU type, such as `h200_sxm`.
    #[arg(long, required_unless_present = "from")]
    system: Option<String>,
    /// Total number of GPUs.
    #[arg(long, required_unless_present = "from")]
    total_gpus: Option<u64>,
    /// trtllm, sglang or vllm [default: that of a question without `using`].
    #[arg(long)]
    backend: Option<String>,
    /// Version of the backend.
    #[arg(long)]
    backend_version: Option<String>,
    /// Tokens of a prompt [default: 4000].
    #[arg(long)]
    isl: Option<u64>,
    /// Tokens of an answer [default: 1000].
    #[arg(long)]
    osl: Option<u64>,
    /// Tokens of the prompt that are cached [default: 0].
    #[arg(long)]
    prefix: Option<u64>,
    /// Rows of an answer that `--format json` printed.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "system", "total_gpus"])]
    from: Option<PathBuf>,
    /// Rank of the row in it.
    #[arg(long, default_value_t = 1, requires = "from")]
    rank: usize,
    /// vllm, sglang, trtllm (the engine as it is), dynamo_bare, dynamo or llm_d [default: the engine
    /// on one machine, dynamo_bare on several].
    #[arg(long)]
    target: Option<String>,
    /// Version of Dynamo's resource: v1beta1 or v1alpha1.
    #[arg(long)]
    api: Option<String>,
    /// Directory to write.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// A value of the files, such as `k8s.namespace=serving`; may be given several times.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// A YAML file of such values; --set wins over it.
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

impl Generate {
    /// The requests, as axes.
    fn serving(&self) -> Vec<AxisTerm> {
        let named = [("isl", self.isl), ("osl", self.osl), ("prefix", self.prefix)];
        named.iter().filter_map(|(name, value)| Some(count(name, (*value)?))).collect()
    }

    /// A question with fixed sizes: tensor parallel attention, experts spread over the same ranks.
    fn sound(&self, transcript: &Transcript) -> Result<String> {
        let (Some(model), Some(system)) = (&self.model, &self.system) else {
            return Err(Error::question(
                Code::ModelAndSystemNeeded,
                "a model and a system are needed",
            ));
        };
        let backends = frameworks(&transcript.session, &[system], self.backend.as_deref())?;
        let powers = |most: u32| (0..=most).map(|n| Item::number(f64::from(1 << n)));
        let spread = ExprKind::If(
            Box::new(Expr::name("is_moe")),
            Box::new(Expr::name("tp")),
            Box::new(Expr::number(1.0)),
        );
        let mut search = statement::search(model, &[system], self.total_gpus);
        search.axes = vec![
            AxisTerm::several("tp", powers(4).collect::<Vec<_>>()),
            count("pp", 1),
            count("dp", 1),
            count("cp", 1),
            count("wide_ep", 0),
            count("moe_tp", 1),
            AxisTerm::one("moe_ep", Expr::new(spread)),
            AxisTerm::several("batch", powers(8).collect::<Vec<_>>()),
        ];
        let clauses = &mut search.clauses;
        clauses.frameworks = statement::frameworks(&backends, self.backend_version.as_deref());
        clauses.serving = self.serving();
        clauses.modes = vec![Name::new("agg")];
        clauses.objective = Some(Objective::Minimize(Expr::name("sound_order")));
        clauses.top = Some(statement::top(1));
        Ok(format!("set max_idle = 1;\nlet a = {search};\n"))
    }

    /// The statement that writes the files of a row of `a`, and as it may be shown.
    fn files(&self) -> Result<[String; 2]> {
        let mask = |v: &UserValue| match is_secret(&v.key) {
            true => quoted("..."),
            false => literal(&v.value),
        };
        Ok([self.statement(&|v| literal(&v.value))?, self.statement(&mask)?])
    }

    fn statement(&self, literal: &dyn Fn(&UserValue) -> String) -> Result<String> {
        let mut values = UserValues::default();
        self.set.iter().try_for_each(|pair| values.pair(pair))?;
        let file = self.values.iter().map(|f| quoted(&f.display().to_string()));
        let pairs = values.iter().map(|v| format!("{} = {}", quoted(&v.key), literal(v)));
        let with: Vec<String> = file.chain(pairs).collect();
        let mut text = format!("generate a[1] to {}", quoted(&self.to.display().to_string()));
        if let Some(target) = &self.target {
            text.push_str(&format!(" for {}", name(target)));
        }
        if let Some(api) = &self.api {
            match &self.target {
                Some(_) => text.push_str(&format!(" {}", name(api))),
                None => text.push_str(&format!(" for dynamo {}", name(api))),
            }
        }
        if !with.is_empty() {
            text.push_str(&format!("\n  with {}", with.join(",\n    ")));
        }
        Ok(format!("{text};\n"))
    }
}

/// A value as the language writes it.
fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        Json::Array(list) => {
            format!("[{}]", list.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The row of that rank in a file of rows: a JSON array, or one object a line.
fn row(path: &Path, rank: usize) -> Result<Map<String, Json>> {
    let bad = |why: String| {
        let text = format!("`{}` holds no rows: {why}", path.display());
        Error::question(Code::SavedAnswerUnusable, text)
            .help("write it with `aiq --format json -c '...'`")
    };
    let text = files::text(path, files::From::Anything).map_err(|e| bad(e.to_string()))?;
    let mut rows = Vec::new();
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Json>() {
        match value.map_err(|e| bad(e.to_string()))? {
            Json::Array(list) => rows.extend(list),
            one => rows.push(one),
        }
    }
    let ranked = rows.iter().position(|r| r["rank"].as_u64() == Some(rank as u64));
    match rows.into_iter().nth(ranked.unwrap_or(rank.saturating_sub(1))) {
        Some(Json::Object(row)) => Ok(row),
        _ => Err(bad(format!("there is none of rank {rank}"))),
    }
}

/// A row is deployed for the requests it was answered for, or not at all.
fn same_requests(transcript: &Transcript, row: &Map<String, Json>) -> Result<()> {
    let answer = transcript.answer("a");
    let batch = answer.as_ref().and_then(|a| a.batches.first());
    let Some(batch) = batch.filter(|b| b.num_rows() > 0) else { return Ok(()) };
    let priced = deploy::row_json(&batch.slice(0, 1))?;
    for (name, _) in deploy::prices().filter(|(_, unit)| *unit == "ms") {
        let of = |row: &Map<String, Json>| row.get(name).and_then(Json::as_f64);
        if let (Some(was), Some(is)) = (of(row), of(&priced))
            && (was - is).abs() > was.abs() * 1e-3
        {
            let text = format!("the row has {name} {was:.2} ms, these requests have {is:.2} ms");
            return Err(Error::question(Code::SavedAnswerIncomplete, text)
                .help("say the requests of the answer with --isl, --osl and --prefix")
                .help("rows with other settings are deployed by `generate` in the language"));
        }
    }
    Ok(())
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, asked: &Generate) -> Result<u8> {
    let mut transcript = Transcript::open(common)?;
    match &asked.from {
        Some(path) => {
            let row = row(path, asked.rank)?;
            let mut estimate = transcript.session.estimate_of(&row);
            if let EstimateInput::One(terms) = &mut estimate.input {
                // Of two values the first counts, and these requests are those to be compared.
                terms.splice(0..0, asked.serving());
            }
            transcript.run("aiq generate", &format!("let a = {estimate};\n"))?;
            same_requests(&transcript, &row)?;
        }
        None => {
            let text = asked.sound(&transcript)?;
            transcript.run("aiq generate", &text)?;
            let found = transcript.answer("a").filter(|a| a.feasible);
            let Some(found) = found else {
                return transcript
                    .answer("a")
                    .map_or(Ok(1), |a| transcript.print_rows(&a).map(|()| 1));
            };
            if !transcript.is_machine() {
                transcript.print_rows(&found)?;
            }
        }
    }
    let [text, shown] = asked.files()?;
    transcript.run_as("aiq generate", &text, &shown)?;
    let Some(files) = transcript.unnamed.pop() else { return Ok(1) };
    transcript.print_rows(&files)?;
    Ok(0)
}

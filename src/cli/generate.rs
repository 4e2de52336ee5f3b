//! `aiq generate`: deployment files without a search, or of a row that was answered before.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::Common;
use super::deployment::backends;
use super::statement::{Statement, framework, name, quoted};
use super::told::Told;
use crate::deploy::{self, UserValue, UserValues, is_secret};
use crate::error::{Error, Result};
use crate::files;

/// Options.
#[derive(Debug, clap::Args)]
pub(super) struct Generate {
    /// Model to deploy, with --system and --total-gpus.
    #[arg(long, visible_alias = "model-path", required_unless_present = "from")]
    model: Option<String>,
    /// GPU type, such as `h200_sxm`.
    #[arg(long, required_unless_present = "from")]
    system: Option<String>,
    /// GPUs in all.
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
    fn serving(&self) -> Vec<String> {
        let named = [("isl", self.isl), ("osl", self.osl), ("prefix", self.prefix)];
        named.iter().filter_map(|(n, v)| v.map(|v| format!("{n} = {v}"))).collect()
    }

    /// A question with fixed sizes: tensor parallel attention, experts spread over the same ranks.
    fn sound(&self, told: &Told) -> Result<String> {
        let (Some(model), Some(system)) = (&self.model, &self.system) else {
            return Err(Error::question("AIQ0712", "a model and a system are needed"));
        };
        let backends = match &self.backend {
            Some(backend) => backends(told.session.engine(), system, backend)?,
            None => told.session.library().default_choice("backend"),
        };
        let axes = [
            "tp in [1, 2, 4, 8, 16]",
            "pp = 1",
            "dp = 1",
            "cp = 1",
            "wide_ep = 0",
            "moe_tp = 1",
            "moe_ep = if is_moe then tp else 1",
            "batch in [1, 2, 4, 8, 16, 32, 64, 128, 256]",
            "ctx_prompts = 1",
        ];
        let version = self.backend_version.as_deref();
        let statement = Statement {
            axes: axes.map(str::to_owned).to_vec(),
            model: model.clone(),
            system: system.clone(),
            gpus: self.total_gpus,
            frameworks: backends.iter().map(|b| framework(b, version)).collect(),
            serving: self.serving(),
            modes: vec!["agg".to_owned()],
            objective: "minimize sound_order".to_owned(),
            top: "top 1".to_owned(),
            ..Statement::default()
        };
        Ok(format!("set max_idle = 1;\nlet a = {};\n", statement.search()))
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
        Error::question("AIQ0713", text).help("write it with `aiq --format json -c '...'`")
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
fn same_requests(told: &Told, row: &Map<String, Json>) -> Result<()> {
    let answer = told.answer("a");
    let batch = answer.as_ref().and_then(|a| a.batches.first());
    let Some(batch) = batch.filter(|b| b.num_rows() > 0) else { return Ok(()) };
    let priced = deploy::row_json(&batch.slice(0, 1))?;
    for (name, _) in deploy::prices().filter(|(_, unit)| *unit == "ms") {
        let of = |row: &Map<String, Json>| row.get(name).and_then(Json::as_f64);
        if let (Some(was), Some(is)) = (of(row), of(&priced))
            && (was - is).abs() > was.abs() * 1e-3
        {
            let text = format!("the row has {name} {was:.2} ms, these requests have {is:.2} ms");
            return Err(Error::question("AIQ0714", text)
                .help("say the requests of the answer with --isl, --osl and --prefix")
                .help("rows with other settings are deployed by `generate` in the language"));
        }
    }
    Ok(())
}

/// Runs it; the result is the exit status.
pub(super) fn run(common: &Common, asked: &Generate) -> Result<u8> {
    let mut told = Told::open(common)?;
    match &asked.from {
        Some(path) => {
            let row = row(path, asked.rank)?;
            let text = told.session.estimate_of(&row);
            // Of two values the first counts, and these requests are those to be compared.
            let serving: String = asked.serving().iter().map(|t| format!("{t}, ")).collect();
            let text = text.replacen("estimate ", &format!("estimate {serving}"), 1);
            told.run("aiq generate", &format!("let a = {text};\n"))?;
            same_requests(&told, &row)?;
        }
        None => {
            let text = asked.sound(&told)?;
            told.run("aiq generate", &text)?;
            let found = told.answer("a").filter(|a| a.feasible);
            let Some(found) = found else {
                return told.answer("a").map_or(Ok(1), |a| told.rows(&a).map(|()| 1));
            };
            if !told.is_machine() {
                told.rows(&found)?;
            }
        }
    }
    let [text, shown] = asked.files()?;
    told.run_as("aiq generate", &text, &shown)?;
    let Some(files) = told.rest.pop() else { return Ok(1) };
    told.rows(&files)?;
    Ok(0)
}

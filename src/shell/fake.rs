//! An interpreter for tests: each statement is one word, which decides what comes back.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{Int64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::Interpreter;
use crate::answer::{Answer, Footer, Timing};
use crate::base::cancel::CancelHandle;
use crate::base::error::{Code, Error, Kind, Result, Span};
use crate::session::Layer;
use crate::vocabulary::{Word, WordKind};

#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) ran: Vec<String>,
    pub(super) cancel: CancelHandle,
    pub(super) layer: Option<Layer>,
    /// The layer of each statement.
    pub(super) layers: Vec<Option<Layer>>,
}

impl Interpreter for Fake {
    fn run(
        &mut self,
        source_name: &str,
        text: &str,
        sink: &mut dyn FnMut(Result<Answer>) -> ControlFlow<()>,
    ) {
        let mut start = 0;
        for statement in text.split_inclusive(';') {
            let word = statement.trim_end_matches(';').trim();
            let at = start + statement.find(word).unwrap_or(0);
            start += statement.len();
            if word.is_empty() {
                continue;
            }
            self.ran.push(word.to_owned());
            self.layers.push(self.layer);
            // As if a user pressed Ctrl-C at the third run.
            if word == "stop" && self.ran.len() == 3 {
                self.cancel.cancel();
            }
            let range = at..at + word.len();
            let span = Span { source: source_name.to_owned(), text: text.to_owned(), range };
            if sink(self.one(word, span)).is_break() {
                return;
            }
        }
    }

    fn set_layer(&mut self, layer: Option<Layer>) {
        self.layer = layer;
    }

    fn is_complete(&self, text: &str) -> bool {
        text.trim_end().ends_with(';')
    }

    fn vocabulary(&self) -> Vec<Word> {
        use WordKind::{
            Axis, Backend, Field, Function, Keyword, Metric, Mode, Model, Platform, Setting, Shown,
            System, Table, Value, Version,
        };
        let words: [(WordKind, &str, &[&str]); 23] = [
            (Keyword, "", &["search", "set", "show", "let", "where", "on", "maximize"]),
            (Model, "", &["Qwen/Qwen3-32B", "Qwen/Qwen3-8B"]),
            (System, "", &["h100_sxm", "h200_sxm"]),
            (Backend, "", &["trtllm", "sglang"]),
            (Version, "trtllm", &["1.3.0rc20"]),
            (Version, "sglang", &["0.24.0"]),
            (Mode, "", &["agg", "disagg"]),
            (Metric, "", &["ttft", "tpot", "tokens_per_gpu"]),
            (Axis, "worker", &["tp", "pp"]),
            (Axis, "workload", &["isl", "osl"]),
            (Axis, "choice", &["gemm", "kv", "system"]),
            (Function, "", &["p99"]),
            (Table, "", &["gemm"]),
            (Field, "gemm", &["m", "n", "k"]),
            (WordKind::Result, "", &["best"]),
            (Setting, "", &["kv_tolerance"]),
            (Shown, "", &["models", "settings"]),
            (Platform, "", &["bare", "dynamo"]),
            (Value, "gemm", &["fp8", "bfloat16"]),
            (Value, "kv", &["fp8"]),
            (Value, "tp", &["1", "2"]),
            (Value, "isl", &["4000"]),
            (Value, "data", &["hybrid"]),
        ];
        let origin = (Value, "origin", &["interpolated"] as &[_]);
        let all = words.into_iter().chain([origin]);
        let word = |kind, text: &str, of: &str| Word {
            text: text.to_owned(),
            kind,
            of: of.to_owned(),
            help: String::new(),
        };
        all.flat_map(|(kind, of, texts)| texts.iter().map(move |text| word(kind, text, of)))
            .collect()
    }

    fn last_sql(&self) -> Option<String> {
        self.ran.last().map(|word| format!("select '{word}'"))
    }

    fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }
}

impl Fake {
    fn one(&self, word: &str, span: Span) -> Result<Answer> {
        match word {
            "set" => Ok(Answer::message(Vec::new())),
            "long" => Ok(numbers(200)),
            "infeasible" => Ok(Answer { feasible: false, ..numbers(0) }),
            "search" => Ok(Answer {
                assumptions: vec!["isl = 4000 (default)".into()],
                footer: Some(footer()),
                ..numbers(2)
            }),
            "assert" => {
                Err(Error::new(Kind::Infeasible, Code::AssertionFailed, "assertion failed"))
            }
            "wrong" => Err(Error::question(Code::Syntax, "no such statement").at(span, "here")),
            "missing" => {
                Err(Error::data(Code::NoSuchSystem, "no measurements").at(span, "of this"))
            }
            "bug" => Err(Error::internal(Code::ParserBug, "a bug")),
            _ => Ok(numbers(2)),
        }
    }
}

/// Rows that count from 1.
fn numbers(rows: i64) -> Answer {
    let column = Arc::new(Int64Array::from_iter_values(1..=rows));
    let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    Answer::rows(RecordBatch::try_new(Arc::new(schema), vec![column]).expect("a batch"))
}

fn footer() -> Footer {
    let timing = Timing {
        plan: Duration::from_millis(1),
        read: Duration::from_millis(2),
        price: Duration::from_millis(3),
    };
    Footer {
        candidates: 12,
        feasible: 2,
        about: Vec::new(),
        data: vec!["h200_sxm trtllm 1.3.0rc20".into()],
        worst_origin: "measured".into(),
        timing,
    }
}

/// A pipe whose reader has gone.
pub(super) struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

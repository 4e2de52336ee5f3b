//! The checkpoints as an SQL table: a row for each, the main numbers of its configuration.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::logical_expr::Expr;

use super::config::{Checkpoints, Config};
use super::value::Value;
use crate::base::error::Result;
use crate::base::rows::counted;
use crate::catalog::deferred::{Deferred, Piece, RowSource};

/// Columns with the keys that may hold them, first one first.
const NUMBERS: &[(&str, &[&str])] = &[
    ("layers", &["num_hidden_layers"]),
    ("hidden", &["hidden_size"]),
    ("inter", &["intermediate_size"]),
    ("heads", &["num_attention_heads"]),
    ("kv_heads", &["num_key_value_heads"]),
    ("head_dim", &["head_dim"]),
    ("window", &["sliding_window"]),
    ("experts", &["num_experts", "num_local_experts", "n_routed_experts"]),
    ("topk", &["num_experts_per_tok", "moe_topk"]),
    ("moe_inter", &["moe_intermediate_size"]),
    ("vocab", &["vocab_size"]),
    ("max_position", &["max_position_embeddings"]),
];

/// The table. Its files are read when a plan runs.
pub(crate) fn models(checkpoints: &Arc<Checkpoints>) -> Arc<dyn TableProvider> {
    let mut fields = vec![text("id"), text("architecture"), text("quant_method")];
    fields.extend(NUMBERS.iter().map(|(name, _)| Field::new(*name, DataType::Int64, true)));
    let source = Models(Arc::clone(checkpoints));
    Arc::new(Deferred::new(Arc::new(Schema::new(fields)), source))
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

#[derive(Debug, Clone)]
struct Models(Arc<Checkpoints>);

impl RowSource for Models {
    fn pieces(
        &self,
        _state: &dyn Session,
        _conditions: &[Expr],
    ) -> datafusion::common::Result<Vec<Arc<dyn Piece>>> {
        Ok(vec![Arc::new(self.clone())])
    }
}

impl Piece for Models {
    fn rows(&self, schema: &SchemaRef) -> Result<RecordBatch> {
        let configs: Vec<_> =
            self.0.names().map(|name| self.0.config(name)).collect::<Result<_>>()?;
        let columns = schema.fields().iter().map(|field| column(field.name(), &configs));
        counted(Arc::clone(schema), columns.collect(), configs.len())
    }
}

fn column(name: &str, configs: &[Arc<Config>]) -> ArrayRef {
    let texts = |of: &dyn Fn(&Config) -> Option<String>| -> ArrayRef {
        Arc::new(configs.iter().map(|c| of(c)).collect::<StringArray>())
    };
    match name {
        "id" => return texts(&|c| Some(c.name.clone())),
        "architecture" => return texts(&|c| Some(c.architecture.clone())),
        "quant_method" => {
            return texts(&|c| match c.get("quantization_config.quant_method") {
                Value::Text(text) => Some(text.to_string()),
                _ => None,
            });
        }
        _ => {}
    }
    let keys = NUMBERS.iter().find(|(column, _)| *column == name).map_or(&[][..], |(_, k)| *k);
    let number = |config: &Config, key: &str| match config.get(key) {
        Value::Number(number) => Some(number as i64),
        _ => None,
    };
    let numbers = configs.iter().map(|config| keys.iter().find_map(|key| number(config, key)));
    Arc::new(numbers.collect::<Int64Array>())
}

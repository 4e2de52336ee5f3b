//! The rules (CEL) by which Kubernetes takes or refuses the resource.

use std::collections::HashMap;
use std::sync::Arc;

use cel::extractors::This;
use cel::{Context, Env, Program};
use serde_json::{Value, json};

use super::case::matrix;
use crate::support::read;

/// A rule of a resource: where it holds, the expression, what it says.
struct Rule {
    path: String,
    text: String,
    message: String,
}

fn rules(version: &str) -> Vec<Rule> {
    let text = read(&format!("tests/data/generate/dgd_{version}.cel.tsv"));
    let rule = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().expect("a cell");
        Rule { path: next(), text: next(), message: next() }
    };
    text.lines().map(rule).collect()
}

/// The places a path stands for: `.spec.components[].eppConfig`, `.spec.services.*`.
pub(super) fn places<'a>(tree: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![tree];
    for part in path.split('.').filter(|p| !p.is_empty()) {
        let (name, each) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        found = found
            .into_iter()
            .flat_map(|v| match name {
                "*" => v.as_object().map(|m| m.values().collect()).unwrap_or_default(),
                _ => v.get(name).into_iter().collect::<Vec<_>>(),
            })
            .flat_map(|v| match each {
                true => v.as_array().map(|l| l.iter().collect()).unwrap_or_default(),
                false => vec![v],
            })
            .collect();
    }
    found
}

/// Numbers of Kubernetes are whole.
fn value(json: &Value) -> cel::Value {
    match json {
        Value::Null => cel::Value::Null,
        Value::Bool(b) => cel::Value::Bool(*b),
        Value::Number(n) => cel::Value::Int(n.as_i64().expect("a whole number")),
        Value::String(s) => cel::Value::String(Arc::new(s.clone())),
        Value::Array(list) => cel::Value::List(Arc::new(list.iter().map(value).collect())),
        Value::Object(map) => {
            let map: HashMap<String, cel::Value> =
                map.iter().map(|(k, v)| (k.clone(), value(v))).collect();
            map.into()
        }
    }
}

/// An amount in bytes.
fn quantity(text: Arc<String>) -> i64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[digits.len()..] {
        "" => 0,
        "Ki" => 10,
        "Mi" => 20,
        "Gi" => 30,
        unit => panic!("the unit {unit}"),
    };
    digits.parse::<i64>().expect("a number") << shift
}

/// Messages of the rules that a new resource breaks, and how often a rule was asked.
pub(super) fn broken(version: &str, graph: &Value) -> (Vec<String>, usize) {
    let mut env = Env::stdlib().with_optional_support(true);
    env.add_extension(cel::extensions::strings).expect("functions of texts");
    let env = Arc::new(env);
    let (mut messages, mut asked) = (Vec::new(), 0);
    for rule in rules(version) {
        let program: Program =
            env.compile(&rule.text).unwrap_or_else(|e| panic!("{}: {e}", rule.text));
        for place in places(graph, &rule.path) {
            let mut context = Context::with_env(Arc::clone(&env));
            context.add_function("quantity", quantity).expect("new");
            context.add_function("isGreaterThan", |This(a): This<i64>, b: i64| a > b).expect("new");
            context.add_variable_from_value("self", value(place));
            // A new resource has no older self; rules about changes hold of one that stays.
            if rule.text.contains("oldSelf.hasValue()") {
                let absent = env.compile("optional.none()").expect("an expression");
                let absent = absent.execute(&context).expect("no value");
                context.add_variable_from_value("oldSelf", absent);
            } else {
                context.add_variable_from_value("oldSelf", value(place));
            }
            asked += 1;
            match program.execute(&context) {
                Ok(cel::Value::Bool(true)) => {}
                Ok(_) => messages.push(rule.message.clone()),
                Err(e) => panic!("{}: {e}", rule.text),
            }
        }
    }
    (messages, asked)
}

#[test]
fn the_stored_version_obeys_the_rules_of_its_schema() {
    let mut asked = 0;
    for case in matrix().iter().filter(|c| c.platform == "dynamo") {
        let (messages, n) = broken("v1beta1", &case.manifest());
        assert!(messages.is_empty(), "{}: {messages:?}", case.directory.display());
        asked += n;
    }
    assert!(asked > 300, "{asked} rules were asked");
}

/// Each rule refuses what it is there to refuse, so that obeying it means something.
#[test]
fn the_rules_refuse_what_they_name() {
    let case = matrix().iter().find(|c| c.platform == "dynamo").expect("a case");
    let breaks = |at: &str, wrong: Value| {
        let mut graph = case.manifest();
        *graph.pointer_mut(at).expect("a place") = wrong;
        broken("v1beta1", &graph).0
    };
    let graph = case.manifest();
    let mut component = graph["spec"]["components"][1].clone();
    let two = json!([component, component]);
    assert!(breaks("/spec/components", two)[0].contains("unique"));
    component["minAvailable"] = 99.into();
    assert!(breaks("/spec/components/1", component.clone())[0].contains("minAvailable"));
    component["minAvailable"] = 1.into();
    component["eppConfig"] = json!({"config": {}});
    assert!(breaks("/spec/components/1", component)[0].contains("eppConfig"));
    let sidecar = json!([{"name": "main"}, {"name": "side"}]);
    let at = "/spec/components/1/podTemplate/spec/containers";
    assert!(breaks(at, sidecar)[0].contains("sidecar"));
    let older =
        json!({"spec": {"services": {"a": {"sharedMemory": {"size": "0"}, "replicas": 1}}}});
    assert!(broken("v1alpha1", &older).0[0].contains("size is required"));
}

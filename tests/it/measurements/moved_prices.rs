//! Prices that are moved to other hardware, against those measured there.

use std::collections::BTreeMap;
use std::sync::Arc;

use aiq::perf::{Evidence, Pricer, op};

use crate::support::session::{ask, rows, session};
use crate::support::worker::shipped;

/// Prices measured on one system, moved to the facts of another, against what was measured there:
/// is it the share of its bound that a kernel keeps, or what it takes beyond?
///
/// `cargo test --test it moved_prices -- --ignored --nocapture` prints the figures that
/// `docs/what-if.md` quotes.
#[test]
#[ignore = "a study"]
fn moved_prices_against_measured_ones() {
    let (engine, library) = shipped();
    let mut session = session();
    let pairs = [
        ("h100_sxm", "h200_sxm", "trtllm", "1.3.0rc20"),
        ("h200_sxm", "h100_sxm", "trtllm", "1.3.0rc20"),
        ("h100_sxm", "h200_sxm", "vllm", "0.24.0"),
        ("b200_sxm", "gb200", "trtllm", "1.3.0rc20"),
    ];
    for (from, to, backend, version) in pairs {
        let here = engine.priced_on(library, from, backend, version, &Evidence::default());
        let there = engine.catalog.system(to).unwrap();
        let here = here.unwrap();
        let mut moved = here.clone();
        moved.what_if.hardware = Some(Arc::clone(&there.hardware));
        for name in ["gemm", "context_attention", "generation_attention", "moe", "all_reduce"] {
            let op = op(name).unwrap();
            let table = op.table.unwrap();
            let own: Vec<&str> = table.keys.iter().chain(table.axes).map(|c| c.name).collect();
            let using: Vec<&str> = own.iter().copied().filter(|c| *c != "kernel").collect();
            let sql = format!(
                "select {}, a.latency as was, b.latency as measured from {name} a join {name} b \
                 using ({}) where a.system = '{from}' and b.system = '{to}' \
                 and a.backend = '{backend}' and b.backend = '{backend}' \
                 and a.version = '{version}' and b.version = '{version}'",
                using.join(", "),
                using.join(", "),
            );
            let Ok(answer) = ask(&mut session, &sql) else { continue };
            let mut errors = [Vec::new(), Vec::new(), Vec::new()];
            let mut pricers: BTreeMap<Vec<String>, Option<(Pricer, Pricer)>> = Default::default();
            for row in rows(&answer).iter().step_by(7) {
                let text: Vec<String> =
                    op.text.iter().map(|t| row[*t].as_str().unwrap_or("").to_owned()).collect();
                let both = pricers.entry(text.clone()).or_insert_with(|| {
                    let words: Vec<&str> = text.iter().map(String::as_str).collect();
                    let bind = |context| Pricer::bind(op, context, &words).ok();
                    bind(&here).zip(bind(&moved))
                });
                let Some((plain, moved)) = both else { continue };
                let numbers: Vec<f64> =
                    op.numbers.iter().map(|n| row[*n].as_f64().unwrap_or(0.0)).collect();
                let (Ok(plain), Ok(moved)) = (plain.price(&numbers), moved.price(&numbers)) else {
                    continue;
                };
                let measured = row["measured"].as_f64().unwrap();
                let share = plain.latency * moved.roofline / plain.roofline;
                for (errors, guess) in errors.iter_mut().zip([plain.latency, share, moved.latency])
                {
                    errors.push(100.0 * (guess / measured - 1.0).abs());
                }
            }
            let told = errors.map(|mut all| {
                all.sort_by(f64::total_cmp);
                let at = |q: f64| all.get((q * all.len() as f64) as usize).copied();
                format!("{:5.1}/{:5.1}", at(0.5).unwrap_or(f64::NAN), at(0.9).unwrap_or(f64::NAN))
            });
            println!(
                "{from} -> {to} {backend} {name}: as is {}, share kept {}, rest kept {}",
                told[0], told[1], told[2]
            );
        }
    }
}

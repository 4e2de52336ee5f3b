//! A GPU that only its facts are known of: the example of `docs/adding-a-gpu.md`, as it stands there.

use std::path::Path;

use crate::support::binary::{aiq, rows, stderr, succeeded};

const PAGE: &str = include_str!("../../../docs/adding-a-gpu.md");

/// The example of the page in a language.
fn example(language: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).expect("an example");
    rest.split_once("```").expect("its end").0
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    std::fs::write(path, text).expect("written");
}

#[test]
fn facts_answer_with_bounds_and_measurements_with_prices() {
    let folder = tempfile::tempdir().expect("a folder");
    let gpus = folder.path().join("gpus");
    write(&gpus.join("mygpu/system.yaml"), example("yaml"));
    let systems = gpus.to_str().expect("a path");
    let ask = |text: &str| aiq(&["--systems", systems, "--format", "json", "-c", text]);

    // Every engine answers at the bounds, in its current release.
    for (backend, version) in [("trtllm", "1.3.0rc20"), ("vllm", "0.24.0"), ("sglang", "0.5.14")] {
        let output = ask(&format!(
            "search data = roofline for 'Qwen/Qwen3-32B' on mygpu * 8 using {backend} top 1 per mode"
        ));
        succeeded(&output, backend);
        let found = rows(&output);
        assert_eq!(found.len(), 2, "{backend}: a row of each mode");
        for row in &found {
            assert_eq!((&row["origin"], &row["version"]), (&"roofline".into(), &version.into()));
        }
        let said = stderr(&output);
        assert!(said.contains(&format!("version = {version}")), "assumed: {said}");
    }
    let twice = ask("search data = roofline on mygpu * 8, h200_sxm * 8 as agg top 1 per system");
    assert_eq!(rows(&twice).len(), 2, "{}", stderr(&twice));
    // Its memory is faster, so its bound is lower.
    let bound = |system: &str| {
        let output =
            ask(&format!("estimate tp = 8, batch = 1, data = roofline on {system} as agg"));
        rows(&output)[0]["tpot"].as_f64().expect("a time")
    };
    assert!(bound("mygpu") < bound("h200_sxm"));

    // Without it, the error says what to type and where was looked.
    for text in ["search on mygpu as agg", "set data = hybrid; search on mygpu using vllm as agg"] {
        let refused = stderr(&ask(text));
        assert!(refused.contains("AIQ0402") && refused.contains(systems), "{refused}");
        assert!(refused.contains("`set data = roofline`"), "{refused}");
        assert!(refused.contains("`aiq systems import PATH`"), "{refused}");
    }
    let slip = stderr(&ask("search data = roofline on mygpu using vlm as agg"));
    assert!(slip.contains("did you mean `vllm`?"), "{slip}");

    // What is imported beside the facts is priced from then on.
    let measured = folder.path().join("measured");
    write(&measured.join("mygpu/vllm/0.24.0/gemm.csv"), example("csv"));
    let measured = measured.to_str().expect("a path");
    succeeded(&aiq(&["systems", "import", measured, "--into", systems]), "import");
    let price = ask(
        "select gemm_latency('mygpu', 'vllm', 'current', 'bfloat16', 64, 5120, 25600) as measured",
    );
    let measured = rows(&price)[0]["measured"].as_f64().expect("a time");
    assert!((measured - 0.0624).abs() < 1e-6, "{measured}");
    let missing = stderr(&ask("search for 'Qwen/Qwen3-32B' on mygpu using vllm as agg"));
    assert!(missing.contains("was measured on mygpu with vllm 0.24.0"), "{missing}");
    let check = ["systems", "check", "gemm", "--system", "mygpu", "--backend", "vllm"];
    succeeded(&aiq(&[&["--systems", systems][..], &check].concat()), "check");
}

#[test]
fn every_key_of_the_shipped_systems_is_explained() {
    let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("systems");
    for entry in std::fs::read_dir(systems).expect("systems").flatten() {
        let Ok(facts) = std::fs::read_to_string(entry.path().join("system.yaml")) else { continue };
        let keys = facts.lines().filter_map(|line| line.strip_prefix("  ")?.split(':').next());
        for key in keys {
            let name = key.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
            assert!(PAGE.contains(name), "{key} of {:?}", entry.file_name());
        }
    }
}

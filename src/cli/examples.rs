//! Examples under the help of each subcommand, all on what ships.

use clap::{Command, CommandFactory};

use super::arguments::Arguments;

/// Subcommands with lines to try. A test runs them one after the other.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("run", &["aiq run queries/one_line.aiq", "aiq queries/one_line.aiq --format csv > rows.csv"]),
    (
        "test",
        &[
            "aiq test queries/one_line.aiq",
            "aiq test queries/one_line.aiq --report junit > report.xml",
        ],
    ),
    ("fmt", &["aiq fmt --check queries"]),
    ("lint", &["aiq lint queries/capacity.aiq"]),
    ("help", &["aiq help search", "aiq help tp", "aiq help recommend"]),
    ("explain", &["aiq explain AIQ0203"]),
    (
        "default",
        &[
            "aiq default --model QWEN3_32B --system h200_sxm --total-gpus 8",
            "aiq default --model QWEN3_32B --system h200_sxm --total-gpus 8 --ttft 600 --save-dir results",
        ],
    ),
    ("exp", &["aiq exp --yaml-path examples/experiments.yaml"]),
    (
        "estimate",
        &[
            "aiq estimate --model QWEN3_32B --system h200_sxm --tp 4 --batch 32",
            "aiq estimate --model QWEN3_32B --system h200_sxm --tp 4 --isl 8000 --format json",
        ],
    ),
    (
        "recommend",
        &[
            "aiq recommend --model QWEN3_32B --system h200_sxm --target-request-rate 20",
            "aiq recommend --model QWEN3_32B --system h100_sxm,h200_sxm --target-concurrency 200",
        ],
    ),
    (
        "generate",
        &[
            "aiq generate --model QWEN3_32B --system h200_sxm --total-gpus 8 --backend vllm --to deploy",
            "aiq generate --model QWEN3_32B --system h200_sxm --total-gpus 8 --target dynamo --to k8s",
        ],
    ),
    ("check", &["aiq check deploy"]),
    (
        "calibrate",
        &["aiq calibrate --from examples/bench.csv --by benchmarks-of-June > calibration.aiq"],
    ),
    ("accuracy", &["aiq accuracy", "aiq accuracy --from examples/bench.csv --formulas"]),
    ("support", &["aiq support --model QWEN3_32B --backend vllm"]),
    ("completions", &["aiq completions bash > aiq.bash"]),
    ("man", &["aiq man > aiq.1"]),
    ("systems", &["aiq systems check gemm --system h200_sxm --backend vllm"]),
    ("systems import", &["aiq systems import measured.csv --into mine"]),
    ("systems check", &["aiq systems check gemm --system h200_sxm --backend vllm"]),
    ("systems seal", &["aiq systems seal mine"]),
];

/// The program with its subcommands, and examples under each.
pub(super) fn command() -> Command {
    let mut command = Arguments::command();
    for (name, lines) in EXAMPLES {
        let path: Vec<&str> = name.split(' ').collect();
        command = with_examples(command, &path, lines);
    }
    command.build();
    command
}

fn with_examples(command: Command, path: &[&str], lines: &[&str]) -> Command {
    match path {
        [] => {
            let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
            let text = format!("Examples:\n{}", lines.join("\n"));
            command.after_help(text)
        }
        [name, rest @ ..] => {
            let (name, rest) = ((*name).to_owned(), rest.to_vec());
            command.mut_subcommand(name, |sub| with_examples(sub, &rest, lines))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_examples_that_it_understands() {
        let known: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        for sub in command().get_subcommands() {
            let name = sub.get_name();
            assert!(known.contains(&name) || name == "help", "{name} has no examples");
        }
        for (name, lines) in EXAMPLES {
            for line in *lines {
                let line = line.split(" >").next().unwrap_or_default();
                let words = line.split_whitespace().map(Into::into);
                let spelled = crate::cli::spelling::kebab(words);
                let matches = command().try_get_matches_from(spelled);
                let matches = matches.unwrap_or_else(|e| panic!("{line}: {e}"));
                let first = name.split(' ').next();
                assert_eq!(matches.subcommand_name(), first, "{line}");
            }
        }
    }
}

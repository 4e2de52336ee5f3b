//! `--snake_case` and `--kebab-case` are the same option.

use std::ffi::OsString;

/// Arguments with the names of long options in kebab case; values stay as they are.
pub(super) fn kebab(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut options = true;
    let one = |argument: OsString| {
        let Some(name) = argument.to_str().and_then(|a| a.strip_prefix("--")) else {
            return argument;
        };
        options &= !name.is_empty();
        if !options {
            return argument;
        }
        match name.split_once('=') {
            Some((name, value)) => format!("--{}={value}", name.replace('_', "-")).into(),
            None => format!("--{}", name.replace('_', "-")).into(),
        }
    };
    let mut arguments: Vec<OsString> = arguments.into_iter().map(one).collect();
    if subcommand(&arguments) == Some("test") {
        own_formats(&mut arguments);
    }
    arguments
}

/// The first argument that is neither an option nor the value of one.
fn subcommand(arguments: &[OsString]) -> Option<&str> {
    let mut rest = arguments.iter().skip(1).filter_map(|a| a.to_str());
    while let Some(argument) = rest.next() {
        match argument {
            "--systems" | "--format" | "--command" | "-c" => drop(rest.next()),
            option if option.starts_with('-') => {}
            name => return Some(name),
        }
    }
    None
}

/// `aiq test` writes reports, not rows: there `--format` is `--report`.
fn own_formats(arguments: &mut [OsString]) {
    for argument in arguments {
        let Some(text) = argument.to_str() else { continue };
        if text == "--" {
            break;
        }
        if let Some(value) =
            text.strip_prefix("--format").filter(|v| v.is_empty() || v.starts_with('='))
        {
            *argument = format!("--report{value}").into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_have_their_own_formats() {
        let spelled = |given: &[&str]| -> Vec<String> {
            let kebab = kebab(given.iter().map(OsString::from));
            kebab.into_iter().map(|a| a.into_string().unwrap_or_default()).collect()
        };
        assert_eq!(
            spelled(&["aiq", "--systems", "a", "test", "--format", "tap"]),
            ["aiq", "--systems", "a", "test", "--report", "tap"]
        );
        assert_eq!(spelled(&["aiq", "test", "--format=junit"])[2], "--report=junit");
        assert_eq!(spelled(&["aiq", "run", "test", "--format", "csv"])[3], "--format");
    }

    #[test]
    fn only_names_of_options_change() {
        let given = ["aiq", "run", "a_b", "--top_n", "1_000", "--a_b=c_d", "--", "--e_f"];
        let kebab: Vec<String> = kebab(given.map(OsString::from))
            .into_iter()
            .map(|a| a.into_string().unwrap_or_default())
            .collect();
        assert_eq!(kebab, ["aiq", "run", "a_b", "--top-n", "1_000", "--a-b=c_d", "--", "--e_f"]);
    }
}

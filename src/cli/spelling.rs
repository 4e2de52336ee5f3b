//! Other ways to type arguments: `--snake_case` for `--kebab-case`, `aiq FILE.aiq` for `aiq run FILE.aiq`.

use std::ffi::OsString;

use clap::CommandFactory;

use super::arguments::Arguments;

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
    match subcommand(&arguments) {
        Some((_, "test")) => own_formats(&mut arguments),
        Some((at, file)) if file.ends_with(".aiq") => arguments.insert(at, "run".into()),
        _ => {}
    }
    arguments
}

/// The first argument that is neither an option nor the value of one, and its place.
fn subcommand(arguments: &[OsString]) -> Option<(usize, &str)> {
    let command = Arguments::command();
    let takes_value = |option: &str| {
        command.get_arguments().filter(|known| known.get_action().takes_values()).any(|known| {
            let long = known.get_long().is_some_and(|long| option == format!("--{long}"));
            long || known.get_short().is_some_and(|short| option == format!("-{short}"))
        })
    };
    let mut rest = arguments.iter().enumerate().skip(1);
    while let Some((at, argument)) = rest.next() {
        match argument.to_str()? {
            option if takes_value(option) => drop(rest.next()),
            option if option.starts_with('-') => {}
            name => return Some((at, name)),
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
        assert_eq!(spelled(&["aiq", "--format", "csv", "a.aiq"])[3..], ["run", "a.aiq"]);
        assert_eq!(spelled(&["aiq", "--profile", "a.aiq", "test"]).len(), 4);
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

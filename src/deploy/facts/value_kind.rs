//! What a value that a user gives must look like.

use serde_json::Value as Json;

/// The kinds of values that `keys.tsv` knows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ValueKind {
    /// Whatever the engine takes.
    Any,
    /// A text of one line.
    Text,
    /// A list.
    List,
    /// A whole number from 1.
    Count,
    /// Several of these.
    Counts,
    /// A TCP port.
    Port,
    /// A name of Kubernetes.
    Label,
    /// An amount of Kubernetes in bytes.
    Quantity,
    /// An absolute path.
    Path,
    /// The name of a container image.
    Image,
    /// The name of a Python package.
    Package,
    /// An address of HTTP.
    Url,
    /// One of the words between the commas.
    Choice(&'static str),
}

impl ValueKind {
    /// The kind of that name; any other name is the choices themselves.
    pub(crate) fn of(name: &'static str) -> Self {
        match name {
            "any" => Self::Any,
            "text" => Self::Text,
            "list" => Self::List,
            "count" => Self::Count,
            "counts" => Self::Counts,
            "port" => Self::Port,
            "label" => Self::Label,
            "quantity" => Self::Quantity,
            "path" => Self::Path,
            "image" => Self::Image,
            "package" => Self::Package,
            "url" => Self::Url,
            choices => Self::Choice(choices),
        }
    }

    /// What a default stands for; an empty one is no value.
    pub(crate) fn read(self, default: &'static str) -> Json {
        match self {
            Self::List | Self::Counts if default.is_empty() => Json::Array(Vec::new()),
            Self::Count | Self::Port => default.parse::<u64>().map_or(Json::Null, Json::from),
            _ => default.into(),
        }
    }

    /// The value as files need it, if it is of this kind.
    pub(crate) fn checked(self, value: &Json) -> Option<Json> {
        let whole = |v: &Json| v.as_u64().filter(|n| *n > 0);
        match self {
            Self::Any => Some(value.clone()),
            Self::List => value.is_array().then(|| value.clone()),
            Self::Count => whole(value).map(|_| value.clone()),
            Self::Port => whole(value).filter(|n| *n < 65_536).map(|_| value.clone()),
            Self::Counts => match value {
                Json::Array(list) => {
                    let sound = !list.is_empty() && list.iter().all(|v| whole(v).is_some());
                    sound.then(|| value.clone())
                }
                one => whole(one).map(|_| Json::Array(vec![one.clone()])),
            },
            _ => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                self.allows(value, &text).then(|| text.into())
            }
        }
    }

    /// Whether a value, as a text, is of a kind that files have as a text.
    fn allows(self, value: &Json, text: &str) -> bool {
        let plain = !value.is_array() && !value.is_object() && !text.chars().any(char::is_control);
        match self {
            Self::Choice(choices) => choices.split(',').any(|c| c == text),
            _ if !plain => false,
            Self::Label => is_label(text),
            Self::Quantity => is_quantity(text),
            Self::Path => text.starts_with('/') && text.chars().all(is_path),
            Self::Image | Self::Package => !text.is_empty() && text.chars().all(is_reference),
            Self::Url => {
                let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
                rest.is_some_and(|r| !r.is_empty() && r.chars().all(is_reference))
            }
            _ => true,
        }
    }

    /// What it must be, for a person.
    pub(crate) fn needs(self) -> String {
        let text = match self {
            Self::Label => "small letters, digits and `-`, at most 63",
            Self::Count => "a whole number from 1",
            Self::Counts => "whole numbers from 1",
            Self::Port => "a port from 1 to 65535",
            Self::Quantity => "an amount such as 64Gi",
            Self::Path => "an absolute path",
            Self::Url => "an address that begins with http:// or https://",
            Self::Image => "the name of an image",
            Self::Package => "the name of a package",
            Self::List => "a list, in a file of values",
            Self::Text | Self::Any => "a text",
            Self::Choice(choices) => return choices.replace(',', ", "),
        };
        text.to_owned()
    }
}

/// A name of Kubernetes (RFC 1123 label).
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// An amount of Kubernetes in bytes.
fn is_quantity(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    digits.parse::<u64>().is_ok_and(|n| n > 0)
        && matches!(unit, "" | "k" | "M" | "G" | "T" | "Ki" | "Mi" | "Gi" | "Ti")
}

fn is_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-".contains(c)
}

/// Characters of images, addresses and packages: none that a shell or YAML reads otherwise.
fn is_reference(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-:@=~+,%".contains(c)
}

//! Units of literals, columns and metrics. Internally: milliseconds, bytes, tokens, dollars.

/// A unit as users see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unit {
    /// A plain number, or not known.
    #[default]
    None,
    /// Milliseconds.
    Time,
    /// Bytes.
    Bytes,
    /// Bytes shown as GiB.
    Gib,
    /// A share; 1 is 100 %.
    Percent,
    /// Tokens.
    Tokens,
    /// Requests per second.
    RequestRate,
    /// Tokens per second.
    TokenRate,
    /// Dollars per GPU and hour.
    GpuPrice,
    /// Dollars per hour.
    Cost,
    /// Dollars per million tokens.
    TokenPrice,
    /// Bytes per second.
    Bandwidth,
    /// Watts.
    Power,
    /// Tokens per joule, or tokens per second and watt.
    PerEnergy,
}

/// Spellings, the unit each means, and the factor to its base.
const SPELLINGS: &[(&str, Unit, f64)] = &[
    ("ns", Unit::Time, 1e-6),
    ("us", Unit::Time, 1e-3),
    ("ms", Unit::Time, 1.0),
    ("s", Unit::Time, 1e3),
    ("min", Unit::Time, 60e3),
    ("h", Unit::Time, 3600e3),
    ("B", Unit::Bytes, 1.0),
    ("KiB", Unit::Bytes, 1024.0),
    ("MiB", Unit::Bytes, 1_048_576.0),
    ("GiB", Unit::Bytes, 1_073_741_824.0),
    ("TiB", Unit::Bytes, 1_099_511_627_776.0),
    ("KB", Unit::Bytes, 1e3),
    ("MB", Unit::Bytes, 1e6),
    ("GB", Unit::Bytes, 1e9),
    ("TB", Unit::Bytes, 1e12),
    ("GB/s", Unit::Bandwidth, 1e9),
    ("TB/s", Unit::Bandwidth, 1e12),
    ("W", Unit::Power, 1.0),
    ("kW", Unit::Power, 1e3),
    ("tokens/J", Unit::PerEnergy, 1.0),
    ("%", Unit::Percent, 0.01),
    ("k", Unit::None, 1e3),
    ("K", Unit::None, 1e3),
    ("M", Unit::None, 1e6),
    ("G", Unit::None, 1e9),
    ("Ki", Unit::None, 1024.0),
    ("Mi", Unit::None, 1_048_576.0),
    ("tokens", Unit::Tokens, 1.0),
    ("token", Unit::Tokens, 1.0),
    ("tok", Unit::Tokens, 1.0),
    ("req/s", Unit::RequestRate, 1.0),
    ("req/min", Unit::RequestRate, 1.0 / 60.0),
    ("tokens/s", Unit::TokenRate, 1.0),
    ("tok/s", Unit::TokenRate, 1.0),
    ("$/gpu_hour", Unit::GpuPrice, 1.0),
    ("$/hour", Unit::Cost, 1.0),
    ("$/M_tokens", Unit::TokenPrice, 1.0),
    ("gpus", Unit::None, 1.0),
    ("gpu", Unit::None, 1.0),
];

/// How others spell units, and the spelling here.
const OTHERS: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("msecs", "ms"),
    ("millis", "ms"),
    ("milliseconds", "ms"),
    ("usec", "us"),
    ("mins", "min"),
    ("minutes", "min"),
    ("hour", "h"),
    ("hours", "h"),
    ("rps", "req/s"),
    ("qps", "req/s"),
    ("tps", "tokens/s"),
];

impl Unit {
    /// The spelling here of a unit that others spell differently, or in other case.
    pub fn usual(spelling: &str) -> Option<&'static str> {
        let same = |s: &&str| s.eq_ignore_ascii_case(spelling);
        let other = OTHERS.iter().find(|(s, _)| s.eq_ignore_ascii_case(spelling));
        other.map(|(_, usual)| *usual).or_else(|| Self::spellings().find(same))
    }

    /// The unit and factor of a spelling, `None` if unknown.
    pub fn parse(spelling: &str) -> Option<(Self, f64)> {
        SPELLINGS.iter().find(|(s, ..)| *s == spelling).map(|(_, u, f)| (*u, *f))
    }

    /// All spellings, for suggestions.
    pub fn spellings() -> impl Iterator<Item = &'static str> {
        SPELLINGS.iter().map(|(s, ..)| *s)
    }

    /// What a column header shows, empty for plain numbers.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Time => "ms",
            Self::Bytes => "B",
            Self::Gib => "GiB",
            Self::Percent => "%",
            Self::Tokens => "tokens",
            Self::RequestRate => "req/s",
            Self::TokenRate => "tokens/s",
            Self::GpuPrice => "$/gpu_hour",
            Self::Cost => "$/hour",
            Self::TokenPrice => "$/M_tokens",
            Self::Bandwidth => "GB/s",
            Self::Power => "W",
            Self::PerEnergy => "tokens/J",
        }
    }

    /// A value in base units as a number of what [`Self::label`] says.
    pub fn shown(self, value: f64) -> f64 {
        match self {
            Self::Bandwidth => value / 1e9,
            Self::Gib => value / 1_073_741_824.0,
            Self::Percent => value * 100.0,
            _ => value,
        }
    }

    /// What a value of this unit is called in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::None => "a plain number",
            Self::Time => "a time",
            Self::Bytes | Self::Gib => "a size in memory",
            Self::Percent => "a share",
            Self::Tokens => "a number of tokens",
            Self::RequestRate => "a request rate",
            Self::TokenRate => "a token rate",
            Self::GpuPrice => "a price of a GPU",
            Self::Cost => "a cost",
            Self::TokenPrice => "a price of tokens",
            Self::Bandwidth => "a bandwidth",
            Self::Power => "a power",
            Self::PerEnergy => "a yield of energy",
        }
    }

    /// Examples of how to write `value` in this unit.
    pub fn examples(self, value: f64) -> Option<String> {
        Some(match self {
            // A small number of a time is one of seconds.
            Self::Time if value.abs() < 10.0 => format!("{value}s or {}ms", value * 1e3),
            Self::Time => format!("{value}ms or {}s", value / 1e3),
            Self::Bytes | Self::Gib => format!("{value}GiB"),
            Self::RequestRate => format!("{value}req/s"),
            Self::GpuPrice => format!("${value}/gpu_hour"),
            _ => return None,
        })
    }

    /// Whether a literal of `other` may be compared with a value of this unit.
    /// Plain numbers go with shares, tokens, token rates and yields; sizes go with sizes.
    pub fn accepts(self, other: Self) -> bool {
        let lenient = |u| {
            matches!(
                u,
                Self::None | Self::Tokens | Self::TokenRate | Self::Percent | Self::PerEnergy
            )
        };
        self == other
            || (lenient(self) && lenient(other))
            || matches!((self, other), (Self::Bytes | Self::Gib, Self::Bytes | Self::Gib))
    }
}

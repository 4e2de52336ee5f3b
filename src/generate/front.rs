//! What stands before several servers that no runtime makes one.

/// By backend (`*` is any) and mode: the templates of the command and of the file it reads, and the
/// name of that file.
const FRONTS: &str = include_str!("../../models/deploy/fronts.tsv");

/// A router or balancer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Front {
    /// Its command is the template `COMMAND.front.args`.
    pub(super) command: &'static str,
    /// The template and the name of what it reads, if it reads a file.
    pub(super) file: Option<(&'static str, &'static str)>,
}

impl Front {
    /// What the servers of a backend need in one mode.
    pub(super) fn find(backend: &str, mode: &str) -> Option<Self> {
        FRONTS.lines().skip(1).find_map(|line| {
            let mut fields = line.split('\t');
            let mut next = || fields.next().unwrap_or_default();
            let (of, when, command, template, name) = (next(), next(), next(), next(), next());
            ((of == "*" || of == backend) && when == mode).then_some(Self {
                command,
                file: (!template.is_empty()).then_some((template, name)),
            })
        })
    }
}

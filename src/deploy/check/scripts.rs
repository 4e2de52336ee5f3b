//! Workers as scripts have them: a comment before each says its role, the command behind it its GPUs.

use std::collections::BTreeSet;
use std::path::Path;

use super::files;
use super::workers::Workers;
use crate::base::error::Result;
use crate::deploy::text::{Word, words};

/// What begins the command of a worker.
const DEVICES: &str = "CUDA_VISIBLE_DEVICES=";

/// The workers of the scripts of all nodes.
///
/// # Errors
/// `AIQ0604` for a script that cannot be read.
pub(super) fn read(directory: &Path) -> Result<Vec<Workers>> {
    let mut found = Vec::new();
    for node in 0.. {
        let name = format!("run_{node}.sh");
        if !directory.join(&name).is_file() {
            break;
        }
        script(&files::text(directory, &name)?, &mut found);
    }
    Ok(found)
}

/// Adds the workers of one script.
fn script(text: &str, found: &mut Vec<Workers>) {
    let (mut at, mut leads) = (None, true);
    let mut taken = BTreeSet::new();
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        if let Some((role, rest)) = line.strip_prefix("# ").and_then(|l| l.split_once(" worker ")) {
            leads = !rest.contains(", node ") || rest.contains(", node 1 of");
            let known = found.iter().position(|w| w.role == role);
            let own = known.unwrap_or_else(|| {
                found.push(Workers { role: role.to_owned(), ..Workers::default() });
                found.len() - 1
            });
            found[own].count += u64::from(leads);
            at = Some(own);
        }
        if let Some(workers) = at.and_then(|i| found.get_mut(i)) {
            let gpus = line.strip_prefix("# GPUs ").and_then(|l| l.split(':').next());
            workers.gpus += gpus.map_or(0, devices);
            if line.starts_with(DEVICES) {
                let mut command = words(rest).into_iter().map(|w: Word| w.plain());
                let own = command.next().unwrap_or_default();
                let own = own.trim_start_matches(DEVICES);
                workers.gpus += devices(own);
                let twice = own.split(',').filter(|gpu| !taken.insert((*gpu).to_owned()));
                workers.shared.extend(twice.map(str::to_owned));
                if leads {
                    let before = std::mem::replace(&mut workers.argv, command.collect());
                    workers.others.extend(Some(before).filter(|argv| !argv.is_empty()));
                }
            }
        }
        rest = behind;
    }
}

fn devices(list: &str) -> u64 {
    list.split(',').count() as u64
}

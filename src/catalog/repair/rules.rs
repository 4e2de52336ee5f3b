//! What the rules say of the rows of a file.

use std::collections::BTreeMap;

use super::cells::Cells;
use crate::catalog::facts::{Floor, LooksAt, RepairRule};
use crate::catalog::store::Repair;

/// What the rules replace in a file. The first rule that says something of a row decides.
pub(super) fn repairs(rules: &[&RepairRule], cells: &Cells, file: usize) -> Vec<Repair> {
    let mut found: BTreeMap<usize, Repair> = BTreeMap::new();
    for rule in rules {
        match &rule.looks_at {
            LooksAt::Rows => slow(rule, cells, file, &mut found),
            LooksAt::Floors(floor) => raised(rule, floor, cells, file, &mut found),
            LooksAt::LargerSizes { axes, up_to } => {
                let place = |name: &String| Some((name.clone(), cells.place(name)?));
                if let Some((name, axis)) = axes.get(cells.table()).and_then(place) {
                    bumps(rule, (&name, axis, *up_to), cells, file, &mut found);
                }
            }
        }
    }
    found.into_values().collect()
}

/// Rows far above what other backends take at the same keys and sizes: the least of these is taken.
fn slow(rule: &RepairRule, cells: &Cells, file: usize, found: &mut BTreeMap<usize, Repair>) {
    for (row, (cell, latency)) in cells.of(file).enumerate() {
        let Some((least, of)) = cells.least_elsewhere(file, cell) else { continue };
        if f64::from(latency) > rule.over * f64::from(least) {
            let reason = format!("over {} times {}", rule.over, cells.label(of));
            found.entry(row).or_insert_with(|| Repair {
                row,
                latency: least,
                rule: rule.name.clone(),
                reason,
            });
        }
    }
}

/// Rows of a table whose small sizes all take far longer than those of another backend: what they
/// take more is taken off, down to what others take at the same sizes.
fn raised(
    rule: &RepairRule,
    floor: &Floor,
    cells: &Cells,
    file: usize,
    found: &mut BTreeMap<usize, Repair>,
) {
    let floors: Vec<Floors<'_>> =
        (0..cells.backends().count()).map(|file| floors(floor, cells, file)).collect();
    for (row, (cell, latency)) in cells.of(file).enumerate() {
        let key = &cell[..cells.keys()];
        let Some(own) = floors[file].get(key) else { continue };
        let Some((least, of)) = least_floor(&floors, cells, file, key) else { continue };
        if *own <= rule.over * least {
            continue;
        }
        let elsewhere =
            cells.least_elsewhere(file, cell).map_or(0.0, |(least, _)| f64::from(least));
        let taken = (f64::from(latency) - (own - least)).max(elsewhere).max(least);
        if taken < f64::from(latency) {
            let repair = || Repair {
                row,
                latency: taken as f32,
                rule: rule.name.clone(),
                reason: format!(
                    "launch floor of {:.1} us, {:.1} us on {}",
                    own * 1e3,
                    least * 1e3,
                    cells.label(of)
                ),
            };
            found.entry(row).or_insert_with(repair);
        }
    }
}

/// A size along an axis, the row that has it, and what is taken there, ms.
type AtSize = (i32, usize, f32);

/// Rows far above those of larger sizes along an axis, up to `up_to` times as large, of the same kernel: an
/// engine that pads a step to such a size takes no longer. The least of these is taken.
fn bumps(
    rule: &RepairRule,
    (name, axis, up_to): (&str, usize, f64),
    cells: &Cells,
    file: usize,
    found: &mut BTreeMap<usize, Repair>,
) {
    let mut lines: BTreeMap<(Vec<i32>, i32), Vec<AtSize>> = BTreeMap::new();
    for (row, (cell, latency)) in cells.of(file).enumerate() {
        let mut others = cell.to_vec();
        let size = std::mem::take(&mut others[axis]);
        let taken = found.get(&row).map_or(latency, |repair| repair.latency);
        lines.entry((others, cells.kernel(file, row))).or_default().push((size, row, taken));
    }
    for line in lines.values_mut() {
        line.sort_by_key(|(size, row, _)| (*size, *row));
        for at in (0..line.len()).rev() {
            let (size, row, latency) = line[at];
            let near = |(other, ..): &&AtSize| f64::from(*other) <= up_to * f64::from(size);
            let larger = line[at + 1..].iter().filter(|(other, ..)| *other > size).filter(near);
            let Some(least) = larger.min_by(|a, b| a.2.total_cmp(&b.2)).copied() else { continue };
            if f64::from(latency) > rule.over * f64::from(least.2) && !found.contains_key(&row) {
                let reason = format!("over {} times its {name}={}", rule.over, least.0);
                let rule = rule.name.clone();
                found.insert(row, Repair { row, latency: least.2, rule, reason });
                line[at].2 = least.2;
            }
        }
    }
}

/// What hardly any small size takes less than, ms, by the keys of the rows of a file.
type Floors<'c> = BTreeMap<&'c [i32], f64>;

/// The floor of the newest release of each other backend that has one, and the least of these.
fn least_floor(
    floors: &[Floors<'_>],
    cells: &Cells,
    file: usize,
    key: &[i32],
) -> Option<(f64, usize)> {
    let own = cells.backends().nth(file)?.1;
    let mut newest: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
    for (other, backend) in cells.backends().filter(|(_, backend)| *backend != own) {
        if let Some(found) = floors[other].get(key) {
            newest.entry(backend).or_insert((*found, other));
        }
    }
    newest.into_values().min_by(|a, b| a.0.total_cmp(&b.0))
}

/// The floors of a file; none where its rows lack an axis of the rule.
fn floors<'c>(floor: &Floor, cells: &'c Cells, file: usize) -> Floors<'c> {
    let sizes: Option<Vec<(usize, (f64, f64))>> =
        floor.sizes.iter().map(|(axis, range)| Some((cells.place(axis)?, *range))).collect();
    let Some(sizes) = sizes else { return Floors::new() };
    let is_small = |cell: &[i32]| {
        sizes.iter().all(|(at, (least, most))| (*least..=*most).contains(&f64::from(cell[*at])))
    };
    let mut small: BTreeMap<&[i32], Vec<f32>> = BTreeMap::new();
    for (cell, latency) in cells.of(file).filter(|(cell, _)| is_small(cell)) {
        small.entry(&cell[..cells.keys()]).or_default().push(latency);
    }
    let quantile = |latencies: &mut Vec<f32>| {
        latencies.sort_by(f32::total_cmp);
        f64::from(latencies[(floor.quantile * (latencies.len() - 1) as f64).round() as usize])
    };
    small.into_iter().map(|(key, mut latencies)| (key, quantile(&mut latencies))).collect()
}

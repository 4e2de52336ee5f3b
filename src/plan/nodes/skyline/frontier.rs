//! Which rows of a group no other beats.

/// Indices of the rows that no other row beats, ascending. `rows` holds for each row its
/// criteria, greater being better; rows with a NaN never count.
pub(super) fn frontier(rows: &[(usize, Vec<f64>)]) -> Vec<usize> {
    let mut order: Vec<&(usize, Vec<f64>)> =
        rows.iter().filter(|r| r.1.iter().all(|v| !v.is_nan())).collect();
    // Best first by the criteria in turn, so that a row can only be beaten by an earlier one.
    order.sort_by(|a, b| {
        let by_value = a.1.iter().zip(&b.1).map(|(x, y)| y.total_cmp(x));
        by_value.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then).then(a.0.cmp(&b.0))
    });
    let mut kept: Vec<&(usize, Vec<f64>)> = Vec::new();
    for row in order {
        let beaten = if row.1.len() == 2 {
            // With two criteria the last kept row has the best second one so far.
            kept.last().is_some_and(|k| k.1[1] >= row.1[1])
        } else {
            kept.iter().any(|k| k.1.iter().zip(&row.1).all(|(k, r)| k >= r))
        };
        if !beaten {
            kept.push(row);
        }
    }
    let mut indices: Vec<usize> = kept.into_iter().map(|r| r.0).collect();
    indices.sort_unstable();
    indices
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn beats(a: &[f64], b: &[f64]) -> bool {
        a.iter().zip(b).all(|(x, y)| x >= y) && a.iter().zip(b).any(|(x, y)| x > y)
    }

    proptest! {
        #[test]
        fn keeps_exactly_what_nothing_beats(
            width in 1_usize..4,
            values in prop::collection::vec(prop::collection::vec(0_i32..6, 3), 0..40),
        ) {
            let rows: Vec<(usize, Vec<f64>)> = values
                .iter()
                .enumerate()
                .map(|(i, v)| (i, v[..width].iter().copied().map(f64::from).collect()))
                .collect();
            let kept = frontier(&rows);
            for (i, row) in &rows {
                let beaten = rows.iter().any(|(j, other)| {
                    beats(other, row) || (other == row && j < i)
                });
                prop_assert_eq!(kept.contains(i), !beaten, "row {}", i);
            }
        }
    }
}

//! Which pictures share an axis of time.

use super::CellOptions;
use std::collections::HashMap;

/// Runs that differ by more than this are not to be compared by eye.
const MOST: u64 = 10;

/// How long the axes of runs of one cell are that take so long: the same for all, so that lengths can be compared, or each its own
/// where the shortest run would be too short to be seen.
pub fn lengths(of: &[u64]) -> Vec<u64> {
    let (least, most) = (of.iter().min().copied().unwrap_or(0), of.iter().max().copied().unwrap_or(0));
    match most <= least.saturating_mul(MOST) {
        true => vec![most; of.len()],
        false => of.to_vec(),
    }
}

/// For each cell the name of the one whose axis it has: its own, or that of one above, by way of others that are like that.
pub fn groups(cells: &[CellOptions]) -> Vec<Option<&str>> {
    let mut of_name: HashMap<&str, &str> = HashMap::new();
    let mut all = Vec::with_capacity(cells.len());
    for CellOptions { name, like, .. } in cells {
        let like = like.as_deref().map(|like| of_name.get(like).copied().unwrap_or(like));
        let group = like.or(name.as_deref());
        of_name.extend(name.as_deref().zip(group));
        all.push(group);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_like_one_that_is_like_another_has_the_axis_of_that() {
        let cell = |name: Option<&str>, like: Option<&str>| CellOptions {
            name: name.map(str::to_owned),
            like: like.map(str::to_owned),
            ..CellOptions::default()
        };
        let cells = [
            cell(Some("a"), None),
            cell(Some("b"), Some("a")),
            cell(None, Some("b")),
            cell(Some("c"), None),
            cell(None, None),
        ];
        assert_eq!(groups(&cells), [Some("a"), Some("a"), Some("a"), Some("c"), None]);
    }

    #[test]
    fn runs_that_differ_by_ten_times_have_their_own_axis_each() {
        assert_eq!(lengths(&[10, 100, 70]), [100, 100, 100]);
        assert_eq!(lengths(&[10, 101, 70]), [10, 101, 70]);
        assert_eq!(lengths(&[]), [0; 0]);
    }
}

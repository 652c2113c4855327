//! Which pictures share an axis of time.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_differ_by_ten_times_have_their_own_axis_each() {
        assert_eq!(lengths(&[10, 100, 70]), [100, 100, 100]);
        assert_eq!(lengths(&[10, 101, 70]), [10, 101, 70]);
        assert_eq!(lengths(&[]), [0; 0]);
    }
}

//! Many intervals on few pixels.

/// Stretches of a lane, in picture units.
#[derive(Debug, Default, PartialEq)]
pub struct Stretches {
    /// Start and width of each, from left to right.
    pub stretches: Vec<(f64, f64)>,
    /// How many intervals lost their own shape.
    pub binned: u64,
}

/// Stretches for intervals given as start and width from `left` on, in picture units: as they are while there are at most
/// `most` of them, or else the columns of a grid of `most` columns that are covered for at least half of their width.
pub fn stretches(intervals: &[(f64, f64)], left: f64, width: f64, most: usize) -> Stretches {
    if intervals.len() <= most {
        return Stretches { stretches: intervals.to_vec(), binned: 0 };
    }
    let most = most.max(1);
    let column = width / most as f64;
    let mut covered = vec![0.0f64; most];
    for &(start, wide) in intervals {
        let (from, to) = (start - left, start - left + wide);
        let first = ((from / column).max(0.0) as usize).min(most - 1);
        let last = ((to / column).max(0.0) as usize).min(most - 1);
        for (index, cover) in covered.iter_mut().enumerate().take(last + 1).skip(first) {
            let (begin, end) = (index as f64 * column, (index + 1) as f64 * column);
            *cover += (to.min(end) - from.max(begin)).max(0.0);
        }
    }
    let mut stretches: Vec<(f64, f64)> = Vec::new();
    for (index, cover) in covered.iter().enumerate() {
        if *cover < column / 2.0 {
            continue;
        }
        let start = left + index as f64 * column;
        match stretches.last_mut() {
            Some((from, wide)) if (*from + *wide - start).abs() < column / 2.0 => *wide += column,
            _ => stretches.push((start, column)),
        }
    }
    Stretches { stretches, binned: intervals.len() as u64 }
}

/// The places of many points: each `column` wide strip has at most one. Says how many points share a strip.
pub fn points(places: &[f64], column: f64) -> (Vec<f64>, u64) {
    let mut kept: Vec<f64> = Vec::new();
    for &place in places {
        if kept.last().is_none_or(|last| place - last >= column || place < *last) {
            kept.push(place);
        }
    }
    let shared = places.len() - kept.len();
    (kept, shared as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_intervals_stay_as_they_are() {
        let few = [(1.0, 2.0), (5.0, 0.1)];
        assert_eq!(stretches(&few, 0.0, 10.0, 2), Stretches { stretches: few.to_vec(), binned: 0 });
    }

    #[test]
    fn many_intervals_become_columns_by_how_much_they_cover() {
        let dense: Vec<(f64, f64)> = (0..1000).map(|i| (i as f64 * 0.05, 0.04)).collect();
        let found = stretches(&dense, 0.0, 100.0, 10);
        assert_eq!(found.binned, 1000);
        assert_eq!(found.stretches.len(), 1);
        let (start, wide) = found.stretches[0];
        assert!(start.abs() < 1e-9 && (wide - 50.0).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn points_in_one_strip_become_one() {
        assert_eq!(points(&[0.0, 0.1, 0.2, 5.0], 1.0), (vec![0.0, 5.0], 2));
    }
}

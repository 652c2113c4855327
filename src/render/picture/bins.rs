//! Many intervals on few pixels.

/// A stretch of a lane, in picture units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// Where it begins.
    pub x: f64,
    /// How wide it is.
    pub width: f64,
    /// Which part of it the intervals cover, up to 1.
    pub share: f64,
}

/// In how many steps a share is told: a column that is covered for less than half a step stays empty.
const STEPS: f64 = 8.0;

/// Stretches for intervals given as start and width, on a lane from `left` on that is `width` wide: one for each
/// interval while there are at most `most`, or else the columns of a grid of `most` columns with the share that is
/// covered. Neighbours of one share are joined. Says too how many intervals lost their own shape.
pub fn stretches(intervals: &[(f64, f64)], left: f64, width: f64, most: usize) -> (Vec<Stretch>, u64) {
    if intervals.len() <= most {
        let own = |&(x, width): &(f64, f64)| Stretch { x, width, share: 1.0 };
        return (intervals.iter().map(own).collect(), 0);
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
    let mut stretches: Vec<Stretch> = Vec::new();
    for (index, cover) in covered.iter().enumerate() {
        let share = ((cover / column).min(1.0) * STEPS).round() / STEPS;
        let x = left + index as f64 * column;
        match stretches.last_mut() {
            _ if share == 0.0 => {}
            Some(last) if last.share == share && (last.x + last.width - x).abs() < column / 2.0 => last.width += column,
            _ => stretches.push(Stretch { x, width: column, share }),
        }
    }
    (stretches, intervals.len() as u64)
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

/// A lane's part of what all lanes of a picture may have together: at least `least`, at most `most`.
pub fn part(all: usize, lanes: usize, least: usize, most: usize) -> usize {
    (all / lanes.max(1)).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_intervals_stay_as_they_are() {
        let (found, binned) = stretches(&[(1.0, 2.0), (5.0, 0.1)], 0.0, 10.0, 2);
        assert_eq!(found[1], Stretch { x: 5.0, width: 0.1, share: 1.0 });
        assert_eq!((found.len(), binned), (2, 0));
    }

    #[test]
    fn many_intervals_become_columns_by_how_much_they_cover() {
        let half: Vec<(f64, f64)> = (0..1000).map(|i| (i as f64 * 0.05, 0.025)).collect();
        let (found, binned) = stretches(&half, 0.0, 100.0, 10);
        assert_eq!((found.len(), binned), (1, 1000));
        let Stretch { x, width, share } = found[0];
        assert!(x.abs() < 1e-9 && (width - 50.0).abs() < 1e-6 && share == 0.5, "{found:?}");
    }

    #[test]
    fn points_in_one_strip_become_one() {
        assert_eq!(points(&[0.0, 0.1, 0.2, 5.0], 1.0), (vec![0.0, 5.0], 2));
    }
}

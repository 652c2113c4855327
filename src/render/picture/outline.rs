//! The outline of a number that changes in steps over time.

use super::axis::Axis;
use super::frame::at;
use super::scene::COLUMNS;
use std::fmt::Write;

/// The outline as SVG path commands that go on from the place of the first number, and how many changes share a pixel:
/// each change while there are few, or else for each pixel the most and the least of it. `y` is where a number stands.
pub fn outline(axis: &Axis, changes: &[(u64, f64)], y: &dyn Fn(f64) -> f64) -> (String, u64) {
    let mut out = String::new();
    if changes.len() <= COLUMNS {
        for (ns, number) in changes {
            let _ = write!(out, "H{}V{}", at(axis.x(*ns)), at(y(*number)));
        }
        return (out, 0);
    }
    let column = axis.width / COLUMNS as f64;
    let mut rest = changes.iter().peekable();
    while let Some((ns, number)) = rest.next() {
        let x = axis.x(*ns);
        let (mut low, mut high, mut last) = (*number, *number, *number);
        while let Some((_, number)) = rest.next_if(|(ns, _)| axis.x(*ns) < x + column) {
            (low, high, last) = (low.min(*number), high.max(*number), *number);
        }
        let _ = write!(out, "H{}V{}V{}V{}", at(x), at(y(high)), at(y(low)), at(y(last)));
    }
    (out, changes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_changes_are_drawn_one_by_one() {
        let axis = Axis::time(100, 0.0, 100.0);
        assert_eq!(outline(&axis, &[(10, 1.0), (20, 3.0)], &|n| 9.0 - n), ("H10V8H20V6".to_owned(), 0));
    }

    #[test]
    fn many_changes_keep_the_most_and_the_least_of_each_pixel() {
        let axis = Axis::time(1_000_000, 0.0, 600.0);
        let changes: Vec<(u64, f64)> = (0..1_000_000).map(|n| (n, if n == 500_000 { 7.0 } else { 1.0 })).collect();
        let (path, binned) = outline(&axis, &changes, &|n| n);
        assert_eq!((binned, path.matches("V7").count()), (1_000_000, 1));
        assert!(path.len() < 20_000, "{}", path.len());
    }
}

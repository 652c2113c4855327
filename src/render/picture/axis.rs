//! The time axis: nanoseconds to picture units, and ticks at round times.

use super::frame::number;

/// A linear time axis from zero.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    /// The time at its right end, in nanoseconds, at least 1.
    pub end_ns: u64,
    /// Where it begins, in picture units.
    pub left: f64,
    /// How wide it is, in picture units.
    pub width: f64,
}

/// A round time on the axis.
#[derive(Debug, PartialEq)]
pub struct Tick {
    /// Where, in picture units.
    pub x: f64,
    /// Its time with its unit.
    pub label: String,
}

impl Axis {
    /// Where a time stands, in picture units; what is behind the end stands at the end.
    pub fn x(&self, ns: u64) -> f64 {
        self.left + self.width * (ns.min(self.end_ns) as f64 / self.end_ns as f64)
    }

    /// How wide a duration is, in picture units.
    pub fn wide(&self, ns: u64) -> f64 {
        self.width * (ns as f64 / self.end_ns as f64)
    }

    /// Ticks from zero on, about seven, at steps of 1, 2 or 5 times a power of ten.
    pub fn ticks(&self) -> Vec<Tick> {
        let rough = self.end_ns.div_ceil(6);
        let power = 10u64.pow(rough.ilog10());
        let step = [1, 2, 5, 10].iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough);
        let (unit, size) = match self.end_ns {
            0..2_000 => ("ns", 1.0),
            2_000..2_000_000 => ("µs", 1e3),
            2_000_000..2_000_000_000 => ("ms", 1e6),
            _ => ("s", 1e9),
        };
        (0..=self.end_ns / step)
            .map(|index| index * step)
            .map(|ns| Tick {
                x: self.x(ns),
                label: if ns == 0 { "0".to_owned() } else { format!("{}\u{a0}{unit}", number(ns as f64 / size)) },
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(end_ns: u64) -> Vec<String> {
        let axis = Axis { end_ns, left: 0.0, width: 100.0 };
        axis.ticks().into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
    }

    #[test]
    fn ticks_stand_at_round_times_in_one_unit() {
        assert_eq!(labels(152_000_000), ["0", "50 ms", "100 ms", "150 ms"]);
        assert_eq!(labels(1_300_000_000), ["0", "500 ms", "1000 ms"]);
        assert_eq!(labels(2_500_000_000), ["0", "0.5 s", "1 s", "1.5 s", "2 s", "2.5 s"]);
        assert_eq!(labels(640), ["0", "200 ns", "400 ns", "600 ns"]);
    }

    #[test]
    fn the_shortest_and_the_longest_axis_have_ticks() {
        for end_ns in [1, 2, 9, u64::MAX / 16] {
            assert!((1..=8).contains(&labels(end_ns).len()), "{end_ns}: {:?}", labels(end_ns));
        }
    }
}

//! The axis of a picture: from nanoseconds to picture units, by the clock or step by step, and ticks at round places.

use super::format::Format;
use crate::render::words::Words;
use std::rc::Rc;

/// How wide a tick's label is with the room around it.
const TICK: f64 = 76.0;

/// An axis from the start of a run on.
#[derive(Debug, Clone)]
pub struct Axis {
    scale: Scale,
    /// Where it begins, in picture units.
    pub left: f64,
    /// How wide it is, in picture units.
    pub width: f64,
    /// Where the names beside lanes end, in picture units.
    pub names: f64,
    /// For which page it is.
    pub format: Format,
    from_ns: u64,
    /// How many steps came before its first one.
    before: usize,
}

/// What stands at equal distances on an axis.
#[derive(Debug, Clone)]
enum Scale {
    /// Times, for so many nanoseconds from where it begins, at least 1.
    Time(u64),
    /// Moments at which something happened, in order, however long it was between them; and for how many there is room.
    Steps(Rc<[u64]>, usize),
}

/// A round place on the axis.
#[derive(Debug, PartialEq)]
pub struct Tick {
    /// Where, in picture units.
    pub x: f64,
    /// Its time with its unit, or the number of the step.
    pub label: String,
}

impl Axis {
    /// An axis of so much time.
    pub fn time(length_ns: u64, left: f64, width: f64) -> Self {
        let (scale, format) = (Scale::Time(length_ns.max(1)), Format::Wide);
        Self { scale, left, width, names: left, format, from_ns: 0, before: 0 }
    }

    /// The same that begins at this time of the run.
    pub fn from(self, from_ns: u64) -> Self {
        Self { from_ns, ..self }
    }

    /// The same for a page of this format, with names that end here.
    pub fn of(self, format: Format, names: f64) -> Self {
        Self { format, names, ..self }
    }

    /// The same with more room at its left, if there is less than that.
    pub fn indented(&self, left: f64) -> Self {
        let more = (left - self.left).max(0.0);
        Self { left: self.left + more, width: self.width - more, ..self.clone() }
    }

    /// The time of the run at which it begins.
    pub fn begin_ns(&self) -> u64 {
        self.from_ns
    }

    /// The same place on the sheet, with a step for each of these moments and room for `room` of them.
    pub fn steps(&self, mut moments: Vec<u64>, room: usize) -> Self {
        moments.retain(|moment| *moment >= self.from_ns);
        moments.sort_unstable();
        moments.dedup();
        let room = room.max(moments.len()).max(1);
        Self { scale: Scale::Steps(moments.into(), room), ..self.clone() }
    }

    /// The same axis of steps, before which there were so many others.
    pub fn after(self, before: usize) -> Self {
        Self { before, ..self }
    }

    /// Where a time stands, in picture units; what is behind the end stands at the end.
    #[inline]
    pub fn x(&self, ns: u64) -> f64 {
        let part = match &self.scale {
            Scale::Time(length_ns) => ns.saturating_sub(self.from_ns).min(*length_ns) as f64 / *length_ns as f64,
            Scale::Steps(moments, room) => step(moments, ns) / *room as f64,
        };
        self.left + self.width * part
    }

    /// How wide a duration from a time on is, in picture units.
    #[inline]
    pub fn wide(&self, from_ns: u64, duration_ns: u64) -> f64 {
        match &self.scale {
            Scale::Time(length_ns) => {
                let before_ns = self.from_ns.saturating_sub(from_ns);
                self.width * (duration_ns.saturating_sub(before_ns) as f64 / *length_ns as f64)
            }
            Scale::Steps(..) => self.x(from_ns.saturating_add(duration_ns)) - self.x(from_ns),
        }
    }

    /// So much time is narrower than this for certain, in picture units; of steps nothing is.
    pub fn ns_within(&self, units: f64) -> u64 {
        match &self.scale {
            // What is worked out in places is off by less than this part.
            Scale::Time(length_ns) => (units / self.width * *length_ns as f64 * (1.0 - 1e-6)) as u64,
            Scale::Steps(..) => 0,
        }
    }

    /// From when to when a column lasts, if it is one of so many of equal length in time.
    pub fn column_ns(&self, index: usize, of: usize) -> Option<(u64, u64)> {
        let Scale::Time(length_ns) = &self.scale else { return None };
        let edge = |index: usize| (u128::from(*length_ns) * index as u128 / of.max(1) as u128) as u64;
        let from_ns = self.from_ns.saturating_add(edge(index)).saturating_add(1);
        Some((from_ns, self.from_ns.saturating_add(edge(index + 1))))
    }

    /// How wide one step is; of an axis of time nothing.
    pub fn step_width(&self) -> f64 {
        match &self.scale {
            Scale::Time(_) => 0.0,
            Scale::Steps(_, room) => self.width / *room as f64,
        }
    }

    /// What the script needs to know of the axis, as an attribute.
    pub fn attribute(&self) -> String {
        match &self.scale {
            Scale::Time(length_ns) => format!("data-ns=\"{length_ns}\""),
            Scale::Steps(_, room) => format!("data-steps=\"{room}\""),
        }
    }

    /// As many ticks as there is room for, at most about seven, at steps of 1, 2 or 5 times a power of ten.
    pub fn ticks(&self, words: Words) -> Vec<Tick> {
        let end_ns = match &self.scale {
            Scale::Time(length_ns) => *length_ns,
            Scale::Steps(_, room) => return self.step_ticks(*room as u64, words),
        };
        let every = round_step(end_ns, self.most_ticks());
        let (unit, size) = match end_ns {
            0..2_000 => ("ns", 1.0),
            2_000..2_000_000 => ("µs", 1e3),
            2_000_000..2_000_000_000 => ("ms", 1e6),
            _ => ("s", 1e9),
        };
        (0..=end_ns / every)
            .map(|index| index * every)
            .map(|ns| Tick {
                x: self.x(self.from_ns.saturating_add(ns)),
                label: if ns == 0 { "0".to_owned() } else { format!("{}\u{a0}{unit}", number(ns as f64 / size)) },
            })
            .collect()
    }

    /// Into how many parts ticks may divide it.
    fn most_ticks(&self) -> u64 {
        ((self.width / TICK) as u64).clamp(2, 6)
    }

    fn step_ticks(&self, steps: u64, words: Words) -> Vec<Tick> {
        let every = if self.step_width() >= WIDE { 1 } else { round_step(steps, self.most_ticks()) };
        let place = |number: u64| self.left + self.step_width() * (number as f64 - 0.5);
        let label = |number: u64| match (number, self.before as u64) {
            (1, 0) => words.first_step().to_owned(),
            (_, before) => (number + before).to_string(),
        };
        let rest = (1..=steps / every).map(|index| index * every).filter(|number| *number > 1 + every / 3);
        std::iter::once(1).chain(rest).map(|number| Tick { x: place(number), label: label(number) }).collect()
    }
}

/// Steps that are so wide have room for a number each.
const WIDE: f64 = 44.0;

/// The distance of ticks that divide an axis of this length into at most so many parts: 1, 2 or 5 times a power of ten.
fn round_step(length: u64, parts: u64) -> u64 {
    let rough = length.div_ceil(parts).max(1);
    let power = 10u64.pow(rough.ilog10());
    [1, 2, 5, 10].iter().map(|factor| factor * power).find(|step| *step >= rough).unwrap_or(rough)
}

/// At which step a time is: each moment in the middle of its step, what lies between two of them in proportion.
fn step(moments: &[u64], ns: u64) -> f64 {
    let behind = moments.partition_point(|moment| *moment <= ns);
    let next = moments.get(behind);
    match (behind.checked_sub(1).map(|last| moments[last]), next) {
        (None, _) => 0.0,
        (Some(last), None) => behind as f64 - if ns == last { 0.5 } else { 0.0 },
        (Some(last), Some(next)) => behind as f64 - 0.5 + (ns - last) as f64 / (next - last) as f64,
    }
}

/// A number with at most two decimals and no zeros behind them.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(end_ns: u64) -> Vec<String> {
        let ticks = Axis::time(end_ns, 0.0, 500.0).ticks(Words::ENGLISH);
        ticks.into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
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

    #[test]
    fn steps_are_equally_wide_however_long_they_took() {
        let axis = Axis::time(1, 10.0, 100.0).steps(vec![5, 1_000_000, 7, 7], 4);
        assert_eq!([5, 7, 1_000_000].map(|ns| axis.x(ns)), [22.5, 47.5, 72.5]);
        assert_eq!([0, 6, u64::MAX].map(|ns| axis.x(ns)), [10.0, 35.0, 85.0]);
        assert_eq!(axis.wide(5, 2), 25.0);
        assert_eq!(Axis::time(1, 0.0, 400.0).steps(vec![5, 7, 9, 11], 4).ticks(Words::ENGLISH).len(), 4);
    }

    #[test]
    fn what_is_before_an_axis_stands_at_its_beginning() {
        let axis = Axis::time(100, 10.0, 200.0).from(1_000);
        assert_eq!([0, 1_000, 1_050, 1_100, 9_000].map(|ns| axis.x(ns)), [10.0, 10.0, 110.0, 210.0, 210.0]);
        assert_eq!([axis.wide(990, 20), axis.wide(900, 50), axis.wide(1_000, 50)], [20.0, 0.0, 100.0]);
        assert_eq!(axis.ticks(Words::ENGLISH)[0], Tick { x: 10.0, label: "0".into() });
    }

    #[test]
    fn ticks_are_as_many_as_there_is_room_for() {
        let many = |width| Axis::time(100_000, 0.0, width).ticks(Words::ENGLISH).len();
        assert_eq!([many(150.0), many(330.0), many(900.0)], [3, 3, 6]);
    }

    #[test]
    fn steps_that_have_room_for_it_have_a_number_each() {
        let labels = |width| -> Vec<String> {
            let axis = Axis::time(1, 0.0, width).steps(vec![5, 7, 9, 11], 4);
            axis.ticks(Words::ENGLISH).into_iter().map(|tick| tick.label.replace('\u{a0}', " ")).collect()
        };
        assert_eq!(labels(200.0), ["step 1", "2", "3", "4"]);
        assert_eq!(labels(100.0), ["step 1", "2", "4"]);
    }

    #[test]
    fn an_axis_without_a_single_step_is_an_axis_all_the_same() {
        let axis = Axis::time(1, 0.0, 100.0).steps(Vec::new(), 0);
        assert_eq!((axis.x(9), axis.ticks(Words::ENGLISH).len()), (0.0, 1));
    }
}

//! Who wrote the elements of an array that share a line of its picture.

/// A line tells so many parts of it apart; of an array that is longer, neighbours in a part count as one.
const PARTS: usize = 1 << 17;

/// Who wrote each element last, line by line.
pub struct Neighbours {
    lines: Vec<Line>,
    /// How many elements a line has, and a part of it.
    shared: u64,
    part: u64,
    /// How many elements there are.
    len: u64,
}

/// Of one line, who wrote each part last, and of how many parts each worker did.
#[derive(Default)]
struct Line {
    parts: Vec<Option<usize>>,
    owners: Vec<(usize, usize)>,
}

impl Neighbours {
    /// `lines` of which each has `shared` elements of an array of `len`.
    pub fn new(lines: usize, shared: usize, len: u64) -> Self {
        let lines = (0..lines).map(|_| Line::default()).collect();
        Self { lines, shared: shared as u64, part: shared.div_ceil(PARTS).max(1) as u64, len }
    }

    /// Notes who wrote elements from one to before another, as far as they are on this line, and gives whose the line's elements are
    /// then, if those that were written are one worker's.
    pub fn write(&mut self, line: usize, (from, to): (u64, u64), writer: usize) -> Option<usize> {
        if self.shared == 1 {
            return Some(writer);
        }
        let start = line as u64 * self.shared;
        let end = start.saturating_add(self.shared).min(self.len);
        let within = |element: u64| element.clamp(start, end.max(start)) - start;
        let (from, to) = (within(from), within(to));
        let line = &mut self.lines[line];
        if line.parts.is_empty() {
            line.parts = vec![None; end.saturating_sub(start).div_ceil(self.part) as usize];
        }
        for part in &mut line.parts[(from / self.part) as usize..to.div_ceil(self.part) as usize] {
            if *part == Some(writer) {
                continue;
            }
            if let Some(owner) = part.replace(writer) {
                line.owners.iter_mut().filter(|(who, _)| *who == owner).for_each(|(_, many)| *many -= 1);
                line.owners.retain(|(_, many)| *many > 0);
            }
            match line.owners.iter_mut().find(|(who, _)| *who == writer) {
                Some((_, many)) => *many += 1,
                None => line.owners.push((writer, 1)),
            }
        }
        match line.owners.as_slice() {
            [(owner, _)] => Some(*owner),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_workers_while_nobody_else_wrote_what_is_left_of_it() {
        let mut neighbours = Neighbours::new(2, 4, 7);
        assert_eq!(neighbours.write(0, (0, 1), 1), Some(1));
        assert_eq!(neighbours.write(0, (1, 2), 2), None, "each wrote an element");
        assert_eq!(neighbours.write(0, (0, 1), 2), Some(2), "nothing of the first is left");
        assert_eq!(neighbours.write(1, (3, 6), 1), Some(1), "the other line is another’s");
        assert_eq!(neighbours.write(0, (3, 6), 1), None);
        assert_eq!(neighbours.write(1, (4, 7), 3), Some(3), "the last line is shorter");
        assert_eq!(neighbours.write(0, (0, 7), 3), Some(3));
    }

    #[test]
    fn elements_that_each_have_a_line_are_whoever_wrote_last() {
        assert_eq!(Neighbours::new(3, 1, 3).write(2, (0, 3), 5), Some(5));
    }
}

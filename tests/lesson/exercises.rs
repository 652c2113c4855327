//! The exercises of a lesson: three, of which none is solved by the code that it begins with, and each by its solution.

use super::{Lesson, both};
use nbrun::notebook::Role;
use nbrun::record::Status;

/// Fails unless the lesson has its three exercises.
pub fn assert_three(lesson: &Lesson) {
    let file = &lesson.notebook.file;
    let cells = lesson.notebook.cells.iter().zip(&lesson.record.cells);
    let cells: Vec<(Role, bool, Status)> =
        cells.filter_map(|(cell, outcome)| Some((cell.role?, cell.kind.runs(), outcome.status))).collect();
    let tries = cells.iter().filter(|(role, ..)| *role == Role::Exercise);
    assert_eq!(tries.map(|(.., status)| *status).collect::<Vec<_>>(), [Status::Unsolved; 3], "{file}");
    for (n, solution) in cells.split(|(role, ..)| *role == Role::Exercise).skip(1).enumerate() {
        let passed = solution.iter().filter(|(_, runs, status)| *runs && *status == Status::Passed).count();
        assert_eq!(passed, 1, "exercise {} of {file}: {solution:?}", n + 1);
    }
}

#[test]
fn the_first_lesson_has_three_exercises_each_with_a_solution() {
    both().into_iter().for_each(assert_three);
}

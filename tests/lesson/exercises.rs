//! The exercises of a lesson: three, of which none is solved by the code that it begins with, nor in the usual wrong ways, and
//! each by its solution.

use super::{Lesson, both, directory, parse};
use crate::support::Run;
use nbrun::notebook::{self, Cell, Notebook, Role};
use nbrun::record::Status;
use std::fs;
use std::path::Path;

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

/// What is tried at the exercises of a lesson: the code of each wrong way, by exercise.
fn wrong_ways(text: &str) -> Vec<Vec<String>> {
    let ways = |part: &str| part.split("```").skip(1).step_by(2).map(str::to_owned).collect();
    text.split("\n## ").skip(1).map(ways).collect()
}

/// The lesson with nothing but its exercises, each as often as there are wrong ways to solve it, and in each of these ways.
fn solved_wrongly(lesson: &Notebook, ways: &[Vec<String>]) -> String {
    let fence = |cell: &Cell| lesson.text[cell.bytes.clone()].to_owned();
    let given: Vec<&Cell> = lesson.cells.iter().filter(|cell| cell.role != Some(Role::Solution)).collect();
    let mut blocks = vec![lesson.text[..lesson.body].to_owned()];
    for (part, ways) in given.split_inclusive(|cell| cell.role == Some(Role::Exercise)).zip(ways) {
        let (exercise, before) = part.split_last().expect("an exercise");
        let needed = before.iter().filter(|cell| !cell.kind.runs() && cell.must_fail.is_none());
        let needed: Vec<String> = needed.map(|cell| fence(cell)).collect();
        for way in ways {
            let (mut needed, mut test) = (needed.clone(), fence(exercise));
            if let Some(job) = way.strip_prefix("rust\n") {
                let begun = needed.iter_mut().rfind(|block| block.starts_with("```rust job"));
                *begun.expect("code to begin with") = format!("```rust job\n{job}```");
            } else {
                let line = way.trim_start_matches("yaml\n").trim_end();
                let key = line.split_once(':').expect("a key").0;
                let old = test.lines().find(|old| old.starts_with(key)).expect("the line").to_owned();
                test = test.replace(&old, line);
            }
            // A name is a cell's own.
            test = test.lines().filter(|line| !line.starts_with("name: ")).collect::<Vec<_>>().join("\n");
            blocks.extend(needed);
            blocks.push(test);
        }
    }
    blocks.join("\n\n")
}

#[test]
fn the_usual_wrong_ways_solve_no_exercise() {
    let wrong = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lesson/wrong");
    let lessons = fs::read_dir(directory()).expect("the lessons are there").map(|entry| entry.expect("an entry"));
    let names = lessons.map(|entry| entry.file_name().into_string().expect("UTF-8"));
    for name in names.filter(|name| name.ends_with(".md") && !name.contains(".zh.") && name != "gallery.md") {
        let ways = wrong_ways(&fs::read_to_string(wrong.join(&name)).expect("wrong ways for each lesson"));
        assert!(ways.len() == 3 && ways.iter().all(|ways| ways.len() >= 2), "{name}");
        let text = solved_wrongly(&parse(&name), &ways);
        let run = Run::new().notebook("a.md", &text).args(["--record", "r.json"]).run().code(0);
        let cells = notebook::parse("a.md", text).expect("a notebook").cells;
        let tried = cells.iter().zip(run.record("r.json").cells).filter(|(cell, _)| cell.role.is_some());
        let found: Vec<Status> = tried.map(|(_, outcome)| outcome.status).collect();
        let each: Vec<usize> = ways.iter().map(Vec::len).collect();
        assert_eq!(
            found,
            vec![Status::Unsolved; each.iter().sum()],
            "{name}, of which each exercise has {each:?} ways"
        );
    }
}

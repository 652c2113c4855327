//! What making a page costs: a long text without cells against bare comrak, and a notebook with a thousand cells that
//! have run; and what the pictures of long runs cost.
//!
//! Both sides of the text run in turns, in one process; the ratio is the median of the rounds' ratios.

#[path = "../common/mod.rs"]
mod common;
mod pictures;

use common::table::{ms, print, verdict};
use common::{machine, median, rounds, timed};
use nbrun::notebook::{self, Notebook, markdown};
use nbrun::record::{self, Record};
use nbrun::render::{self, RenderOptions};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};

const ROUNDS: usize = 15;
const TEXT_BYTES: usize = 1_000_000;
const CELLS: usize = 1000;
const TEXT_GOAL: f64 = 1.5;
const CELLS_GOAL_MS: f64 = 1000.0;

fn main() {
    println!("{}", machine::describe());
    // With a word behind `--`, only what has it in its name is measured.
    let meant = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let (lesson, ran) = lesson();
    let mut rows = Vec::new();
    if "text".contains(&meant) {
        rows.push(text_row(&lesson, &ran));
    }
    if "cells".contains(&meant) {
        rows.push(cells_row(&lesson, &ran));
    }
    if !rows.is_empty() {
        println!("\nTime to make the page, medians of {} rounds\n", rounds(ROUNDS));
        print(&["what", "nbrun", "beside it", "goal", ""], &rows);
    }

    println!("\nTime to draw the pictures of a run, medians of {} rounds\n", rounds(ROUNDS));
    print(&["pictures", "events", "nbrun", "least", "goal", ""], &pictures::rows(rounds(ROUNDS), &meant));
}

/// A long text without cells, by turns with bare comrak.
fn text_row(lesson: &str, ran: &Record) -> Vec<String> {
    let text = long_text(lesson);
    let (prose, nothing) = (parse("text.md", &text), record_of(ran, Vec::new()));
    let options = comrak_options();
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds(ROUNDS) {
        // Each side begins with what the other has given back. While a page is held, the memory below it is at hand for
        // who comes next, and not for who comes first.
        let (page, our) = timed(|| render::render_file(&prose, &nothing, &RenderOptions::default()));
        drop(black_box(page));
        let (html, their) = timed(|| comrak::markdown_to_html(&text, &options));
        drop(black_box(html));
        // The first round wakes the machine up.
        if round > 0 {
            ours.push(our);
            theirs.push(their);
            ratios.push(our / their);
        }
    }
    let ratio = median(&ratios);
    vec![
        format!("{:.1} MB of markdown, no cell", text.len() as f64 / 1e6),
        ms(median(&ours)),
        format!("{ratio:.2} × the {} of comrak", ms(median(&theirs))),
        format!("≤ {TEXT_GOAL} ×"),
        verdict(ratio <= TEXT_GOAL),
    ]
}

/// A notebook with a thousand cells that have run.
fn cells_row(lesson: &str, ran: &Record) -> Vec<String> {
    let (many, record) = many_cells(lesson, ran);
    let mut times = Vec::new();
    let mut size = 0;
    for round in 0..=rounds(ROUNDS) {
        let (page, time) = timed(|| render::render_file(&many, &record, &RenderOptions::default()));
        size = black_box(page).len();
        if round > 0 {
            times.push(time);
        }
    }
    vec![
        format!("{} cells that have run", many.cells.len()),
        ms(median(&times)),
        format!("a page of {:.1} MB", size as f64 / 1e6),
        format!("≤ {}", ms(CELLS_GOAL_MS)),
        verdict(median(&times) <= CELLS_GOAL_MS),
    ]
}

/// The options with which nbrun calls comrak.
fn comrak_options() -> comrak::Options<'static> {
    let mut options = markdown::page_options();
    options.extension.cjk_friendly_emphasis = true;
    options.extension.math_dollars = true;
    options.render.r#unsafe = true;
    options
}

fn parse(name: &str, text: &str) -> Notebook {
    notebook::parse(name, text.to_owned()).expect("a notebook")
}

/// The first lesson, and the record of a run of it.
fn lesson() -> (String, Record) {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("render");
    fs::create_dir_all(&dir).expect("a directory below target");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("notebooks/multiprocessing.md");
    let (page, saved) = (dir.join("lesson.html"), dir.join("lesson.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nbrun"));
    command.arg(&source).arg("-o").arg(&page).arg("--record").arg(&saved);
    command.env("NBRUN_CACHE_DIR", dir.join("cache")).stdin(Stdio::null());
    let output = command.output().expect("nbrun");
    assert!(output.status.success(), "the lesson failed:\n{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&saved).expect("a record");
    (fs::read_to_string(source).expect("the lesson"), Record::from_json("lesson", &text).expect("a record"))
}

/// The lesson without its front matter.
fn body(lesson: &str) -> String {
    let notebook = parse("lesson.md", lesson);
    notebook.text[notebook.body..].to_owned()
}

/// The lesson's prose again and again. Its cells become code that is only shown.
fn long_text(lesson: &str) -> String {
    let mut once = String::new();
    for line in body(lesson).lines() {
        let shown = ["```rust", "```yaml"].into_iter().find(|fence| line.starts_with(&format!("{fence} ")));
        once.push_str(shown.unwrap_or(line));
        once.push('\n');
    }
    once.repeat(TEXT_BYTES / once.len() + 1)
}

/// The lesson again and again, with as many cells as the goal speaks of, and a record in which each of them has run.
fn many_cells(lesson: &str, ran: &Record) -> (Notebook, Record) {
    let times = CELLS.div_ceil(ran.cells.len());
    let notebook = parse("cells.md", &format!("{}\n", body(lesson)).repeat(times));
    let outcomes = ran.cells.iter().cycle().zip(0..notebook.cells.len());
    let cells = outcomes.map(|(outcome, cell)| record::CellOutcome { cell, ..outcome.clone() }).collect();
    (notebook, record_of(ran, cells))
}

fn record_of(ran: &Record, cells: Vec<record::CellOutcome>) -> Record {
    Record { cells, ..ran.clone() }
}

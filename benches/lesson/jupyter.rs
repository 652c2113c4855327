//! Jupyter's side: the same lesson in Python, executed and turned into a page by nbconvert.

use crate::common::python::Python;
use crate::common::{Cost, measure};
use crate::lesson::Lesson;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The cells, in the form that Python's tools agree on: `# %%` begins one.
const SOURCE: &str = include_str!("multiprocessing.py");
const FENCE: &str = "# %%";

/// Jupyter, in a directory of its own.
pub struct Jupyter<'a> {
    python: &'a Python,
    dir: PathBuf,
}

impl<'a> Jupyter<'a> {
    /// Jupyter in `dir`.
    ///
    /// # Panics
    /// If the directory cannot be made.
    pub fn new(python: &'a Python, dir: &Path) -> Self {
        fs::create_dir_all(dir).expect("a directory below target");
        Self { python, dir: dir.to_owned() }
    }

    /// Executes the notebook, whose comparison counts to `iterations`, and makes its page.
    ///
    /// # Panics
    /// If it fails, or its page lacks a result.
    pub fn run(&self, iterations: u64) -> Cost {
        let (notebook, page) = (self.dir.join("multiprocessing.ipynb"), self.dir.join("multiprocessing.html"));
        fs::write(&notebook, self::notebook(iterations).to_string()).expect("the notebook can be written");
        let _ = fs::remove_file(&page);
        let mut command = self.python.program("jupyter");
        command.args(["nbconvert", "--execute", "--to", "html"]).arg(&notebook);
        // A kernel that forks while its threads hold locks may hang. Then the bench is to fail, and not to hang with it.
        command.arg("--ExecutePreprocessor.timeout=60");
        let cost = measure(&mut command);
        Lesson::check(&fs::read_to_string(&page).expect("a page"), iterations);
        cost
    }
}

/// The notebook as Jupyter's format has it.
fn notebook(iterations: u64) -> Value {
    let source = SOURCE.replace("ITERATIONS", &iterations.to_string());
    let cells = source.split(FENCE).skip(1).enumerate().map(|(number, cell)| {
        let id = format!("cell-{number}");
        let (head, text) = cell.split_once('\n').unwrap_or((cell, ""));
        if head.trim() == "[markdown]" {
            let text = text.trim().replace("# #", "#");
            json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": text})
        } else {
            json!({"cell_type": "code", "id": id, "metadata": {}, "source": text.trim(), "execution_count": null,
                   "outputs": []})
        }
    });
    json!({
        "cells": cells.collect::<Vec<_>>(),
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

//! What came of a run of the whole program.

use super::{Run, page};
use nbrun::record::Record;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What came of a run. Each check returns it again, so that checks make a chain; one that fails shows all output.
pub struct Outcome {
    pub(super) dir: TempDir,
    /// Its exit code.
    pub code: i32,
    /// What it printed to standard output.
    pub stdout: String,
    /// What it printed to standard error.
    pub stderr: String,
}

impl Outcome {
    #[track_caller]
    fn check(self, holds: bool, what: impl FnOnce() -> String) -> Self {
        let Self { code, stdout, stderr, .. } = &self;
        assert!(holds, "{}\nexit code {code}\n--- stdout\n{stdout}--- stderr\n{stderr}---", what());
        self
    }

    /// It ended with this exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        let holds = self.code == code;
        self.check(holds, || format!("the exit code should be {code}"))
    }

    /// Standard output is this.
    #[track_caller]
    pub fn stdout_is(self, text: &str) -> Self {
        let holds = self.stdout == text;
        self.check(holds, || format!("standard output should be {text:?}"))
    }

    /// Standard output holds this.
    #[track_caller]
    pub fn stdout_has(self, text: &str) -> Self {
        let holds = self.stdout.contains(text);
        self.check(holds, || format!("standard output should hold {text:?}"))
    }

    /// Standard error is this.
    #[track_caller]
    pub fn stderr_is(self, text: &str) -> Self {
        let holds = self.stderr == text;
        self.check(holds, || format!("standard error should be {text:?}"))
    }

    /// Standard error holds this.
    #[track_caller]
    pub fn stderr_has(self, text: &str) -> Self {
        let holds = self.stderr.contains(text);
        self.check(holds, || format!("standard error should hold {text:?}"))
    }

    /// Standard error holds all of these, in this order.
    #[track_caller]
    pub fn stderr_has_all(mut self, texts: &[&str]) -> Self {
        let mut from = 0;
        for text in texts {
            let found = self.stderr[from..].find(text);
            self =
                self.check(found.is_some(), || format!("standard error should hold {text:?} behind what came before"));
            from += found.unwrap_or_default() + text.len();
        }
        self
    }

    /// Standard error does not hold this.
    #[track_caller]
    pub fn stderr_lacks(self, text: &str) -> Self {
        let holds = !self.stderr.contains(text);
        self.check(holds, || format!("standard error should not hold {text:?}"))
    }

    /// There is a file of this name.
    #[track_caller]
    pub fn file(self, name: &str) -> Self {
        let holds = self.path(name).is_file();
        self.check(holds, || format!("there should be a file {name}"))
    }

    /// There is nothing of this name.
    #[track_caller]
    pub fn no_file(self, name: &str) -> Self {
        let holds = !self.path(name).exists();
        self.check(holds, || format!("there should be no file {name}"))
    }

    /// The file of this name holds this and nothing else.
    #[track_caller]
    pub fn file_is(self, name: &str, text: &str) -> Self {
        let holds = self.text(name) == text;
        self.check(holds, || format!("{name} should be {text:?}"))
    }

    /// All files in a directory and below it, in order, by their paths from there.
    pub fn files(&self, dir: &str) -> Vec<String> {
        let (dir, mut found) = (self.path(dir), Vec::new());
        find(&dir, "", &mut found);
        let short = |path: &PathBuf| path.strip_prefix(&dir).expect("a file of the run").display().to_string();
        let mut found: Vec<String> = found.iter().map(short).collect();
        found.sort();
        found
    }

    /// These are all the files that are there, in order.
    #[track_caller]
    pub fn files_are(self, names: &[&str]) -> Self {
        let found = self.files("");
        let holds = found == names;
        self.check(holds, || format!("the files should be {names:?}, not {found:?}"))
    }

    /// The page of this name holds this.
    #[track_caller]
    pub fn page_has(self, name: &str, text: &str) -> Self {
        let holds = self.text(name).contains(text);
        self.check(holds, || format!("{name} should hold {text:?}"))
    }

    /// The only page that the run wrote, wherever it is, with all that HTML does not ask for.
    #[track_caller]
    pub fn page(&self) -> String {
        page::unpacked(&self.page_as_it_is())
    }

    /// The same, byte for byte.
    #[track_caller]
    pub fn page_as_it_is(&self) -> String {
        let mut pages = Vec::new();
        find(self.dir.path(), ".html", &mut pages);
        assert_eq!(pages.len(), 1, "there should be one page of {pages:?}\n--- stderr\n{}", self.stderr);
        fs::read_to_string(&pages[0]).expect("a page is text")
    }

    /// The record of this name.
    #[track_caller]
    pub fn record(&self, name: &str) -> Record {
        serde_json::from_str(&self.text(name)).expect("a record is JSON")
    }

    /// The text of a file.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let text =
            fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}\n{}", self.stderr));
        if name.ends_with(".html") { page::unpacked(&text) } else { text }
    }

    /// The path of a file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Another run in a directory of its own with the files that this one left.
    pub fn copy(&self) -> Run {
        self.files("").iter().fold(Run::new(), |run, name| run.file(name, fs::read(self.path(name)).expect("a file")))
    }

    /// Another run in the same directory with what this one left there.
    pub fn again(self) -> Run {
        Run { dir: self.dir, ..Run::new() }
    }
}

/// Adds the files in `dir` and below it whose names end so to `found`.
fn find(dir: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            find(&path, end, found);
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
}

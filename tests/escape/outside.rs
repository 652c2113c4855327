//! What is outside of the sandbox: a home with secrets in it, and a directory that anybody could write to.

use super::support::{Outcome, Run};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What must not become known. It stands in every file and in the environment.
pub const SECRET: &str = "secret-4d1c";
/// What is written over, if something can be.
pub const OLD: &str = "<meta name=\"generator\" content=\"nbrun 0.1.0\">the page of yesterday\n";

/// A home of its own for a test.
pub struct Outside {
    dir: TempDir,
}

impl Outside {
    pub fn new() -> Self {
        // Not where temporary files are, for there the sandbox has its own.
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        for file in [".ssh/id_ed25519", ".cargo/credentials.toml", "secret.rs", "secret.txt"] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, format!("const X: &str = \"{SECRET}\";\n")).expect("a file");
        }
        Self { dir }
    }

    /// The home.
    pub fn home(&self) -> &Path {
        self.dir.path()
    }

    /// A path below the home, as text that can stand in a Rust string.
    pub fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// A sandboxed run of a notebook by the owner of the home, who has a secret in the environment, and a page of before.
    pub fn prepare(&self, notebook: &str) -> Run {
        self.prepare_with(notebook, "--sandbox")
    }

    /// The same with a sandbox of another kind.
    pub fn prepare_with(&self, notebook: &str, sandbox: &str) -> Run {
        self.owned(Run::new().notebook("a.md", notebook).file("a.html", OLD)).args([sandbox])
    }

    /// A run by the owner of the home, who has a secret in the environment.
    pub fn owned(&self, run: Run) -> Run {
        // The toolchain stays where it is.
        let real = |variable: &str, name: &str| {
            let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
            std::env::var_os(variable).map_or_else(|| home.join(name), PathBuf::from).display().to_string()
        };
        run.env("CARGO_HOME", &real("CARGO_HOME", ".cargo"))
            .env("RUSTUP_HOME", &real("RUSTUP_HOME", ".rustup"))
            .env("HOME", &self.path(""))
            .env("SECRET", SECRET)
    }

    /// Runs it.
    pub fn run(&self, notebook: &str) -> Outcome {
        self.prepare(notebook).run()
    }

    /// Nothing was added, removed, or written over.
    #[track_caller]
    pub fn is_untouched(&self) {
        let mut files: Vec<String> = fs::read_dir(self.home())
            .expect("a home")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        files.sort();
        assert_eq!(files, [".cargo", ".ssh", "secret.rs", "secret.txt"]);
        let text = fs::read_to_string(self.home().join("secret.txt")).expect("a file");
        assert_eq!(text, format!("const X: &str = \"{SECRET}\";\n"));
    }
}

//! The hash of a notebook's cells, by which a record belongs to them.

use super::{Notebook, Role};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// SHA-256 of a notebook's cells, in hexadecimal: their kinds and their code, but neither prose nor places.
pub fn cells_sha256(notebook: &Notebook) -> String {
    let mut hash = Sha256::new();
    for cell in &notebook.cells {
        let must_fail = cell.must_fail.iter().map(|it| format!(" compile_fail {}", it.codes.join(" ")));
        let skip = if cell.skip { " skip" } else { "" };
        let fails = if cell.should_fail { " should_fail" } else { "" };
        // What an exercise fails by is no failure; that a cell is of a solution changes nothing of what it does.
        let exercise = if cell.role == Some(Role::Exercise) { " exercise" } else { "" };
        let spurious = if cell.spurious { " spurious" } else { "" };
        let kind = cell.kind.to_string() + &must_fail.collect::<String>() + fails + spurious + skip + exercise;
        let code = cell.code.text();
        for part in [kind, code] {
            // The lengths keep two cells apart from one that holds the text of both.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notebook::parse;

    #[test]
    fn the_hash_of_cells_depends_on_code_and_not_on_prose() {
        let hash = |text: &str| cells_sha256(&parse("a.md", text.to_owned()).expect("a notebook"));
        let cell = "```rust job\nfn f() {}\n```\n";
        assert_eq!(hash(cell), hash(&format!("prose\n\n{cell}")));
        assert_ne!(hash(cell), hash(&cell.replace('f', "g")));
        assert_ne!(hash(cell), hash(&cell.replace("job", "job compile_fail")));
        assert_ne!(hash(cell), hash(&cell.replace("job", "job skip")));
        assert_ne!(hash(cell), hash(&cell.replace("job", "run")));
        assert_ne!(hash(&cell.replace("job", "run")), hash(&cell.replace("job", "run should_panic")));
        assert_ne!(hash(&cell.replace("job", "run")), hash(&cell.replace("job", "run exercise")));
        assert_eq!(hash(cell), hash(&cell.replace("job", "job solution")));
    }
}

//! Collects the notebooks that are to be run, and reads them. Everything that cannot be read is reported at once.

use crate::diagnostic::{Diagnostic, Place, reason};
use crate::notebook::{self, Notebook};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A notebook that is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The file as the user named it, and as every diagnostic names it; `<stdin>` for standard input.
    pub file: String,
    /// Where it was read; `None` for standard input.
    pub path: Option<PathBuf>,
    /// Where its page belongs below an output directory: a directory's notebooks keep their own directories.
    pub page: PathBuf,
    /// Its whole text.
    pub text: String,
}

impl Input {
    /// The notebook, or what is left of it without its solutions.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn notebook(self, no_solutions: bool) -> Result<Notebook, Vec<Diagnostic>> {
        let read = if no_solutions { notebook::without_solutions } else { notebook::parse };
        read(&self.file, self.text)
    }
}

/// Reads the notebooks that `arguments` name: files, `-` for standard input, and directories.
///
/// Of a directory, a notebook is each `.md` file in it and below that holds a cell, or a mistake in one; prose without cells,
/// such as a README, is passed over, and so are hidden directories, `target`, `node_modules`, and links to directories.
/// They come in order of their paths.
///
/// # Errors
/// Each file that is missing, unreadable, empty, or not UTF-8, each directory without notebooks, and a second `-`.
pub fn collect(arguments: &[PathBuf]) -> Result<Vec<Input>, Vec<Diagnostic>> {
    let (inputs, errors) = find(arguments);
    if errors.is_empty() { Ok(inputs) } else { Err(errors) }
}

/// The same, with all that can be read beside the errors.
pub fn find(arguments: &[PathBuf]) -> (Vec<Input>, Vec<Diagnostic>) {
    let (mut inputs, mut errors) = (Vec::new(), Vec::new());
    for (n, argument) in arguments.iter().enumerate() {
        match named(argument, arguments[..n].contains(argument)) {
            Ok(found) => inputs.extend(found),
            Err(found) => errors.extend(found),
        }
    }
    (inputs, errors)
}

/// The notebooks that an argument names, which may be there `again`.
fn named(argument: &Path, again: bool) -> Result<Vec<Input>, Vec<Diagnostic>> {
    if argument == Path::new("-") {
        if again {
            Err(Diagnostic::new("standard input can be read only once").help("give `-` only once"))?;
        }
        Ok(vec![standard_input()?])
    } else if argument.is_dir() {
        directory(argument)
    } else {
        let page = PathBuf::from(argument.file_name().unwrap_or_default()).with_extension("html");
        Ok(vec![not_empty(file(argument, page)?)?])
    }
}

/// Reads the one notebook at `path`; that there are several is `wrong`.
pub fn one(path: &Path, wrong: &str) -> Result<Input, Vec<Diagnostic>> {
    let mut inputs = collect(&[path.to_owned()])?;
    inputs.pop().filter(|_| inputs.is_empty()).ok_or_else(|| Diagnostic::new(wrong).into())
}

type Found<T> = Result<T, Diagnostic>;

fn standard_input() -> Found<Input> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).map_err(|error| unreadable("<stdin>", &error))?;
    let text = text("<stdin>", bytes)?;
    not_empty(Input { file: "<stdin>".to_owned(), path: None, page: PathBuf::from("stdin.html"), text })
}

/// The text of the file at `path`.
///
/// # Errors
/// It is missing, unreadable, or not UTF-8.
pub fn read(path: &Path) -> Result<String, Diagnostic> {
    let name = path.to_string_lossy();
    let bytes = fs::read(path).map_err(|error| unreadable(&name, &error))?;
    text(&name, bytes)
}

fn file(path: &Path, page: PathBuf) -> Found<Input> {
    let file = path.to_string_lossy().into_owned();
    Ok(Input { file, path: Some(path.to_owned()), page, text: read(path)? })
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(format!("cannot read `{name}`: {}", reason(error)))
}

/// `input`, unless there is nothing in it.
fn not_empty(input: Input) -> Found<Input> {
    if input.text.trim_start_matches('\u{feff}').trim().is_empty() {
        let error = Diagnostic::new(format!("`{}` is empty", input.file));
        return Err(error.help("a notebook is markdown with ```rust job and ```yaml spawn cells"));
    }
    Ok(input)
}

/// The text of a file, or where it stops being UTF-8.
fn text(name: &str, bytes: Vec<u8>) -> Found<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let before = String::from_utf8_lossy(&bytes[..at]);
        let line = before.replace("\r\n", "\n").matches(['\n', '\r']).count() as u32 + 1;
        let column = before.chars().rev().take_while(|c| !matches!(c, '\n' | '\r')).count() as u32 + 1;
        let whole = String::from_utf8_lossy(&bytes);
        let error = Diagnostic::new(format!("`{name}` is not UTF-8 text"))
            .at(Place::in_source(name, &whole, line, column, 1))
            .label(format!("byte {at} is 0x{:02X}", bytes[at]));
        let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let help = if is_utf16 { "it looks like UTF-16; save it as UTF-8" } else { "save the file as UTF-8" };
        error.help(help)
    })
}

/// The notebooks in `directory` and below it.
fn directory(directory: &Path) -> Result<Vec<Input>, Vec<Diagnostic>> {
    let mut inputs = markdown(directory, None)?;
    inputs.retain(holds_a_cell);
    if inputs.is_empty() {
        return Err(no_notebook(directory).into());
    }
    Ok(inputs)
}

/// That there is no notebook in a directory.
pub fn no_notebook(directory: &Path) -> Diagnostic {
    let error = Diagnostic::new(format!("there is no notebook in the directory `{}`", directory.display()));
    error.help("a notebook is a `.md` file that holds a cell, such as a ```yaml spawn fence")
}

/// Whether a file holds a cell, or a mistake in one, which is reported when the notebook is run.
pub fn holds_a_cell(input: &Input) -> bool {
    notebook::parse(&input.file, input.text.clone()).map_or(true, |notebook| !notebook.cells.is_empty())
}

/// All markdown files in `directory` and below it, in order of their paths, without those in the directory `except`.
pub fn markdown(directory: &Path, except: Option<&Path>) -> Result<Vec<Input>, Vec<Diagnostic>> {
    let Tree { files, mut errors, .. } = Tree::of(directory, except);
    let mut inputs = Vec::new();
    for path in files {
        let page = path.strip_prefix(directory).unwrap_or(&path).with_extension("html");
        match file(&path, page) {
            Ok(input) => inputs.push(input),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(inputs) } else { Err(errors) }
}

/// The file at `path` below `directory`, if it is a notebook.
///
/// # Errors
/// It is unreadable, or not UTF-8.
pub fn in_directory(directory: &Path, path: &Path) -> Result<Option<Input>, Diagnostic> {
    let page = path.strip_prefix(directory).unwrap_or(path).with_extension("html");
    Ok(Some(file(path, page)?).filter(holds_a_cell))
}

/// Where notebooks may be in a directory.
#[derive(Default)]
pub struct Tree {
    /// The directory itself and those below it, but for those that are passed over, in order.
    pub directories: Vec<PathBuf>,
    /// The markdown files in them, in order.
    pub files: Vec<PathBuf>,
    /// The directories that cannot be read.
    errors: Vec<Diagnostic>,
}

impl Tree {
    /// What there is now, without what is in the directory `except`.
    pub fn of(directory: &Path, except: Option<&Path>) -> Self {
        let mut tree = Self::default();
        let except = except.and_then(|except| fs::canonicalize(except).ok());
        tree.walk(directory, except.as_deref());
        tree.directories.sort();
        tree.files.sort();
        tree
    }

    fn walk(&mut self, directory: &Path, except: Option<&Path>) {
        if except.is_some() && fs::canonicalize(directory).ok().as_deref() == except {
            return;
        }
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => return self.errors.push(unreadable(&directory.to_string_lossy(), &error)),
        };
        self.directories.push(directory.to_owned());
        for entry in entries.flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let is_hidden = name.to_string_lossy().starts_with('.');
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && !is_hidden && name != "target" && name != "node_modules" {
                self.walk(&path, except);
            } else if !is_hidden && path.extension().is_some_and(|extension| extension == "md") && path.is_file() {
                self.files.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: &str = "```rust job\n```\n";

    /// A directory with these files.
    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn error(bytes: &[u8]) -> String {
        text("a.md", bytes.to_vec()).unwrap_err().to_string()
    }

    #[test]
    fn a_directory_gives_its_notebooks_in_order() {
        let root = tree(&[
            ("b.md", CELL),
            ("a/z.md", CELL),
            ("README.md", "# prose"),
            ("empty.md", ""),
            ("wrong.md", "```yaml spwn\n```\n"),
            ("c.txt", CELL),
            (".git/x.md", CELL),
            ("target/x.md", CELL),
            ("node_modules/x/x.md", CELL),
        ]);
        let inputs = collect(&[root.path().to_owned()]).unwrap();
        let pages: Vec<_> = inputs.iter().map(|input| input.page.to_str().unwrap()).collect();
        assert_eq!(pages, ["a/z.html", "b.html", "wrong.html"]);
        assert_eq!(inputs[1].path, Some(root.path().join("b.md")));
    }

    #[test]
    fn a_file_needs_no_cells_and_no_ending() {
        let root = tree(&[("lesson", "# prose")]);
        let inputs = collect(&[root.path().join("lesson")]).unwrap();
        assert_eq!((inputs[0].page.to_str(), inputs[0].text.as_str()), (Some("lesson.html"), "# prose"));
    }

    #[test]
    fn everything_that_cannot_be_read_is_reported_at_once() {
        let root = tree(&[("empty.md", ""), ("blank.md", "\u{feff} \n"), ("dir/README.md", "prose"), ("ok.md", CELL)]);
        let names = ["missing.md", "empty.md", "ok.md", "blank.md", "dir"].map(|name| root.path().join(name));
        let errors: Vec<_> = collect(&names).unwrap_err().into_iter().map(|error| error.message).collect();
        let path = |n: usize| names[n].display();
        assert_eq!(
            errors,
            [
                format!("cannot read `{}`: no such file or directory", path(0)),
                format!("`{}` is empty", path(1)),
                format!("`{}` is empty", path(3)),
                format!("there is no notebook in the directory `{}`", path(4)),
            ]
        );
    }

    #[test]
    fn text_that_is_not_utf8_is_an_error_at_its_byte() {
        let shown = error(b"one\r\ntw\xc3\xb6 \xff x\n");
        assert!(shown.starts_with("a.md:2:5: error: `a.md` is not UTF-8 text\n"), "{shown}");
        assert!(shown.contains("byte 10 is 0xFF"), "{shown}");
        assert!(error(b"\xff\xfea\0").contains("looks like UTF-16"));
    }
}

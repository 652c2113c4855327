//! Where pages go, and how they get there: a page is replaced whole or not at all.

use super::input::Input;
use super::{closed, temporary};
use crate::diagnostic::{Diagnostic, reason};
use clap::ValueEnum;
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{AccessFlags, access};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where something is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To standard output.
    Stdout,
    /// To this file.
    File(PathBuf),
}

impl Target {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Target::Stdout => None,
            Target::File(path) => Some(path),
        }
    }
}

/// What is made of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Product {
    /// A page that needs nothing else
    #[default]
    #[value(name = "html")]
    Page,
    /// The record: everything that happened
    #[value(name = "json")]
    Record,
    /// The notebook in markdown with the results below its cells, and its pictures as SVG files in a directory beside it
    #[value(name = "md")]
    Markdown,
    /// A Jupyter notebook with the results as outputs
    #[value(name = "ipynb")]
    Jupyter,
    /// The trace, for other tools.
    #[value(skip)]
    Trace,
}

impl Product {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Product::Page => "page",
            Product::Record => "record",
            Product::Markdown => "markdown file",
            Product::Jupyter => "Jupyter notebook",
            Product::Trace => "trace",
        }
    }

    /// How the name of a file of this kind ends.
    fn extension(self) -> &'static str {
        match self {
            Product::Page => "html",
            Product::Record | Product::Trace => "json",
            Product::Markdown => "md",
            Product::Jupyter => "ipynb",
        }
    }

    /// Whether it shows prose, with what the prose refers to.
    pub fn has_prose(self) -> bool {
        !matches!(self, Product::Record | Product::Trace)
    }

    /// Whether it holds the images that the prose shows.
    pub fn holds_images(self) -> bool {
        matches!(self, Product::Page | Product::Jupyter)
    }

    /// Its file beside a notebook.
    fn beside(self, notebook: &Path) -> PathBuf {
        match self {
            Product::Trace => notebook.with_extension("trace.json"),
            Product::Record => notebook.with_extension("run.json"),
            _ => notebook.with_extension(self.extension()),
        }
    }
}

/// The target of each input's page or trace, in order, with `output` as the user gave it: `-`, a file that ends as the
/// product does, or a directory. Without it, a page stands beside its notebook, and that of standard input goes to standard
/// output.
///
/// # Errors
/// Several pages for one target, and a page that would overwrite its own notebook or another one.
pub fn targets(inputs: &[Input], output: Option<&Path>, product: Product) -> Result<Vec<Target>, Vec<Diagnostic>> {
    let is_one_file = |path: &Path| {
        path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(product.extension())) && !path.is_dir()
    };
    let targets: Vec<Target> = inputs
        .iter()
        .map(|input| match (output, &input.path) {
            (Some(output), _) if output == Path::new("-") => Target::Stdout,
            (Some(output), _) if is_one_file(output) => Target::File(output.to_owned()),
            (Some(output), _) => Target::File(product.beside(&output.join(&input.page))),
            (None, Some(path)) => Target::File(product.beside(path)),
            (None, None) => Target::Stdout,
        })
        .collect();
    let mut errors = Vec::new();
    for (n, (input, target)) in inputs.iter().zip(&targets).enumerate() {
        let page = identity(target);
        if let Some(other) = targets[..n].iter().position(|other| identity(other) == page) {
            errors.push(same_target((&inputs[other], input), target, output, product));
        }
        if let Some(notebook) = read_at(inputs, &page) {
            let what = product.name();
            let message = format!("the {what} of `{}` would overwrite the notebook `{}`", input.file, notebook.file);
            errors.push(Diagnostic::new(message).help("name another file or a directory with `-o`, such as `-o out`"));
        }
    }
    if errors.is_empty() { Ok(targets) } else { Err(errors) }
}

/// The target of the record of a run that reads `inputs` and writes to `targets`.
///
/// # Errors
/// It is standard output, or would overwrite a notebook or what else comes of the run.
pub fn record(path: &Path, inputs: &[Input], targets: &[Target], product: Product) -> Result<Target, Diagnostic> {
    let target = Target::File(path.to_owned());
    let record = identity(&target);
    let message = if path == Path::new("-") {
        "a record goes to a file, and not to standard output".to_owned()
    } else if let Some(notebook) = read_at(inputs, &record) {
        format!("the record would overwrite the notebook `{}`", notebook.file)
    } else if targets.iter().any(|other| identity(other) == record) {
        format!("the record and the {} would both go to `{}`", product.name(), path.display())
    } else {
        return Ok(target);
    };
    Err(Diagnostic::new(message).help("name another file with `--record`"))
}

/// Checks that what is made from a record does not take its place.
///
/// # Errors
/// It would.
pub fn spares(target: &Target, record: &Path, product: Product) -> Result<(), Diagnostic> {
    if identity(target) != identity(&Target::File(record.to_owned())) {
        return Ok(());
    }
    let message = format!("the {} would overwrite the record `{}`", product.name(), record.display());
    Err(Diagnostic::new(message).help("name another file or a directory with `-o`"))
}

/// That two inputs have one target, with `output` as the user gave it.
fn same_target(
    (first, second): (&Input, &Input),
    target: &Target,
    output: Option<&Path>,
    product: Product,
) -> Diagnostic {
    let what = product.name();
    if first.path.is_some() && identity_of(first) == identity_of(second) {
        let error = Diagnostic::new(format!("the notebook `{}` is named twice", second.file));
        return error.help(format!("name it once: it has one {what}"));
    }
    let place = match target {
        Target::Stdout => "standard output".to_owned(),
        Target::File(path) => format!("`{}`", path.display()),
    };
    let error =
        Diagnostic::new(format!("the {what}s of `{}` and `{}` would both go to {place}", first.file, second.file));
    error.help(match (output, target) {
        (Some(output), Target::File(path)) if path != output => {
            "run them one by one with a directory each, or the directory that holds both: its notebooks keep their own directories"
        }
        (Some(_), _) => "name a directory with `-o`, or run the notebooks one by one",
        (None, _) => "name a file with `-o`, and run the notebooks one by one",
    })
}

/// The input that was read at a place.
fn read_at<'a>(inputs: &'a [Input], place: &Option<PathBuf>) -> Option<&'a Input> {
    inputs.iter().find(|input| input.path.is_some() && identity_of(input) == *place)
}

/// Where an input was read, however that is spelled.
fn identity_of(input: &Input) -> Option<PathBuf> {
    input.path.clone().and_then(|path| identity(&Target::File(path)))
}

/// A target under the one name that it has however it is spelled.
fn identity(target: &Target) -> Option<PathBuf> {
    let Target::File(path) = target else { return None };
    let name = path.file_name().unwrap_or_default();
    let found = fs::canonicalize(path).or_else(|_| fs::canonicalize(directory_of(path)).map(|found| found.join(name)));
    Some(found.unwrap_or_else(|_| path.clone()))
}

/// The directory that `path` stands in.
pub fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Checks that `target` can be written, as far as that can be known beforehand, so that nobody waits for a run in vain.
/// Nothing is touched.
///
/// # Errors
/// The target is a directory, or it cannot be created where it should stand.
pub fn check(target: &Target) -> Result<(), Diagnostic> {
    let path = match target {
        Target::Stdout => return check_stdout().map_err(|error| error.help("name a file or a directory with `-o`")),
        Target::File(path) => path,
    };
    if path.is_dir() {
        return Err(refused(path, "it is a directory"));
    }
    if is_special(path) {
        return access(path, AccessFlags::W_OK).map_err(|errno| refused(path, &reason(&io::Error::from(errno))));
    }
    // Directories that do not exist yet are made when the page is written.
    let standing = path.ancestors().skip(1).map(|at| if at == Path::new("") { Path::new(".") } else { at });
    let Some(directory) = standing.into_iter().find(|at| at.exists()) else { return Ok(()) };
    if !directory.is_dir() {
        return Err(refused(path, &format!("`{}` is not a directory", directory.display())));
    }
    access(directory, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|errno| refused(path, &format!("`{}`: {}", directory.display(), reason(&io::Error::from(errno)))))
}

/// Checks that there is a standard output.
///
/// # Errors
/// It was closed from the beginning.
pub fn check_stdout() -> Result<(), Diagnostic> {
    if closed::stdout() { Err(Diagnostic::new("cannot write to standard output: it is closed")) } else { Ok(()) }
}

/// Whether something stands at `path` that is no file, such as a device or a pipe: it is written to, not replaced.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Writes `content` to `target`. A file appears whole or stays as it was; one that is replaced keeps its permissions, and
/// missing directories are made.
///
/// # Errors
/// It cannot be written; what stood there before still does.
pub fn write(target: &Target, content: &[u8]) -> Result<(), Diagnostic> {
    match target {
        Target::Stdout => {
            let mut stdout = io::stdout().lock();
            let written = stdout.write_all(content).and_then(|()| stdout.flush());
            written.map_err(|error| Diagnostic::new(format!("cannot write to standard output: {}", reason(&error))))
        }
        Target::File(path) => {
            check(target)?;
            replace(path, content).map_err(|error| refused(path, &reason(&error)))
        }
    }
}

/// Writes `content` to a file that is not there yet, whole or not at all. Missing directories are made.
///
/// # Errors
/// It is there already, or cannot be written.
pub fn create(path: &Path, content: &[u8]) -> Result<(), Diagnostic> {
    let is_there = || refused(path, "it is there already").help("name another file, or remove this one");
    if path.symlink_metadata().is_ok() {
        return Err(is_there());
    }
    check(&Target::File(path.to_owned()))?;
    let written = stage(directory_of(path), content).and_then(|file| Ok(file.persist_noclobber(path)?));
    match written {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(is_there()),
        Err(error) => Err(refused(path, &reason(&error))),
    }
}

/// Removes from a directory of nbrun's own what has a name `of_ours` and is none of these files, and the directory if it is empty then.
///
/// # Errors
/// A file cannot be removed.
pub fn keep_only(directory: &Path, files: &[PathBuf], of_ours: fn(&str) -> bool) -> Result<(), Diagnostic> {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = directory.join(entry.file_name());
        if of_ours(&entry.file_name().to_string_lossy()) && !files.contains(&path) {
            fs::remove_file(&path)
                .map_err(|error| Diagnostic::new(format!("cannot remove `{}`: {}", path.display(), reason(&error))))?;
        }
    }
    // One with other files stays.
    let _ = fs::remove_dir(directory);
    Ok(())
}

/// A new file in `directory` that holds `content`, under a name that vanishes.
fn stage(directory: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    fs::create_dir_all(directory)?;
    // At the user's limit for the size of files, this signal would end nbrun in the middle of a page.
    SigSet::from(Signal::SIGXFSZ).thread_block()?;
    let mut file = temporary::create(directory)?;
    file.write_all(content)?;
    Ok(file)
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if is_special(path) {
        return fs::OpenOptions::new().write(true).open(path)?.write_all(content);
    }
    // A link stays a link: what it points to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let file = stage(directory_of(&path), content)?;
    if let Ok(old) = fs::metadata(&path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    // Else a power cut could leave an empty file under the new name.
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

fn refused(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::new(format!("cannot write `{}`: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    fn input(path: &str, page: &str) -> Input {
        let path = (path != "-").then(|| PathBuf::from(path));
        let file = path.as_ref().map_or("<stdin>".to_owned(), |path| path.display().to_string());
        Input { file, path, page: page.into(), text: String::new() }
    }

    fn files(inputs: &[Input], output: Option<&str>) -> Vec<String> {
        let targets = targets(inputs, output.map(Path::new), Product::Page).unwrap();
        let name = |target| match target {
            Target::Stdout => "-".to_owned(),
            Target::File(path) => path.display().to_string(),
        };
        targets.into_iter().map(name).collect()
    }

    #[test]
    fn a_page_stands_beside_its_notebook_or_where_the_user_wants_it() {
        let inputs = [input("x/a.md", "a.html"), input("x/y/b.md", "y/b.html")];
        assert_eq!(files(&inputs, None), ["x/a.html", "x/y/b.html"]);
        assert_eq!(files(&inputs, Some("out")), ["out/a.html", "out/y/b.html"]);
        assert_eq!(files(&inputs[..1], Some("out.HTML")), ["out.HTML"]);
        assert_eq!(files(&inputs[..1], Some("-")), ["-"]);
        assert_eq!(files(&[input("-", "stdin.html")], None), ["-"]);
        assert_eq!(files(&[input("-", "stdin.html")], Some("out")), ["out/stdin.html"]);
    }

    #[test]
    fn two_pages_for_one_target_are_an_error() {
        let inputs = [input("x/a.md", "a.html"), input("y/a.md", "a.html")];
        for (output, place) in [("out", "`out/a.html`"), ("-", "standard output"), ("p.html", "`p.html`")] {
            let errors = targets(&inputs, Some(Path::new(output)), Product::Page).unwrap_err();
            let expected = format!("the pages of `x/a.md` and `y/a.md` would both go to {place}");
            assert_eq!(errors[0].message, expected);
        }
        assert!(targets(&inputs, None, Product::Page).is_ok());
        let twice = [input("a.md", "a.html"), input("./a.markdown", "a.html")];
        assert!(targets(&twice, None, Product::Page).is_err(), "however the directory is spelled");
    }

    #[test]
    fn the_help_against_one_target_for_two_is_not_what_was_done() {
        let shown = |inputs: &[Input], output: Option<&str>| {
            targets(inputs, output.map(Path::new), Product::Page).unwrap_err()[0].to_string()
        };
        let inputs = [input("x/a.md", "a.html"), input("y/a.md", "a.html")];
        assert!(!shown(&inputs, Some("out")).contains("`-o`"), "a directory was named");
        assert!(shown(&inputs, Some("p.html")).contains("name a directory with `-o`"));
        let twice = [input("a.md", "a.html"), input("./a.md", "a.html")];
        for output in [None, Some("out"), Some("-"), Some("p.html")] {
            assert!(shown(&twice, output).starts_with("error: the notebook `./a.md` is named twice\n"));
        }
    }

    #[test]
    fn a_page_never_overwrites_a_notebook() {
        let errors = targets(&[input("a.html", "a.html")], None, Product::Page).unwrap_err();
        assert_eq!(errors[0].message, "the page of `a.html` would overwrite the notebook `a.html`");
    }

    #[test]
    fn a_record_its_notebook_and_its_page_never_overwrite_each_other() {
        let (inputs, page) = ([input("a.md", "a.html")], [Target::File("a.html".into())]);
        let error = |path: &str| record(Path::new(path), &inputs, &page, Product::Page).map_err(|error| error.message);
        assert_eq!(error("./a.md").unwrap_err(), "the record would overwrite the notebook `a.md`");
        assert_eq!(error("a.html").unwrap_err(), "the record and the page would both go to `a.html`");
        assert_eq!(error("-").unwrap_err(), "a record goes to a file, and not to standard output");
        assert_eq!(error("a.json"), Ok(Target::File("a.json".into())));
        let trace = Target::File("./run.json".into());
        let message = spares(&trace, Path::new("run.json"), Product::Trace).unwrap_err().message;
        assert_eq!(message, "the trace would overwrite the record `run.json`");
        assert_eq!(spares(&Target::Stdout, Path::new("run.json"), Product::Page), Ok(()));
    }

    #[test]
    fn a_target_that_cannot_be_written_is_known_beforehand() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        fs::create_dir(root.path().join("page.html")).unwrap();
        let error = |name: &str| check(&Target::File(root.path().join(name))).map_err(|error| error.message);
        assert!(error("page.html").unwrap_err().ends_with("it is a directory"));
        assert!(error("file/a.html").unwrap_err().ends_with("file` is not a directory"));
        assert_eq!(error("new/dir/a.html"), Ok(()));
        assert!(!root.path().join("new").exists());
    }

    #[test]
    fn a_page_is_replaced_whole_and_keeps_its_permissions() {
        let root = tempfile::tempdir().unwrap();
        let page = root.path().join("dir/a.html");
        let target = Target::File(page.clone());
        write(&target, b"one").unwrap();
        assert_eq!(fs::read(&page).unwrap(), b"one");
        fs::set_permissions(&page, Permissions::from_mode(0o640)).unwrap();
        write(&target, b"two").unwrap();
        assert_eq!(fs::read(&page).unwrap(), b"two");
        assert_eq!(fs::metadata(&page).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(page.parent().unwrap()).unwrap().count(), 1, "nothing is left over");
    }

    #[test]
    fn a_link_stays_a_link() {
        let root = tempfile::tempdir().unwrap();
        let (page, link) = (root.path().join("real.html"), root.path().join("link.html"));
        fs::write(&page, "one").unwrap();
        std::os::unix::fs::symlink(&page, &link).unwrap();
        write(&Target::File(link.clone()), b"two").unwrap();
        assert_eq!(fs::read(&page).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}

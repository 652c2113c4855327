//! One spec cell: from its text to its work, or to everything that is wrong with it.

use super::blanks;
pub(super) use super::declare::Declared;
use super::declare::example;
use super::options::OPTIONS;
use super::reader::{Reader, list};
use super::{Expect, Options, Pool, Skipped, Spawn};
use crate::diagnostic::{Diagnostic, Diagnostics, Note};
use crate::model::SkipReason;
use crate::notebook::yaml::{self, Node, Span, Value};
use crate::notebook::{Cell, Notebook, Snippet, SpecKind};
use std::collections::HashMap;

/// The anchors of the cells so far, and where they stand.
pub(super) type Anchors = HashMap<String, Span>;

/// What a spec cell asks for.
pub(super) enum Work {
    Declare(Vec<Declared>),
    Spawn(Spawn),
    Pool(Pool),
    ExpectedError(Diagnostic),
    Skipped(Skipped),
}

/// Reads a spec cell. Where it is wrong and has a blank that YAML does not take for one, it is read once more with spaces in
/// their place: only what is wrong then, too, has other reasons.
pub(super) fn read(
    notebook: &Notebook,
    cell: &Cell,
    kind: SpecKind,
    anchors: &mut Anchors,
    room: usize,
) -> (Options, Result<Work, Vec<Diagnostic>>) {
    let replaced = blanks::replaced(&cell.code);
    let before = replaced.is_some().then(|| anchors.clone());
    let (options, work) = read_code(notebook, cell, &cell.code, kind, anchors, room);
    match (&work, replaced) {
        (Err(wrong), Some((code, first))) => {
            *anchors = before.unwrap_or_default();
            let (_, again) = read_code(notebook, cell, &code, kind, anchors, room);
            let rest = again.err().unwrap_or_default();
            // Spaces in their place would change nothing.
            if rest.first().is_some_and(|error| error.place == wrong[0].place) {
                return (options, work);
            }
            let line = code.lines.get(first.0).map_or(0, |line| line.line);
            let rest: Vec<_> =
                rest.into_iter().filter(|error| error.place.as_ref().is_none_or(|at| at.line != line)).collect();
            let error = blanks::error(&notebook.file, &notebook.text, &cell.code, first);
            (options, Err([vec![error], rest].concat()))
        }
        _ => (options, work),
    }
}

/// Reads the code of a spec cell.
fn read_code(
    notebook: &Notebook,
    cell: &Cell,
    code: &Snippet,
    kind: SpecKind,
    anchors: &mut Anchors,
    room: usize,
) -> (Options, Result<Work, Vec<Diagnostic>>) {
    let (file, source) = (notebook.file.as_str(), notebook.text.as_str());
    let root = match yaml::parse(file, source, code) {
        Ok(Some(root)) if !root.is_null() => root,
        Ok(_) => return (Options::default(), Err(vec![empty(notebook, cell, kind)])),
        Err(errors) => return (Options::default(), Err(errors)),
    };
    let mut reader = Reader { file, source, kind, errors: Vec::new(), room, more: 0 };
    let torn = reader.split_calls(&root);
    let before = reader.errors.len();
    let (mut options, mut work) = work(&mut reader, &root);
    if options.skip {
        // Nobody waits for a cell that is switched off to be right.
        reader.errors.clear();
        reader.more = 0;
        work = Some(Work::Skipped(skipped(&root, &options, work, kind)));
        options = Options { name: options.name, skip: true, ..Options::default() };
    }
    if torn && !options.skip {
        // Whatever else is wrong with the cell comes of the same commas.
        reader.errors.truncate(before);
        work = None;
    }
    axis(&mut reader, &root, &options, anchors);
    anchor(&mut reader, &root, &options, anchors);
    let expected = match &options.expect {
        Some(Expect::Error(text)) => Some(text.clone()),
        _ => None,
    };
    let (mut errors, more) = (reader.errors, reader.more);
    errors.sort_by_key(|error| error.place.as_ref().map(|place| (place.line, place.column)));
    match (work, expected) {
        (Some(work), _) if errors.is_empty() => (options, Ok(work)),
        (_, Some(text)) if errors.iter().map(Diagnostic::to_string).collect::<String>().contains(&text) => {
            let first = errors.swap_remove(0);
            (options, Ok(Work::ExpectedError(first)))
        }
        (_, expected) => {
            if let (Some(text), Some(last)) = (expected, errors.last_mut()) {
                last.notes.push(Note::Note(format!("this cell expects an error that says: {text}")));
            }
            (options, Err(all(errors, more)))
        }
    }
}

/// What is known of a cell that its author has switched off.
fn skipped(root: &Node, options: &Options, work: Option<Work>, kind: SpecKind) -> Skipped {
    let changes = match work {
        Some(Work::Spawn(spawn)) => options.changes(spawn.executors.len()),
        Some(Work::Pool(pool)) => options.changes(pool.executors.len()),
        _ => matches!(kind, SpecKind::Spawn | SpecKind::Pool),
    };
    let declares = match (&root.value, kind) {
        (_, SpecKind::Spawn | SpecKind::Pool) => Vec::new(),
        (Value::Map { entries, .. }, _) => {
            let names = entries.iter().map(|entry| entry.key.text.clone());
            names.filter(|name| !OPTIONS.contains(&name.as_str())).collect()
        }
        _ => Vec::new(),
    };
    Skipped { reason: SkipReason::Marked, declares, changes }
}

/// Some errors, and as many more that are only counted.
fn all(errors: impl IntoIterator<Item = Diagnostic>, more: usize) -> Vec<Diagnostic> {
    let mut all = Diagnostics::default();
    all.extend(errors);
    all.count(more);
    all.list()
}

/// Reads what a cell of its kind asks for.
fn work(reader: &mut Reader, root: &Node) -> (Options, Option<Work>) {
    match reader.kind {
        SpecKind::Spawn => {
            let (options, spawn) = reader.spawn(root);
            (options, spawn.map(Work::Spawn))
        }
        SpecKind::Pool => {
            let (options, pool) = reader.pool(root);
            (options, pool.map(Work::Pool))
        }
        SpecKind::Queue | SpecKind::Value | SpecKind::Array | SpecKind::Lock => {
            let (options, declared) = reader.declarations(root);
            (options, Some(Work::Declare(declared)))
        }
    }
}

/// Sees to it that the cell whose axis is shared stands above.
fn axis(reader: &mut Reader, root: &Node, options: &Options, anchors: &Anchors) {
    let (Some(name), Value::Map { entries, .. }) = (&options.like, &root.value) else { return };
    let Some(entry) = entries.iter().find(|entry| entry.key.text == "axis") else { return };
    if !anchors.contains_key(name) {
        let diagnostic = Diagnostic::new(format!("no cell above is named `{name}`"));
        let diagnostic = diagnostic.did_you_mean(name, anchors.keys().map(String::as_str));
        let help = "`axis: like NAME` shares the axis of time of the cell above that has `name: NAME`";
        reader.report(entry.value.span, diagnostic.help(help));
    }
}

/// Sees to it that no two cells have the same anchor.
fn anchor(reader: &mut Reader, root: &Node, options: &Options, anchors: &mut Anchors) {
    let (Some(name), Value::Map { entries, .. }) = (&options.name, &root.value) else { return };
    let Some(entry) = entries.iter().find(|entry| entry.key.text == "name") else { return };
    let number = name.strip_prefix("cell-").unwrap_or("");
    let is_own = matches!(name.as_str(), "top" | "theme") || number.starts_with(|c: char| c.is_ascii_digit());
    if is_own {
        let diagnostic = Diagnostic::new(format!("every page has its own anchor `{name}`"));
        reader.report(entry.value.span, diagnostic.help("name the cell by what it shows"));
    } else if let Some(first) = anchors.get(name) {
        let mut diagnostic = Diagnostic::new(format!("two cells are named `{name}`"));
        diagnostic.notes.push(Note::Also(first.place(reader.file, reader.source), "the first of them".to_owned()));
        reader.report(entry.value.span, diagnostic);
    } else {
        anchors.insert(name.clone(), entry.value.span);
    }
}

/// The diagnostic for a cell in which nothing stands.
fn empty(notebook: &Notebook, cell: &Cell, kind: SpecKind) -> Diagnostic {
    Diagnostic::new(format!("this {kind} cell is empty"))
        .at(notebook.fence(cell.line))
        .help(format!("write for example\n{}", example(kind)))
        .note(format!("the kinds of spec are {}", list(&SpecKind::ALL.map(SpecKind::as_str))))
}

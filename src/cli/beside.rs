//! The files beside a notebook that go along when it is handed out: the images that its prose shows, and what it links to.

use super::Errors;
use super::document::Document;
use super::links::absolute;
use crate::diagnostic::{Diagnostic, reason};
use crate::export::jupyter;
use crate::render;
use crate::render::images::{is_elsewhere, path as path_of};
use crate::render::references::Reference;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What goes along with some notebooks.
#[derive(Default)]
pub struct Beside {
    /// What each file holds, by where it goes.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// Which of them belong to each notebook, in order.
    pub of: Vec<BTreeSet<PathBuf>>,
    /// About those that cannot go along.
    pub warnings: Vec<Diagnostic>,
}

/// What happens to a file to which a notebook refers.
enum Fate {
    /// It is no file of the author's, or it stays where it is.
    Stays,
    /// It goes there, with this content.
    Goes(PathBuf, Vec<u8>),
}

impl Beside {
    /// What goes along with notebooks into a directory.
    ///
    /// # Errors
    /// Two files that would go to one place.
    pub fn find(documents: &[Document], root: &Path) -> Result<Self, Errors> {
        let (mut found, mut errors) = (Self::default(), Vec::new());
        for document in documents {
            let mut own = BTreeSet::new();
            let all = document.references.images.iter().chain(&document.references.links);
            for reference in all.filter(|reference| is_beside(&reference.url)) {
                match fate(document, reference, root) {
                    Ok(Fate::Stays) => {}
                    Ok(Fate::Goes(to, content)) => {
                        if found.files.get(&to).is_some_and(|other| *other != content) {
                            let message = format!("another file would go to `{}`, too", to.display());
                            errors.push(Diagnostic::new(message).at(reference.place(&document.notebook)));
                        }
                        found.files.insert(to.clone(), content);
                        own.insert(to);
                    }
                    Err(why) => {
                        let warning =
                            Diagnostic::new(format!("`{}` is not handed out: {why}", path_of(&reference.url)));
                        found.warnings.push(warning.warning().at(reference.place(&document.notebook)));
                    }
                }
            }
            found.of.push(own);
        }
        if errors.is_empty() { Ok(found) } else { Err(errors) }
    }
}

/// Whether an address means a file by its way from the notebook.
fn is_beside(url: &str) -> bool {
    !is_elsewhere(url) && !url.starts_with('/') && !path_of(url).is_empty()
}

/// What happens to a file, or why it cannot go along. A notebook is handed out by itself or not at all, and what was made of one holds its
/// solutions.
fn fate(document: &Document, reference: &Reference, root: &Path) -> Result<Fate, String> {
    let path = path_of(&reference.url);
    let beside = |file: Option<&Path>| file.and_then(Path::parent).unwrap_or(Path::new("")).join(&path);
    let Some(target) = document.target.file() else { return Ok(Fate::Stays) };
    let from = beside(document.path.as_deref());
    let is_markdown = from.extension().is_some_and(|extension| extension == "md" || extension == "markdown");
    if is_markdown
        || from.is_dir()
        || from.extension().is_some_and(|end| end == "html") && from.with_extension("md").is_file()
    {
        return Ok(Fate::Stays);
    }
    let content = fs::read(&from).map_err(|error| reason(&error))?;
    if render::is_made_by_nbrun(&content) || jupyter::is_made_by_nbrun(&content) {
        return Ok(Fate::Stays);
    }
    let to = absolute(&beside(Some(target)));
    let Ok(below) = to.strip_prefix(absolute(root)) else {
        return Err("it would stand outside of the directory of what is handed out".to_owned());
    };
    let is_there = to == absolute(&from);
    Ok(if is_there { Fate::Stays } else { Fate::Goes(root.join(below), content) })
}

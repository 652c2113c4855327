//! What runs write into a directory that `-o` names, or beside notebooks: nobody else's file is overwritten, and what is no longer made
//! of the notebooks goes.

use super::Errors;
use super::document::Document;
use super::links::absolute;
use super::manifest::{Files, Made, Manifest, hash};
use super::output::{self, Product, Target};
use super::session::each;
use crate::diagnostic::Diagnostic;
use crate::export::jupyter;
use crate::render;
use crate::site::address::way;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The list of what runs wrote, in the output directory.
const NAME: &str = ".nbrun-files.json";

/// Where a call writes.
pub struct Outputs {
    product: Product,
    /// The output directory; `None` where files stand beside notebooks, or where the user named one.
    manifest: Option<Manifest>,
    /// The notebooks of which this call has written all, and what it has written.
    done: BTreeSet<String>,
    written: Files,
}

impl Outputs {
    /// Looks at where the targets of a call are, before anything runs. `output` is what the user named.
    ///
    /// # Errors
    /// Every target that somebody else made, or that cannot be written.
    pub fn open(targets: &[Target], output: Option<&Path>, product: Product) -> Result<Self, Errors> {
        let is_named = |target: &Target| match target {
            Target::Stdout => true,
            Target::File(path) => output == Some(path),
        };
        let dir = output.filter(|_| !targets.iter().any(is_named));
        let manifest = dir.map(|dir| Manifest::read(dir, NAME)).transpose()?;
        each(targets, |target| {
            let foreign = match target {
                Target::File(path) if !is_named(target) && !is_listed(path, manifest.as_ref()) => {
                    foreign(path, product)
                }
                _ => None,
            };
            foreign.map_or_else(|| Ok(output::check(target)?), |foreign| Err(foreign.into()))
        })?;
        Ok(Self { product, manifest, done: BTreeSet::new(), written: Files::new() })
    }

    /// Checks that a file which goes along with a notebook can be written, and takes nobody else's place.
    ///
    /// # Errors
    /// It cannot be written, or another one is there.
    pub fn spares(&self, to: &Path, content: &[u8]) -> Result<(), Diagnostic> {
        let is_other = || fs::read(to).map_or(to.exists(), |there| there != content);
        if !is_listed(to, self.manifest.as_ref()) && is_other() {
            let message = format!("cannot write `{}`: another file is there already", to.display());
            return Err(Diagnostic::new(message).help("name another directory with `-o`, or remove this file"));
        }
        output::check(&Target::File(to.to_owned()))
    }

    /// Notes what has been written of a notebook.
    pub fn add(&mut self, document: &Document, files: &[PathBuf]) {
        let Some(manifest) = &self.manifest else { return };
        let notebook = document.path.as_deref().map(|path| way(&absolute(&manifest.dir), &absolute(path)));
        let notebook = notebook.map(|way| way.to_string_lossy().into_owned());
        for file in files {
            let Ok(below) = file.strip_prefix(&manifest.dir) else { continue };
            let of = notebook.clone().map(|notebook| (notebook, self.product.name().to_owned()));
            let made = fs::read(file).map(|content| Made { sha256: hash(&content), of, from: None });
            self.written.extend(made.ok().map(|made| (below.to_string_lossy().into_owned(), made)));
        }
        self.done.extend(notebook);
    }

    /// Removes what an earlier call wrote of the same notebooks and this one does not, and what was made of notebooks that are gone from
    /// the directories among `inputs`.
    ///
    /// # Errors
    /// What cannot be removed.
    pub fn close(self, inputs: &[PathBuf]) -> Result<(), Errors> {
        let Some(mut manifest) = self.manifest else { return Ok(()) };
        let here = absolute(&manifest.dir);
        let dirs: Vec<PathBuf> = inputs.iter().filter(|input| input.is_dir()).map(|dir| absolute(dir)).collect();
        let is_stale = |path: &str, made: &Made| {
            let Some((notebook, product)) = &made.of else { return false };
            let file = absolute(&here.join(notebook));
            let is_gone = || dirs.iter().any(|dir| file.starts_with(dir)) && !file.exists();
            !self.written.contains_key(path)
                && (self.done.contains(notebook) && *product == self.product.name() || is_gone())
        };
        let stale = |(path, made): (&String, &Made)| is_stale(path, made).then(|| path.clone());
        let stale: Vec<String> = manifest.files.iter().filter_map(stale).collect();
        each(&stale, |path| Ok(manifest.remove(path)?))?;
        let mut files = manifest.files.clone();
        files.retain(|path, _| !stale.contains(path));
        files.extend(self.written);
        Ok(manifest.list(files)?)
    }
}

/// Whether an earlier call wrote a file.
fn is_listed(path: &Path, manifest: Option<&Manifest>) -> bool {
    let below = manifest.and_then(|manifest| Some((manifest, path.strip_prefix(&manifest.dir).ok()?)));
    below.is_some_and(|(manifest, path)| manifest.files.contains_key(&*path.to_string_lossy()))
}

/// That a file was made by hand, or by another program. Of records, the name says whose they are.
fn foreign(path: &Path, product: Product) -> Option<Diagnostic> {
    let is_made_by_nbrun = match product {
        Product::Page => render::is_made_by_nbrun,
        Product::Jupyter => jupyter::is_made_by_nbrun,
        Product::Markdown => |_: &[u8]| false,
        Product::Record | Product::Trace => return None,
    };
    let there = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let is_ours = there.len() == 0 || fs::read(path).is_ok_and(|text| is_made_by_nbrun(&text));
    let error = || {
        Diagnostic::new(format!("cannot write `{}`: it is there already, and nbrun has not made it", path.display()))
    };
    (!is_ours).then(|| error().help("name another file or a directory with `-o`, or remove this one"))
}

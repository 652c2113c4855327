//! The pages of notebooks. One that the last build wrote from the same is not made again.

use super::directory::Output;
use super::write::Files;
use crate::cli::document::Document;
use crate::cli::kept::Kept;
use crate::cli::manifest::hash;
use crate::record::Record;
use crate::render::{self, RenderOptions};
use crate::sandbox;
use crate::site::Site;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

/// What makes the pages of a site's notebooks.
pub struct Pages<'a> {
    site: &'a Site,
    files: &'a Files,
    output: &'a Output,
    /// What tells this nbrun from any other, if that is known.
    program: Option<String>,
}

/// The page of a notebook.
#[derive(Default)]
pub struct Page {
    /// Its text.
    pub text: String,
    /// The SHA-256 of all that it was made from, where the next build may have the same.
    pub from: Option<String>,
}

impl<'a> Pages<'a> {
    /// Those of `site`, which are among `files`, in a directory in which those of the last build may be.
    pub fn new(site: &'a Site, files: &'a Files, output: &'a Output) -> Self {
        // Of one version, a developer may have many.
        let program = fs::metadata(sandbox::ITSELF)
            .ok()
            .map(|file| format!("{} {} {} {}", env!("CARGO_PKG_VERSION"), file.len(), file.mtime(), file.mtime_nsec()));
        Self { site, files, output, program }
    }

    /// The page of a notebook that just ran, or of prose.
    pub fn make(&self, number: usize, document: &Document, record: Option<&Record>) -> String {
        let look = self.framed(number, document.look.clone());
        render::render_file(&document.notebook, record.unwrap_or(&super::write::nothing()), &look)
    }

    /// The page of a notebook that ran earlier, if its record is whole.
    pub fn remade(&self, number: usize, document: &Document, look: RenderOptions, kept: &Kept) -> Option<Page> {
        let look = self.framed(number, look);
        let notebook = &document.notebook;
        let from = self.program.as_ref().map(|program| {
            let parts = [program, &notebook.file, &notebook.text, &kept.sha256(), &format!("{look:?}")];
            hash(parts.map(|part| format!("{} {part}", part.len())).concat().as_bytes())
        });
        let path = &self.site.pages[number].path;
        let earlier = from.as_ref().and_then(|from| self.output.earlier(path, from));
        let text = match earlier {
            Some(earlier) => earlier,
            None => render::render_file(notebook, &kept.record(document)?, &look),
        };
        Some(Page { text, from })
    }

    fn framed(&self, number: usize, look: RenderOptions) -> RenderOptions {
        RenderOptions { frame: Some(self.files.frame(self.site, number)), ..look }
    }
}

//! Reads the images that a notebook's prose shows, so that the page can hold them.

use crate::diagnostic::{Diagnostic, Diagnostics, reason};
use crate::notebook::Notebook;
use crate::render;
use crate::render::references::Reference;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The most bytes of one image. A page is to be mailed and to open at once.
const MAX_BYTES: u64 = 2_000_000;

/// The images that a notebook wants, which was read at `path`, by their addresses; on standard input, they are looked for in the
/// working directory.
///
/// # Errors
/// Every image that is missing, unreadable, too large, or none that a browser shows.
pub fn read(
    notebook: &Notebook,
    wanted: &[Reference],
    path: Option<&Path>,
) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let directory = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let mut images = BTreeMap::new();
    let mut errors = Diagnostics::default();
    for wanted in wanted {
        let path = render::images::path(&wanted.url);
        match data_url(&directory.join(&path)) {
            Ok(url) => drop(images.insert(wanted.url.clone(), url)),
            Err((why, help)) => errors
                .add(|| Diagnostic::new(format!("the image `{path}` {why}")).at(wanted.place(notebook)).help(help)),
        }
    }
    if errors.is_empty() { Ok(images) } else { Err(errors.list()) }
}

/// An image file as a `data:` address, or what is wrong with it and what to do.
fn data_url(path: &Path) -> Result<String, (String, &'static str)> {
    let wrong = |why: &str| {
        let help = "an image's path is relative to the notebook; it may be PNG, JPEG, GIF, WebP, AVIF or SVG";
        (why.to_owned(), help)
    };
    let unreadable = |error| wrong(&format!("cannot be read: {}", reason(&error)));
    let found = fs::metadata(path).map_err(unreadable)?;
    if !found.is_file() {
        return Err(wrong("is no file"));
    }
    if found.len() > MAX_BYTES {
        let why = format!("is too large: it has {} bytes, and {MAX_BYTES} are allowed", found.len());
        return Err((why, "make it smaller; the page holds every image"));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    render::images::data_url(&bytes).ok_or_else(|| wrong("is none that a browser shows"))
}

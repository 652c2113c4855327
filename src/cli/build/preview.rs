//! The images that authors choose for pages, by `image` in the front matter, and by `image` in `nbrun.yaml` for all others. Previews of
//! links show them, and so do the cards of an index.

use crate::cli::Errors;
use crate::cli::document::Document;
use crate::cli::links::{self, Copies, Tree};
use crate::cli::session::each;
use crate::diagnostic::{Diagnostic, Place, reason};
use crate::render::images::{self, is_on_the_web};
use crate::site::{CONFIG, Site};
use std::fs;
use std::path::{Path, PathBuf};

/// What previews show. None that is in wide use shows SVG.
const KINDS: [&str; 4] = ["png", "jpeg", "gif", "webp"];

/// Gives the pages of a site their images, and returns the files that it needs for them. `documents` have the first pages. Who is not
/// `trusted` gets no file.
///
/// # Errors
/// Every image that is not there, that is not in the site's directory, or that previews do not show.
pub fn images(documents: &[Document], site: &mut Site, tree: &Tree, trusted: bool) -> Result<Copies, Errors> {
    let mut copies = Copies::new();
    let mut find = |chosen: &Option<(String, Place)>, beside: &Path| -> Result<Option<String>, Errors> {
        let Some((url, place)) = chosen.as_ref().filter(|(url, _)| trusted || is_on_the_web(url)) else {
            return Ok(None);
        };
        if is_on_the_web(url) {
            return Ok(Some(url.clone()));
        }
        let (path, from) = local(url, beside, tree).map_err(|error| error.at(place.clone()))?;
        copies.insert(path.clone(), from);
        Ok(Some(path))
    };
    let of_site = find(&site.config.image, &tree.dir.join(CONFIG));
    let of_pages = each(documents, |document| {
        find(&document.notebook.front_matter.image, document.path.as_deref().unwrap_or(Path::new("")))
    });
    let (of_site, of_pages) = match (of_site, of_pages) {
        (Ok(of_site), Ok(of_pages)) => (of_site, of_pages),
        (of_site, of_pages) => return Err([of_site.err(), of_pages.err()].into_iter().flatten().flatten().collect()),
    };
    site.image = of_site;
    for (page, image) in site.pages.iter_mut().zip(of_pages) {
        page.image = image;
    }
    Ok(copies)
}

/// The image that an address in the file at a path means: its path below the site's root, and where it is.
fn local(url: &str, file: &Path, tree: &Tree) -> Result<(String, PathBuf), Diagnostic> {
    let path = links::file_of(Some(file), url, Some(&tree.dir));
    let wrong = |why: &str| Diagnostic::new(format!("the image `{url}` {why}"));
    let bytes = fs::read(&path).map_err(|error| wrong(&format!("cannot be read: {}", reason(&error))))?;
    if !images::kind(&bytes).is_some_and(|kind| KINDS.contains(&kind)) {
        return Err(wrong("is none that previews of links show").help("it may be PNG, JPEG, GIF or WebP"));
    }
    let whole = links::absolute(&path);
    match whole.strip_prefix(links::absolute(&tree.dir)) {
        Ok(below) => Ok((below.to_string_lossy().into_owned(), whole)),
        Err(_) => Err(wrong("is not in the site's directory").help("copy it there, or give its address on the web")),
    }
}

//! The files that all pages of a site share. Their names hold a hash of their content, so that a browser may keep them for ever.

use crate::render::theme;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// MiniSearch, by Luca Ongaro, under the MIT licence, which stands at its beginning.
const MINISEARCH: &str = include_str!("minisearch.js");

/// A file below the site's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub content: String,
}

impl Asset {
    /// A file of this name and ending, in the directory of such files.
    pub fn new(name: &str, ending: &str, content: String) -> Self {
        let hash = Sha256::digest(&content);
        let hash = hash.iter().take(5).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Self { path: format!("assets/{name}-{hash}.{ending}"), content }
    }
}

/// The style sheet and the script of all pages.
pub fn assets() -> [Asset; 2] {
    [Asset::new("page", "css", theme::style(true)), Asset::new("page", "js", theme::script(true, true))]
}

/// The library that searches.
pub fn search_library() -> Asset {
    Asset::new("minisearch", "js", theme::tight(MINISEARCH))
}

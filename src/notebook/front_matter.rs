//! The YAML block at the head of a notebook.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the front matter says. Keys that nbrun does not know at the top level are left to other tools.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FrontMatter {
    /// The page's title.
    pub title: Option<String>,
    /// The date, as it was written.
    pub date: Option<String>,
    /// The author, or several joined by `, `.
    pub author: Option<String>,
    /// The tags; a single one may be written without a list.
    pub tags: Vec<String>,
    /// The page's language as a BCP 47 tag, such as `en` or `zh-CN`.
    pub lang: Option<String>,
    /// One sentence for search engines and link previews.
    pub description: Option<String>,
    /// The run's own settings, under the key `nbrun`.
    pub nbrun: Settings,
}

/// Settings of a run that a notebook makes for itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// The time limit of each cell that has none of its own.
    pub timeout: Option<Duration>,
}

//! How a page is to look, beside what the notebook and the record say.

use super::frame::Frame;
use super::words::Words;
use crate::model::{AxisKind, Reveal};
use std::collections::{BTreeMap, BTreeSet};

/// What the command line and the specs say about a page's looks.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RenderOptions {
    /// Whether all that changes from run to run is left out: times, process numbers, the date, the machine.
    pub stable: bool,
    /// Whether the user does not trust the author, whatever the record says.
    pub distrusted: bool,
    /// The local images, by the address in the markdown, as `data:` addresses.
    pub images: BTreeMap<String, String>,
    /// Where links lead from the page, by the address in the notebook, where that is another.
    pub links: BTreeMap<String, String>,
    /// Whether the run is from another time than the text: the page says so, unless it leaves times out.
    pub recalled: bool,
    /// What the run was made with that is not what there is now, each with what there is: the page says so.
    pub others: Vec<[String; 2]>,
    /// Addresses in the notebook that lead nowhere: of such a link, its text is left.
    pub dead: BTreeSet<String>,
    /// The address of the script that keeps the page up to date, while it is served.
    pub live: Option<String>,
    /// What stands around the page, where it is one of a site.
    pub frame: Option<Frame>,
    /// What the specs say, by cell; a cell without an entry has all defaults.
    pub cells: Vec<CellOptions>,
}

/// What a spec says about its cell's looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellOptions {
    /// A name, which becomes an anchor.
    pub name: Option<String>,
    /// How the result is revealed, where it is folded until the reader has guessed it.
    pub reveal: Option<Reveal>,
    /// The axis of its pictures, where the author chose one.
    pub axis: Option<AxisKind>,
    /// The name of the cell whose axis of time they share.
    pub like: Option<String>,
}

/// No resource at all.
pub const NONE: &BTreeSet<u32> = &BTreeSet::new();

/// What every part of a page must know about its looks.
#[derive(Clone, Copy)]
pub struct RenderContext<'a> {
    /// The page's own words.
    pub words: Words<'a>,
    /// The language of the words as an attribute, where it is not that of the page.
    pub lang: &'static str,
    /// The language of the page as an attribute, where that of the words is another: for the author's within ours.
    pub theirs: &'a str,
    /// Whether all that changes from run to run is left out.
    pub stable: bool,
    /// Whether the author is trusted: HTML in the prose is as they wrote it.
    pub trusted: bool,
    /// How many cores the runs could use.
    pub cores: u32,
    /// What is long and holds what the page has told already, by id.
    pub unchanged: &'a BTreeSet<u32>,
}

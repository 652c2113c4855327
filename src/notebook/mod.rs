//! Stage 1: markdown to cells with exact byte and line positions. Pure: text in, data out.

mod added_key;
pub mod addresses;
mod cells_sha256;
mod dependencies;
mod details;
mod duration;
mod fences;
mod finding;
pub mod front_matter;
mod front_matter_block;
mod handout;
pub mod hidden;
mod info;
mod inside_html;
mod limits;
mod lines;
pub mod markdown;
mod only_shown;
mod parse;
pub mod results;
mod role;
mod snippet;
mod solutions;
pub mod tags;
pub mod wide;
pub mod yaml;

pub use added_key::added_key;
pub use cells_sha256::cells_sha256;
pub use dependencies::Dependency;
pub use duration::{DURATION_HELP, duration};
pub use front_matter::{FrontMatter, Settings};
pub use handout::without_solutions;
pub use limits::{LIMITS, Limits, Size, WrongLimit};
pub use only_shown::{OnlyShown, only_shown};
pub use parse::parse;
pub use role::Role;
pub use snippet::{Escape, Snippet, SnippetLine};
pub use solutions::{Solution, lints, solutions};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// A notebook: its text, what its front matter says, and its cells in document order.
#[derive(Debug, Clone, PartialEq)]
pub struct Notebook {
    /// The path as the user gave it; `<stdin>` for standard input. It stands in every diagnostic.
    pub file: String,
    /// The whole text, byte for byte as it was read.
    pub text: String,
    /// What the front matter says; all defaults where there is none.
    pub front_matter: FrontMatter,
    /// The byte at which the markdown begins, behind a byte order mark and the front matter.
    pub body: usize,
    /// The cells, in document order.
    pub cells: Vec<Cell>,
    /// The solutions that it has been read without, if there are any.
    pub left_out: Option<LeftOut>,
}

/// The solutions of a notebook that it has been read without.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Their cells.
    pub cells: Vec<Cell>,
    /// The text that the notebook has without them. That of the notebook itself has empty lines in their place.
    pub text: String,
}

/// One fence that nbrun runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its place in [`Notebook::cells`], from 0.
    pub index: usize,
    /// What its info string makes it.
    pub kind: CellKind,
    /// What it is for in an exercise, if it is for anything there.
    pub role: Option<Role>,
    /// The bytes of the whole fenced block in [`Notebook::text`], from the first character of the opening fence.
    pub bytes: Range<usize>,
    /// The line of the opening fence, from 1.
    pub line: u32,
    /// Whether it must not compile, for a job cell.
    pub must_fail: Option<MustFail>,
    /// Whether it must panic, for a program that is run; whether an interleaving must fail, for one that is explored.
    pub should_fail: bool,
    /// Whether a wait may end without a reason once in each interleaving, for a program that is explored.
    pub spurious: bool,
    /// Whether it is not to be run nor compiled, for a job cell or a program; a spec says so itself.
    pub skip: bool,
    /// What stands between the fences, without the indentation and markers of the containers around it.
    pub code: Snippet,
}

/// That a job cell must not compile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MustFail {
    /// The codes of the errors that it must have, such as E0382. Without any, each error will do.
    pub codes: Vec<String>,
}

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellKind {
    /// ```` ```rust job ````: Rust items.
    Job,
    /// ```` ```rust run ````: Rust items, of which `main` is run.
    Run,
    /// ```` ```rust explore ````: Rust items, of which `main` is followed through its interleavings.
    Explore,
    /// ```` ```yaml KIND ````: a job spec.
    Spec(SpecKind),
}

impl CellKind {
    /// Whether its code is Rust, which the cells below it see.
    pub fn is_rust(self) -> bool {
        matches!(self, CellKind::Job | CellKind::Run | CellKind::Explore)
    }

    /// Whether it runs workers.
    pub fn runs(self) -> bool {
        matches!(self, CellKind::Run | CellKind::Explore | CellKind::Spec(SpecKind::Spawn | SpecKind::Pool))
    }
}

/// The six kinds of job spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SpecKind {
    /// Runs jobs on workers.
    Spawn,
    /// Declares queues.
    Queue,
    /// Runs tasks on a pool of workers.
    Pool,
    /// Declares shared values.
    Value,
    /// Declares shared arrays.
    Array,
    /// Declares locks and their relatives.
    Lock,
}

impl SpecKind {
    /// All six, in the order of the guide.
    pub const ALL: [SpecKind; 6] =
        [SpecKind::Spawn, SpecKind::Queue, SpecKind::Pool, SpecKind::Value, SpecKind::Array, SpecKind::Lock];

    /// The word behind `yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            SpecKind::Spawn => "spawn",
            SpecKind::Queue => "queue",
            SpecKind::Pool => "pool",
            SpecKind::Value => "value",
            SpecKind::Array => "array",
            SpecKind::Lock => "lock",
        }
    }
}

impl fmt::Display for SpecKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `job`, `run`, `explore`, or the spec's kind.
impl fmt::Display for CellKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CellKind::Job => f.write_str("job"),
            CellKind::Run => f.write_str("run"),
            CellKind::Explore => f.write_str("explore"),
            CellKind::Spec(kind) => kind.fmt(f),
        }
    }
}

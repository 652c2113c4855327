//! The page's own words, in the language of its prose: English, or Chinese where the front matter says so. Each text stands
//! in both languages side by side, and the compiler sees to it that none is missing.
//!
//! - `page` has what stands around the cells and above them, `run` what is said of runs;
//! - `finding` has what stands above pictures, `picture` what they say, `resource_chart` what is said of what is shared, `queue` what is said of queues;
//! - `explore` has explorations, `steps` their steps, `script` what the page's scripts say;
//! - `site` has what stands around the pages of a site.
//!
//! What an author or a program wrote is in nobody's language but theirs, and what other stages found wrong is English.

mod deadlock;
mod explore;
mod finding;
mod marks;
mod page;
mod picture;
mod queue;
mod replay;
mod resource_chart;
mod resource_kind;
mod run;
mod script;
mod site;
mod steps;
#[cfg(test)]
mod tests;

pub use finding::Together;
pub use marks::{Mark, Undrawn};
pub use page::Origin;
pub use picture::Did;

use super::units::{count, duration, durations, listed, plural};
use crate::model::Position;
use std::borrow::Cow;

/// The page's own words in one language, of things that are measured in time or in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words<'a> {
    language: Language,
    by_steps: bool,
    /// When time begins, in nanoseconds from the start of a run.
    from_ns: u64,
    /// The notebook's lines with the cells' fences.
    fences: &'a [u32],
    /// The notebook's lines that stand on the page.
    lines: &'a [u32],
}

/// The languages that the page's own words are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    Chinese,
}

impl<'a> Words<'a> {
    /// English, also for pages in languages that have no words here.
    pub const ENGLISH: Self =
        Self { language: Language::English, by_steps: false, from_ns: 0, fences: &[], lines: &[] };
    /// Chinese.
    pub const CHINESE: Self =
        Self { language: Language::Chinese, by_steps: false, from_ns: 0, fences: &[], lines: &[] };

    /// The same words of a notebook whose cells' fences stand on these lines, and of which all these lines are on the page.
    pub fn with_lines(self, fences: &'a [u32], lines: &'a [u32]) -> Self {
        Self { fences, lines, ..self }
    }

    /// The same words for what speaks of no lines.
    pub fn without_lines(self) -> Words<'static> {
        Words { fences: &[], lines: &[], ..self }
    }

    /// The notebook's line of a position; 0 where there is none.
    pub fn line(self, position: Option<Position>) -> u32 {
        let fence = |position: Position| self.fences.get(position.cell() as usize).copied().unwrap_or(0);
        position.map_or(0, |position| fence(position).saturating_add(position.line()))
    }

    /// A text that means a line of the notebook, as HTML: a link to it, if it stands on the page.
    pub fn linked(self, line: u32, text: &str) -> String {
        match self.lines.binary_search(&line) {
            Ok(_) => format!("<a class=\"line\" href=\"#L{line}\">{text}</a>"),
            Err(_) => text.to_owned(),
        }
    }

    /// The same words where nanoseconds are steps.
    pub fn by_steps(self) -> Self {
        Self { by_steps: true, ..self }
    }

    /// The same words of a run whose time begins so many nanoseconds after its start.
    pub fn counted_from(self, from_ns: u64) -> Self {
        Self { from_ns, ..self }
    }

    /// Whether nanoseconds are steps.
    pub fn is_by_steps(self) -> bool {
        self.by_steps
    }

    /// HTML that is English on any page, marked as such where these words are not.
    pub fn english(self, html: &str) -> String {
        match self.language {
            Language::English => html.to_owned(),
            Language::Chinese => format!("<span lang=\"en\">{html}</span>"),
        }
    }

    /// How long something took.
    pub fn length(self, ns: u64) -> String {
        if self.by_steps { self.steps(ns) } else { duration(ns) }
    }

    /// The same of several things below each other; what took no time is a dash.
    pub fn lengths(self, ns: &[u64]) -> Vec<String> {
        let steps = |ns: &u64| if *ns == 0 { "–".to_owned() } else { self.steps(*ns) };
        if self.by_steps { ns.iter().map(steps).collect() } else { durations(ns) }
    }

    /// When something was.
    pub fn moment(self, ns: u64) -> String {
        if self.by_steps { self.step(ns.saturating_add(1)) } else { duration(ns.saturating_sub(self.from_ns)) }
    }

    /// How a picture is to be read, which is written for one by time.
    pub fn reading(self, by_time: &'static str) -> Cow<'static, str> {
        match (self.by_steps, self.language) {
            (false, _) => by_time.into(),
            (true, Language::English) => by_time.replace(" in time", " step by step").into(),
            (true, Language::Chinese) => by_time.replace("时间从左到右", "一步一步从左到右").into(),
        }
    }
}

/// The words for a language tag; English for languages that have none.
pub fn words(lang: &str) -> Words<'static> {
    [Words::ENGLISH, Words::CHINESE].into_iter().find(|words| is_of(lang, *words)).unwrap_or(Words::ENGLISH)
}

/// Whether a language has words here.
pub fn is_spoken(lang: &str) -> bool {
    is_of(lang, words(lang))
}

fn is_of(lang: &str, words: Words) -> bool {
    lang.split('-').next().is_some_and(|primary| primary.eq_ignore_ascii_case(words.lang()))
}

/// Texts as methods of [`Words`]: what is said, with what, and how each language says it, English first.
macro_rules! texts {
    ($me:ident: $($(#[$doc:meta])* $name:ident $(($($arg:ident: $type:ty),*))? -> $of:ty { $english:expr, $chinese:expr $(,)? })*) => {
        impl $crate::render::words::Words<'_> {
            $(
                $(#[$doc])*
                pub fn $name($me $($(, $arg: $type)*)?) -> $of {
                    match $me.language {
                        $crate::render::words::Language::English => $english,
                        $crate::render::words::Language::Chinese => $chinese,
                    }
                }
            )*
        }
    };
}
use texts;

texts! { self:
    /// The BCP 47 tag of the words.
    lang -> &'static str { "en", "zh" }
    /// Between sentences.
    space -> &'static str { " ", "" }
    /// Several names as prose; of more than `most` only the first.
    list(names: &[String], most: usize) -> String {
        listed(names, most),
        match names {
            _ if names.len() > most + 1 => {
                close(&[&names[..most].join("、"), &format!("等 {}", some(names.len() as u64, "个"))])
            }
            _ => names.join("、"),
        },
    }
    /// How often.
    times(many: u64) -> String {
        match many {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            _ => plural(many, "time"),
        },
        some(many, "次"),
    }
    /// So many workers.
    workers(many: u64) -> String { plural(many, "worker"), some(many, "个工人") }
    /// So many cores.
    cores(many: u64) -> String { plural(many, "core"), some(many, "个核心") }
    /// So many steps.
    steps(many: u64) -> String { plural(many, "step"), some(many, "步") }
    /// One of the steps.
    step(number: u64) -> String { format!("step\u{a0}{number}"), format!("第\u{a0}{number}\u{a0}步") }
    /// A number of bytes.
    bytes(many: u64) -> String {
        super::units::bytes(many),
        if many < 1_000 { some(many, "字节") } else { super::units::bytes(many) },
    }
}

/// Chinese text from parts of HTML that may or may not begin and end in Chinese: with a space only where one of two does.
fn close(parts: &[&str]) -> String {
    let is_chinese = |c: char| matches!(c, '\u{3400}'..='\u{9fff}');
    let is_mark = |c: char| matches!(c, '“' | '”' | '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff60}');
    parts.iter().filter(|part| !part.is_empty()).fold(String::new(), |mut text, part| {
        let (end, start) = (visible(&text).last().copied(), visible(part).first().copied());
        let needs_none = |a, b| is_chinese(a) && is_chinese(b) || is_mark(a) || is_mark(b);
        if end.zip(start).is_some_and(|(end, start)| !needs_none(end, start)) {
            text.push(' ');
        }
        text.push_str(part);
        text
    })
}

/// The characters of HTML without its tags, and without spaces at its ends.
fn visible(html: &str) -> Vec<char> {
    let mut is_tag = false;
    let shown = html.chars().filter(|c| {
        let is_shown = !is_tag && *c != '<';
        is_tag = *c == '<' || is_tag && *c != '>';
        is_shown
    });
    let shown: String = shown.collect();
    shown.trim().chars().collect()
}

/// So many of something in Chinese, with its measure word.
fn some(many: u64, what: &str) -> String {
    format!("{}\u{a0}{what}", count(many))
}

//! The page around the prose: head, title, notices, table of contents, footer.

use super::headings::{Heading, Headings};
use super::options::{RenderContext, RenderOptions};
use super::text::{escape, shown};
use super::words::Origin;
use super::{anchor, around, cell, picture, theme};
use crate::notebook::Notebook;
use crate::record::{CellOutcome, Record, Sandboxed, SkipReason, Status};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write;

/// Headings deeper than this, counted from the highest, are left out of the table of contents.
const DEPTH: u8 = 3;

/// A page that is being made.
pub struct Page<'a> {
    /// Its notebook.
    pub notebook: &'a Notebook,
    /// What happened.
    pub record: &'a Record,
    /// How it is to look.
    pub look: &'a RenderOptions,
    /// What it can do.
    pub script: Script<'a>,
    /// What each of its parts must know.
    pub context: RenderContext<'a>,
}

impl Page<'_> {
    /// The page down to where its prose begins.
    pub fn begin(&self, outcomes: &[Option<&CellOutcome>], headings: &Headings) -> String {
        let Self { notebook, context, .. } = *self;
        let (lang, words, ours) = (language(notebook), context.words, context.lang);
        let frame = self.look.frame.as_ref();
        let contents = contents(&headings.all);
        let word = words.contents();
        let mut out = String::with_capacity(contents.len() * 2 + 64 * 1024);
        let _ = write!(out, "<!DOCTYPE html>\n<html lang=\"{lang}\">\n");
        self.push_head(&mut out, &headings.all);
        let classes = [(frame.is_some(), "framed"), (contents.is_empty(), "plain")];
        let classes: Vec<&str> = classes.into_iter().filter(|(is, _)| *is).map(|(_, class)| class).collect();
        let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
        let theme = format!("<button id=\"theme\" type=\"button\"{ours} hidden>{}</button>\n", words.dark());
        let _ = writeln!(
            out,
            "<body{class} data-words=\"{}\">\n<a class=\"skip\"{ours} href=\"#top\">{}</a>",
            escape(&serde_json::to_string(&words.script()).unwrap_or_default()),
            words.skip(),
        );
        match frame {
            Some(frame) => around::push_bar(&mut out, frame, &theme, context),
            None => out.push_str(&theme),
        }
        // Legends have the first two, and what comes while the page is served brings its own.
        let workers = self.record.cells.iter().flat_map(|cell| &cell.runs).map(|run| run.workers.len());
        out.push_str(&picture::shared_definitions(workers.max().unwrap_or(0).max(3)));
        if let Some(frame) = frame {
            around::push_course(&mut out, frame, context);
        }
        if !contents.is_empty() {
            let _ = writeln!(
                out,
                "<nav class=\"side\" aria-labelledby=\"contents_side\">\n<p id=\"contents_side\"{ours}>{word}</p>\n{contents}</nav>"
            );
        }
        out.push_str("<main id=\"top\">\n");
        push_title(&mut out, notebook, headings.title.as_deref());
        push_notices(&mut out, notebook, self.record, outcomes, context);
        if !contents.is_empty() {
            let _ = writeln!(
                out,
                "<details class=\"inline-contents\"><summary id=\"contents_above\"{ours}>{word}</summary>\n<nav \
                 aria-labelledby=\"contents_above\">{contents}</nav></details>"
            );
        }
        out
    }

    /// Appends what stands behind the prose.
    pub fn end(&self, out: &mut String) {
        let frame = self.look.frame.as_ref();
        if let Some(frame) = frame {
            around::push_behind(out, frame, self.context);
        }
        out.push_str("</main>\n");
        let mut footer = String::new();
        // Nothing ran for a page of mere prose in a site.
        if frame.is_none() || !self.notebook.cells.is_empty() {
            self.push_origin(&mut footer);
        }
        if let Some(frame) = frame {
            around::push_footer(&mut footer, frame, self.context);
        }
        if !footer.is_empty() {
            let _ = writeln!(out, "<footer{}>\n{footer}</footer>", self.context.lang);
        }
        // It must see the page before the other has changed anything.
        if let Some(live) = self.script.live {
            let _ = writeln!(out, "<script src=\"{}\"></script>", escape(live));
        }
        match around::linked(frame) {
            Some((_, script)) => drop(writeln!(out, "<script src=\"{}\"></script>", escape(script))),
            None => drop(writeln!(out, "<script>{}</script>", self.script.own)),
        }
        out.push_str("</body>\n</html>\n");
    }

    fn push_head(&self, out: &mut String, headings: &[Heading]) {
        let Self { notebook, record, context, .. } = *self;
        let front = &notebook.front_matter;
        let frame = self.look.frame.as_ref();
        let file = notebook.file.rsplit(['/', '\\']).next().unwrap_or("");
        let heading = headings.iter().find(|heading| heading.level == 1).map(|heading| heading.text.as_str());
        let title = front.title.as_deref().filter(|title| !title.trim().is_empty()).or(heading).unwrap_or(file);
        let site = frame.map(|frame| frame.home.text.as_str()).filter(|site| *site != title);
        let _ = write!(
            out,
            "<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"nbrun \
             {}\">\n<title>{}{}</title>\n",
            shown(&record.provenance.nbrun),
            shown(title),
            site.map(|site| format!(" · {}", shown(site))).unwrap_or_default(),
        );
        for (name, content) in [("author", &front.author), ("description", &front.description)] {
            if let Some(content) = content {
                let _ = writeln!(out, "<meta name=\"{name}\" content=\"{}\">", shown(content));
            }
        }
        if !context.trusted {
            let _ = writeln!(
                out,
                "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">",
                policy(&self.script, frame.is_some())
            );
        }
        if let Some(frame) = frame {
            around::push_head(out, frame);
        }
        match around::linked(frame) {
            Some((style, _)) => drop(write!(
                out,
                "<script>{}</script>\n<link rel=\"stylesheet\" href=\"{}\">\n</head>\n",
                self.script.own,
                escape(style)
            )),
            None => drop(write!(out, "<style>\n{}</style>\n</head>\n", theme::style(frame.is_some()))),
        }
    }

    /// What stands below the cells on the page of another program: when, where and with what they ran.
    pub fn foot(&self) -> String {
        let mut out = format!("<footer{}>\n", self.context.lang);
        self.push_origin(&mut out);
        out + "</footer>\n"
    }

    /// Appends where the page came from, and what its times are worth.
    fn push_origin(&self, out: &mut String) {
        let Self { notebook, record, context, .. } = *self;
        let (from, words) = (&record.provenance, context.words);
        let started = &from.started;
        let origin = Origin {
            nbrun: shown(&from.nbrun),
            file: shown(&notebook.file),
            when: match context.stable {
                true => String::new(),
                false => format!("<time datetime=\"{}\">{}</time>", shown(started), shown(&moment(started))),
            },
            took: (!context.stable).then_some((from.compile_ns, from.compile_cached, from.run_ns)),
        };
        let _ = writeln!(out, "<p>{}</p>", words.run_by(&origin));
        if context.stable {
            let _ = writeln!(out, "<p>{}</p>", words.no_times());
        } else {
            let parts = [&from.cpu, &from.os, &from.rustc].into_iter().filter(|part| !part.is_empty());
            let machine: Vec<String> = parts.map(|part| shown(part)).collect();
            let _ = writeln!(out, "<p>{}</p>", words.times_from(u64::from(from.cores), &machine));
            if self.look.recalled {
                let _ = write!(out, "<p>{}</p>", words.recalled());
            }
            if from.unoptimized {
                let _ = writeln!(out, "<p>{}</p>", words.unoptimized());
            }
        }
        for [theirs, ours] in &self.look.others {
            let [theirs, ours] = [theirs, ours].map(|what| words.english(&shown(what)));
            let _ = writeln!(out, "<p>{}</p>", words.made_with_another(&theirs, &ours));
        }
        if let Some(Sandboxed { walls, missing }) = &from.sandbox {
            let missing: Vec<String> = missing.iter().map(|missing| words.english(&shown(missing))).collect();
            let _ = writeln!(out, "<p>{}</p>", words.sandbox(&words.english(&shown(walls)), &missing));
        }
    }
}

/// Whether there is something to play in a cell.
pub fn has_player(cells: &[String]) -> bool {
    cells.iter().any(|cell| cell.contains("<div class=\"player\""))
}

/// The language of the prose; English where the front matter says nothing.
pub fn language(notebook: &Notebook) -> &str {
    notebook.front_matter.lang.as_deref().map(str::trim).filter(|lang| is_language(lang)).unwrap_or("en")
}

/// Whether a front matter's language can stand in the `lang` attribute: letters, digits and hyphens.
fn is_language(lang: &str) -> bool {
    lang.starts_with(|c: char| c.is_ascii_alphabetic()) && lang.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// What a page can do.
pub struct Script<'a> {
    /// The script in the page.
    own: String,
    /// The address of the one that keeps it up to date while it is served.
    live: Option<&'a str>,
}

/// All that a page with these cells can do; where a site's pages share a script, what comes before that.
pub fn script<'a>(cells: &[String], look: &'a RenderOptions) -> Script<'a> {
    let (live, frame) = (look.live.as_deref(), look.frame.as_ref());
    let plays = live.is_some() || has_player(cells);
    let own = match around::linked(frame) {
        Some(_) => theme::EARLY_SCRIPT.to_owned(),
        None => format!("\n{}", theme::script(plays, frame.is_some())),
    };
    Script { own, live }
}

/// What a browser may do with a page whose author is not trusted, should something have got through all the same. A page of a
/// site loads the site's own files, also where the site is read from a disk.
fn policy(script: &Script<'_>, framed: bool) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(&script.own));
    let files = if framed { " 'self' file:" } else { "" };
    let (scripts, news) = if script.live.is_some() { (" 'self'", " connect-src 'self';") } else { (files, "") };
    format!(
        "default-src 'none'; script-src 'sha256-{hash}'{scripts};{news} style-src 'unsafe-inline'{files}; img-src data:; \
         base-uri 'none'; form-action 'none'"
    )
}

fn push_title(out: &mut String, notebook: &Notebook, id: Option<&str>) {
    let front = &notebook.front_matter;
    let has_byline = front.author.is_some() || front.date.is_some() || !front.tags.is_empty();
    if front.title.is_none() && !has_byline {
        return;
    }
    out.push_str("<header class=\"title\">\n");
    if let Some(title) = &front.title {
        let id = id.map(|id| format!(" id=\"{}\"", escape(id))).unwrap_or_default();
        let _ = writeln!(out, "<h1{id}>{}</h1>", shown(title));
    }
    if let Some(description) = &front.description {
        let _ = writeln!(out, "<p class=\"description\">{}</p>", shown(description));
    }
    if has_byline {
        out.push_str("<p class=\"byline\">");
        for (class, text) in [("author", &front.author), ("date", &front.date)] {
            if let Some(text) = text {
                let _ = write!(out, "<span class=\"{class}\">{}</span> ", shown(text));
            }
        }
        for tag in &front.tags {
            let _ = write!(out, "<span class=\"tag\">{}</span> ", shown(tag));
        }
        out.push_str("</p>\n");
    }
    out.push_str("</header>\n");
}

/// What a reader must know before anything else: that the run was interrupted, and which cells failed.
fn push_notices(
    out: &mut String,
    notebook: &Notebook,
    record: &Record,
    outcomes: &[Option<&CellOutcome>],
    context: RenderContext,
) {
    let words = context.words;
    let lang = context.lang;
    if let Some(only) = record.only {
        let is_needed =
            |outcome: &&CellOutcome| outcome.cell != only && outcome.status != Status::Skipped(SkipReason::NotAsked);
        let needed = outcomes.iter().flatten().copied().filter(is_needed);
        let needed: Vec<String> = needed.map(|outcome| cell::link(outcome.cell, context)).collect();
        let [matter, meaning] = words.only(&cell::link(only, context), &needed);
        let _ = writeln!(out, "<p class=\"banner\"{lang} role=\"status\"><strong>{matter}</strong> {meaning}</p>");
    }
    if record.interrupted {
        let [matter, meaning] = words.interrupted();
        let _ = writeln!(out, "<p class=\"banner\"{lang} role=\"status\"><strong>{matter}</strong> {meaning}</p>");
    }
    let failed: Vec<usize> = outcomes
        .iter()
        .enumerate()
        .filter(|(_, outcome)| outcome.is_some_and(|outcome| outcome.status == Status::Failed))
        .map(|(index, _)| index)
        .collect();
    if failed.is_empty() {
        return;
    }
    let link = |index: &usize| {
        let kind = notebook.cells.get(*index).map(|cell| cell.kind.to_string()).unwrap_or_default();
        format!("<a href=\"#{}\">{} ({kind})</a>", anchor(*index), words.cell(index + 1))
    };
    let links: Vec<String> = failed.iter().map(link).collect();
    let _ = writeln!(
        out,
        "<p class=\"banner failed\"{lang} role=\"status\"><strong>{}</strong> {}</p>",
        words.cells_failed(failed.len(), outcomes.len()),
        links.join(", ")
    );
}

/// The headings as nested lists; empty if there are fewer than two to choose from.
fn contents(headings: &[Heading]) -> String {
    let highest = headings.iter().map(|heading| heading.level).min().unwrap_or(1);
    let listed: Vec<&Heading> = headings.iter().filter(|heading| heading.level < highest + DEPTH).collect();
    if listed.len() < 2 {
        return String::new();
    }
    let mut out = String::new();
    // The levels of the lists that are open. A heading may skip a level: then one list opens, not two.
    let mut open: Vec<u8> = Vec::new();
    for heading in listed {
        while open.len() > 1 && open.last().is_some_and(|level| *level > heading.level) {
            open.pop();
            out.push_str("</li>\n</ol>");
        }
        match open.last() {
            Some(level) if *level >= heading.level => out.push_str("</li>\n"),
            _ => {
                open.push(heading.level);
                out.push_str("<ol>\n");
            }
        }
        let _ = write!(out, "<li><a href=\"#{}\">{}</a>", escape(&heading.id), shown(&heading.text));
    }
    for _ in open {
        out.push_str("</li>\n</ol>\n");
    }
    out
}

/// An RFC 3339 time in UTC as one reads it, `2026-03-01 12:30 UTC`; anything else as it is.
pub fn moment(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..16), rfc3339.ends_with('Z')) {
        (Some(day), Some(time), true) => format!("{day} {time} UTC"),
        _ => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(level: u8, text: &str) -> Heading {
        Heading { level, text: text.into(), id: text.into() }
    }

    #[test]
    fn contents_nest_and_close() {
        let html = contents(&[heading(2, "a"), heading(4, "b"), heading(3, "c"), heading(2, "d"), heading(5, "no")]);
        assert_eq!(html.matches("<ol>").count(), html.matches("</ol>").count());
        assert_eq!(html.matches("<li>").count(), 4);
        assert_eq!(html.matches("</li>").count(), 4);
    }

    #[test]
    fn a_single_heading_needs_no_contents() {
        assert_eq!(contents(&[heading(2, "a")]), "");
    }

    #[test]
    fn the_policy_names_the_very_script_that_the_page_has() {
        let (notebook, mut record) = crate::render::fixture::lesson();
        record.provenance.sandbox = Some(Sandboxed { walls: "air".into(), missing: Vec::new() });
        let page = crate::render::render(&notebook, &record);
        let written =
            page.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>")).expect("a script").0;
        let hash = BASE64_STANDARD.encode(Sha256::digest(written));
        assert!(page.contains(&format!("script-src 'sha256-{hash}';")));
        assert_eq!(page.matches("<script>").count(), 1, "there is no other");
    }

    #[test]
    fn only_a_page_with_a_player_has_its_script() {
        let can_play = |cell: &str| {
            script(&[cell.to_owned()], &RenderOptions::default()).own.contains("querySelectorAll(\".player\")")
        };
        assert!(!can_play("<p>player</p>") && can_play("<div class=\"player\" hidden>"));
    }

    #[test]
    fn a_moment_is_said_in_utc() {
        assert_eq!(moment("2026-03-01T12:30:15Z"), "2026-03-01 12:30 UTC");
        assert_eq!(moment("yesterday"), "yesterday");
    }

    #[test]
    fn a_language_cannot_break_out_of_its_attribute() {
        assert!(is_language("zh-CN") && !is_language("en\"><script>") && !is_language(""));
    }
}

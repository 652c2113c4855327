//! `explore`: over which interleavings a cell is followed.

use super::reader::{Fields, Reader, first_line, integer};
use super::{Expect, Explore, Interleavings};
use crate::diagnostic::Diagnostic;
use crate::model::Sampling;
use crate::notebook::SpecKind;
use crate::notebook::yaml::{Node, Value};

/// The most samples of one cell.
const MAX_SAMPLES: i128 = 100_000_000;

/// What chance begins with where the author does not say.
const SEED: u64 = 1;

const HELP: &str = "write `explore: all`, a number of samples such as `explore: 10000`, `explore: {samples: 10000, \
                    strategy: pct, seed: 7}`, or `explore: {spurious: 1}`, which lets a wait of `std` end without a reason";

/// The most waits that may end without a reason in one interleaving.
const MAX_SPURIOUS: i128 = 100;

impl Reader<'_> {
    /// Reads `explore` among a cell's fields, and sees to it that it goes with the other options.
    pub(super) fn explore(&mut self, fields: &Fields, expect: Option<&Expect>) -> Option<Explore> {
        let outcomes = fields.get("expect").filter(|_| matches!(expect, Some(Expect::Outcomes(_))));
        let Some(entry) = fields.entry("explore") else {
            if let Some(node) = outcomes {
                let diagnostic = Diagnostic::new("only a cell that is explored has `outcomes`");
                self.report(node.span, diagnostic.help("add `explore: all`"));
            }
            return None;
        };
        if !matches!(self.kind, SpecKind::Spawn | SpecKind::Pool) {
            let diagnostic =
                Diagnostic::new(format!("only a spawn or pool cell can be explored, and this is a {}", self.kind));
            let help = "what is declared here is explored with the jobs of a spawn cell below";
            self.report(entry.key.span, diagnostic.help(help));
            return None;
        }
        if self.kind == SpecKind::Pool && !["workers", "sweep"].iter().any(|key| fields.get(key).is_some()) {
            let diagnostic = Diagnostic::new("a pool that is explored must say how many workers it has");
            let help = "add `workers: 2`: without it there is one for each core, and another machine would find other \
                        interleavings";
            self.report(entry.key.span, diagnostic.help(help));
        }
        if let Some(repeat) = fields.entry("repeat") {
            let diagnostic = Diagnostic::new("a cell is either run again and again or explored, and this says both");
            let help = "leave one out, or write the cell twice: once with `repeat`, once with `explore`";
            self.report(repeat.key.span, diagnostic.help(help));
        }
        if let Some(sweep) = fields.entry("sweep") {
            let diagnostic = Diagnostic::new("a cell that is explored has one number of workers");
            let help = match self.kind {
                SpecKind::Pool => "leave `sweep` out, and say how many `workers`",
                _ => "leave `sweep` out, and give the job a `count`",
            };
            self.report(sweep.key.span, diagnostic.help(help));
        }
        if let (Some(Expect::Lines(_) | Expect::Unordered(_) | Expect::Workers(_)), Some(expect)) =
            (expect, fields.entry("expect"))
        {
            let diagnostic = Diagnostic::new("an exploration has no lines of output: each interleaving has its own");
            self.report(expect.key.span, diagnostic.help("write `expect: {outcomes: […]}` or `expect: {error: …}`"));
        }
        self.which(&entry.value)
    }

    fn which(&mut self, node: &Node) -> Option<Explore> {
        if let Value::Map { entries, .. } = &node.value {
            let fields = self.fields(entries, &["samples", "strategy", "seed", "spurious"], "`explore`");
            let strategy = fields.get("strategy").map(|node| self.strategy(node));
            let seed = fields.get("seed").map(|node| self.integer(node, "`seed`", 0, u64::MAX.into()));
            let spurious = fields.get("spurious").map(|node| self.integer(node, "`spurious`", 1, MAX_SPURIOUS));
            let Some(samples) = fields.get("samples") else {
                // What is said of samples only makes no sense without any.
                if fields.all_known && (spurious.is_none() || strategy.is_some() || seed.is_some()) {
                    self.report(node.span, Diagnostic::new("`explore` needs a number of `samples`").help(HELP));
                    return None;
                }
                let spurious = u32::try_from(spurious??).ok()?;
                return Some(Explore { spurious, ..Interleavings::All.into() });
            };
            let samples = u64::try_from(self.integer(samples, "`samples`", 1, MAX_SAMPLES)?).ok()?;
            let which = Interleavings::Samples {
                samples,
                strategy: strategy.unwrap_or(Some(Sampling::Random))?,
                seed: u64::try_from(seed.unwrap_or(Some(SEED.into()))?).ok()?,
            };
            let spurious = u32::try_from(spurious.unwrap_or(Some(0))?).ok()?;
            return Some(Explore { spurious, ..which.into() });
        }
        let text = &self.scalar(node, "`all` or a number of samples", HELP)?.text;
        if text == "all" {
            return Some(Interleavings::All.into());
        }
        if integer(text).is_none() {
            let message = format!("`explore` is `all` or a number of samples, not `{}`", first_line(text));
            self.report(node.span, Diagnostic::new(message).help(HELP));
            return None;
        }
        let samples = u64::try_from(self.integer(node, "`explore`", 1, MAX_SAMPLES)?).ok()?;
        Some(Interleavings::Samples { samples, strategy: Sampling::Random, seed: SEED }.into())
    }

    fn strategy(&mut self, node: &Node) -> Option<Sampling> {
        let word = self.word(node, "strategy", &Sampling::ALL.map(Sampling::as_str))?;
        Sampling::ALL.into_iter().find(|strategy| strategy.as_str() == word)
    }
}

//! `pool`: tasks for a pool of workers.

use super::options::OPTIONS;
use super::reader::{Fields, Reader, integer};
use super::spawn::MOST_WORKERS;
use super::{Executor, Options, Order, Pool, PoolWork};
use crate::diagnostic::Diagnostic;
use crate::notebook::yaml::{Entry, Node};

/// The keys of which a pool has exactly one.
const WORK: [&str; 3] = ["map", "apply", "apply_async"];

impl Reader<'_> {
    /// Reads a pool cell, and its options.
    pub(super) fn pool(&mut self, root: &Node) -> (Options, Option<Pool>) {
        const HELP: &str = "write for example `map: square` and below it `over: 0..10`";
        let Some(entries) = self.mapping(root, "a pool", HELP) else { return (Options::default(), None) };
        let own =
            ["workers", "map", "over", "apply", "apply_async", "for", "chunk", "order", "executor", "show", "assert"];
        let fields = self.fields(entries, &[&own, &OPTIONS[..]].concat(), "a pool");
        let options = self.options(&fields);
        let before = self.errors.len();
        let executors = fields.get("executor").map(|node| self.executors(node));
        let workers = fields.get("workers").and_then(|node| self.workers(node));
        let chunk = fields.get("chunk").and_then(|node| self.integer(node, "`chunk`", 1, u32::MAX.into()));
        let order = fields.get("order").and_then(|node| self.word(node, "order", &["input", "completion"]));
        let work = self.work(root, &fields);
        let show = self.show(fields.get("show"));
        let assert = self.assertions(fields.get("assert"));
        if let (Some(PoolWork::Apply { .. }), Some(entry)) = (&work, fields.entry("chunk").or(fields.entry("order"))) {
            let message = format!("`{}` is for many tasks, and `apply` is one", entry.key.text);
            self.report(entry.key.span, Diagnostic::new(message).help("leave it out"));
        }
        let executors = executors.unwrap_or_else(|| Some(vec![Executor::Process]));
        let whole = self.errors.len() == before;
        let pool = work.zip(executors).filter(|_| whole).map(|(work, executors)| Pool {
            executors,
            workers,
            work,
            chunk: chunk.and_then(|chunk| u32::try_from(chunk).ok()),
            order: if order == Some("completion") { Order::Completion } else { Order::Input },
            show,
            assert,
        });
        (options, pool)
    }

    fn workers(&mut self, node: &Node) -> Option<u32> {
        if let Some(number) = node.scalar().and_then(|scalar| integer(&scalar.text)).filter(|&number| number < 1) {
            let diagnostic = Diagnostic::new(format!("the number of workers must be at least 1, not {number}"));
            self.report(node.span, diagnostic.help("leave `workers` out for one worker a core"));
            return None;
        }
        self.integer(node, "`workers`", 1, MOST_WORKERS).and_then(|number| u32::try_from(number).ok())
    }

    fn work(&mut self, root: &Node, fields: &Fields) -> Option<PoolWork> {
        let given: Vec<&Entry> = WORK.iter().filter_map(|key| fields.entry(key)).collect();
        let work = match given.as_slice() {
            [work] => *work,
            [] => {
                if fields.all_known {
                    let message = "a pool needs something to do";
                    let help =
                        "add `map: square` and `over: 0..10`, or `apply: square(2)`, or `apply_async: square(2)`";
                    self.report(root.span, Diagnostic::new(message).help(help));
                }
                // What is there is checked all the same.
                fields.get("over").map(|over| self.expression(over, "`over`"));
                fields.get("for").map(|each| self.for_each(each));
                return None;
            }
            [first, second, ..] => {
                let message = format!(
                    "a pool has one of `map`, `apply` and `apply_async`, and this has `{}` too",
                    first.key.text
                );
                self.report(second.key.span, Diagnostic::new(message).help("give the other a cell of its own"));
                return None;
            }
        };
        let what = format!("`{}`", work.key.text);
        let code = self.expression(&work.value, &what);
        let belongs =
            |key: &str, to: &str| fields.entry(key).filter(|_| work.key.text != to).map(|entry| (entry, to.to_owned()));
        for (entry, to) in [belongs("over", "map"), belongs("for", "apply_async")].into_iter().flatten() {
            let message = format!("`{}` belongs to `{to}`, and this pool has {what}", entry.key.text);
            let help = match work.key.text.as_str() {
                "map" => "write `over: 0..10`: every item is handed to the callable",
                "apply_async" => "write `for: i in 0..10`: the call names the item",
                _ => "leave it out",
            };
            self.report(entry.key.span, Diagnostic::new(message).help(help));
        }
        match work.key.text.as_str() {
            "map" => {
                let Some(over) = fields.get("over") else {
                    let diagnostic = Diagnostic::new("`map` needs `over`, the items to map");
                    self.report(work.key.span, diagnostic.help("add for example `over: 0..10`"));
                    return None;
                };
                let over = self.expression(over, "`over`");
                Some(PoolWork::Map { map: code?, over: over? })
            }
            "apply" => Some(PoolWork::Apply { call: code? }),
            _ => {
                let each = fields.get("for").map(|each| self.for_each(each));
                let each = match each {
                    Some(each) => Some(each?),
                    None => None,
                };
                Some(PoolWork::ApplyAsync { call: code?, each })
            }
        }
    }
}

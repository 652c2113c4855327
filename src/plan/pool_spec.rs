//! `pool`: tasks for a pool of workers.

use super::options::OPTIONS;
use super::reader::{Fields, Reader, integer, list};
use super::spawn_spec::MAX_WORKERS;
use super::{Options, Order, Pool, PoolWork};
use crate::diagnostic::Diagnostic;
use crate::model::Executor;
use crate::notebook::Snippet;
use crate::notebook::yaml::{Entry, Node};

/// The keys of which a pool has exactly one.
const WORK: [&str; 4] = ["map", "starmap", "apply", "apply_async"];

impl Reader<'_> {
    /// Reads a pool cell, and its options.
    pub(super) fn pool(&mut self, root: &Node) -> (Options, Option<Pool>) {
        const HELP: &str = "write for example `map: square` and below it `over: 0..10`";
        let Some(entries) = self.mapping(root, "a pool", HELP) else { return (Options::default(), None) };
        let own = [
            "workers",
            "map",
            "starmap",
            "over",
            "apply",
            "apply_async",
            "for",
            "chunk",
            "max_tasks",
            "initializer",
            "order",
            "executor",
            "show",
            "assert",
            "axis",
            "sweep",
        ];
        let fields = self.fields(entries, &[&own, &OPTIONS[..]].concat(), "a pool");
        let mut options = self.options(&fields);
        let before = self.errors.len();
        options.sweep = self.sweep(&fields, "workers");
        let executors = fields.get("executor").map(|node| self.executors(node));
        self.sweep_executors(&fields, executors.as_ref().and_then(|executors| executors.as_deref()));
        let workers = fields.get("workers").and_then(|node| self.workers(node));
        if let (Some(_), Some(entry)) = (fields.get("sweep"), fields.entry("workers")) {
            let diagnostic =
                Diagnostic::new("this cell sweeps over the number of its workers, and has one number, too");
            self.report(entry.key.span, diagnostic.help("leave out `workers` or `sweep`"));
        }
        let chunk = fields.get("chunk").and_then(|node| self.integer(node, "`chunk`", 1, u32::MAX.into()));
        let max_tasks = fields.get("max_tasks").and_then(|node| self.integer(node, "`max_tasks`", 1, u32::MAX.into()));
        let initializer =
            fields.get("initializer").map(|node| self.action(node, "`initializer`").map(|(code, _)| code));
        let order = fields.get("order").and_then(|node| self.word(node, "order", &["input", "completion"]));
        let work = self.work(root, &fields);
        let show = self.show(fields.get("show"));
        let assert = self.assertions(fields.get("assert"));
        let for_many = ["chunk", "order", "max_tasks", "sweep"].iter().find_map(|key| fields.entry(key));
        if let (Some(PoolWork::Apply { .. }), Some(entry)) = (&work, for_many) {
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
            max_tasks: max_tasks.and_then(|number| u32::try_from(number).ok()),
            initializer: initializer.flatten(),
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
        self.integer(node, "`workers`", 1, MAX_WORKERS.into()).and_then(|number| u32::try_from(number).ok())
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
                let message = format!("a pool has one of {}, and this has `{}` too", list(&WORK), first.key.text);
                self.report(second.key.span, Diagnostic::new(message).help("give the other a cell of its own"));
                return None;
            }
        };
        let what = format!("`{}`", work.key.text);
        let code = self.expression(&work.value, &what);
        let belongs = |key: &str, to: &[&str]| {
            fields.entry(key).filter(|_| !to.contains(&work.key.text.as_str())).zip(Some(list(to)))
        };
        for (entry, to) in
            [belongs("over", &["map", "starmap"]), belongs("for", &["apply_async"])].into_iter().flatten()
        {
            let message = format!("`{}` belongs to {to}, and this pool has {what}", entry.key.text);
            let help = match work.key.text.as_str() {
                "map" | "starmap" => "write `over: 0..10`: every item is handed to the callable",
                "apply_async" => "write `for: i in 0..10`: the call names the item",
                _ => "leave it out",
            };
            self.report(entry.key.span, Diagnostic::new(message).help(help));
        }
        match work.key.text.as_str() {
            "map" => {
                let over = self.over(fields, work, "the items to map", "over: 0..10");
                Some(PoolWork::Map { map: code?, over: over? })
            }
            "starmap" => {
                let over = self.over(fields, work, "the tuples to map", "over: [(1, 2), (3, 4)]");
                Some(PoolWork::Starmap { starmap: code?, over: over? })
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

    /// The inputs of `work`, which needs them.
    fn over(&mut self, fields: &Fields, work: &Entry, what: &str, example: &str) -> Option<Snippet> {
        let Some(over) = fields.get("over") else {
            let diagnostic = Diagnostic::new(format!("`{}` needs `over`, {what}", work.key.text));
            self.report(work.key.span, diagnostic.help(format!("add for example `{example}`")));
            return None;
        };
        self.expression(over, "`over`")
    }
}

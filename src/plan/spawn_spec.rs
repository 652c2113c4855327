//! `spawn`: jobs to start in order and to join.

use super::declare::example;
use super::expression::called;
use super::options::OPTIONS;
use super::reader::{Reader, list};
use super::{Job, Options, Spawn};
use crate::diagnostic::{Diagnostic, Note};
use crate::model::{Executor, StartMethod};
use crate::notebook::yaml::{Entry, Node, Span, Value};
use crate::notebook::{Snippet, SpecKind};
use std::collections::HashMap;
use std::time::Duration;

/// The most workers of one cell.
pub const MAX_WORKERS: u32 = 1024;

/// A job as it was read, before the workers are numbered.
struct Draft {
    call: Snippet,
    /// The called function's name.
    called: String,
    executor: Option<Executor>,
    /// The name that its author gave, and where.
    name: Option<(String, Span)>,
    count: Option<u32>,
    timeout: Option<Duration>,
    /// How it is to be started, if it says so, and where.
    start: Option<(StartMethod, Span)>,
    span: Span,
}

/// What a cell says of all its jobs.
#[derive(Default)]
struct Common<'a> {
    executors: Option<&'a [Executor]>,
    start: Option<(StartMethod, Span)>,
    /// How often its one job is run at the most, where the cell sweeps over that.
    most: Option<u32>,
}

impl Common<'_> {
    /// Whether the job may run as a process.
    fn may_be_process(&self, draft: &Draft) -> bool {
        let of_cell = || self.executors.is_none_or(|executors| executors.contains(&Executor::Process));
        draft.executor.map_or_else(of_cell, |executor| executor == Executor::Process)
    }
}

impl Reader<'_> {
    /// Reads a spawn cell, and its options.
    pub(super) fn spawn(&mut self, root: &Node) -> (Options, Option<Spawn>) {
        let help = format!("write for example `{}`", example(SpecKind::Spawn));
        if let Value::List { items, .. } = &root.value {
            let jobs = self.jobs(items, root.span, &Common::default());
            let spawn = jobs.map(|jobs| finish(None, jobs));
            return (Options::default(), spawn);
        }
        let Value::Map { entries, .. } = &root.value else {
            let message = format!("a spawn cell is a list of jobs or a mapping, and this is {}", root.what());
            self.report(root.span, Diagnostic::new(message).help(help));
            return (Options::default(), None);
        };
        let known =
            [&["executor", "start", "jobs", "show", "assert", "axis", "sweep", "replay"], &OPTIONS[..]].concat();
        let fields = self.fields(entries, &known, "a spawn cell");
        let mut options = self.options(&fields);
        options.sweep = self.sweep(&fields, "count");
        let executors = fields.get("executor").map(|node| self.executors(node));
        self.sweep_executors(&fields, executors.as_ref().and_then(|executors| executors.as_deref()));
        let start = self.start(fields.entry("start"));
        let show = self.show(fields.get("show"));
        let assert = self.assertions(fields.get("assert"));
        // An executor that cannot be read might have been `process`.
        let any = executors.as_ref().map(|executors| executors.as_deref().unwrap_or(&[Executor::Process]));
        let common = Common { executors: any, start, most: options.sweep.last().copied() };
        let jobs = match fields.get("jobs") {
            Some(node) => match &node.value {
                Value::List { items, .. } => self.jobs(items, node.span, &common),
                _ => {
                    let message = format!("`jobs` is a list of jobs, and this is {}", node.what());
                    self.report(node.span, Diagnostic::new(message).help("begin each job with `- ` on its own line"));
                    None
                }
            },
            None => {
                if fields.all_known {
                    let help = "write `jobs:` and below it one `- job(1, 2)` for each job";
                    self.report(root.span, Diagnostic::new("a spawn cell needs `jobs`").help(help));
                }
                None
            }
        };
        if let Some(jobs) = &jobs {
            self.expected_workers(fields.get("expect"), jobs);
        }
        let replay = self.replay(&fields, any.unwrap_or_default(), jobs.as_deref());
        let executors = match executors {
            Some(None) => return (options, None),
            Some(Some(executors)) => Some(executors),
            None => None,
        };
        (options, jobs.map(|jobs| Spawn { show, assert, replay, ..finish(executors, jobs) }))
    }

    /// Sees to it that `expect: {workers: …}` names none that the cell does not have.
    fn expected_workers<'n>(&mut self, expect: Option<&'n Node>, jobs: &[Job]) {
        let entries = |node: &'n Node| match &node.value {
            Value::Map { entries, .. } => entries.as_slice(),
            _ => &[],
        };
        let mut expected = expect.map(entries).unwrap_or_default().iter();
        let workers = expected.find(|entry| entry.key.text == "workers").map(|entry| entries(&entry.value));
        let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
        for Entry { key, .. } in workers.unwrap_or_default() {
            if names.contains(&key.text.as_str()) || key.text == "main" {
                continue;
            }
            let diagnostic = Diagnostic::new(format!("this cell has no worker `{}`", key.text));
            let diagnostic = diagnostic.did_you_mean(&key.text, names.iter().copied());
            let shown = &names[..names.len().min(10)];
            self.report(key.span, diagnostic.note(format!("its workers are {}", list(shown))));
        }
    }

    /// One executor or a list of several.
    pub(super) fn executors(&mut self, node: &Node) -> Option<Vec<Executor>> {
        const ALL: [Executor; 3] = [Executor::Normal, Executor::Thread, Executor::Process];
        let nodes = match &node.value {
            Value::List { items, .. } => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if nodes.is_empty() {
            let help = format!("name one or more of {}", list(&ALL.map(Executor::as_str)));
            self.report(node.span, Diagnostic::new("this list of executors is empty").help(help));
            return None;
        }
        let mut executors = Vec::new();
        let mut whole = true;
        for node in nodes {
            let word = self.word(node, "executor", &ALL.map(Executor::as_str));
            match word.and_then(|word| ALL.into_iter().find(|executor| executor.as_str() == word)) {
                Some(executor) if !executors.contains(&executor) => executors.push(executor),
                Some(executor) => {
                    whole = false;
                    let message = format!("the executor `{}` stands here twice", executor.as_str());
                    self.report(node.span, Diagnostic::new(message).help("the cell runs once under each"));
                }
                None => whole = false,
            }
        }
        whole.then_some(executors)
    }

    /// The jobs of a cell, numbered and named; `None` if anything is wrong with any.
    fn jobs(&mut self, items: &[Node], list: Span, common: &Common<'_>) -> Option<Vec<Job>> {
        if items.is_empty() {
            let diagnostic = Diagnostic::new("a spawn cell needs at least one job");
            self.report(list, diagnostic.help(format!("write for example `{}`", example(SpecKind::Spawn))));
            return None;
        }
        let drafts: Vec<Option<Draft>> = items.iter().map(|item| self.job(item, common.executors.is_some())).collect();
        let drafts = drafts.into_iter().collect::<Option<Vec<Draft>>>()?;
        let drafts = self.swept(drafts, list, common.most)?;
        let workers: i128 = drafts.iter().map(|draft| i128::from(draft.count.unwrap_or(1))).sum();
        if workers > MAX_WORKERS.into() {
            let message = format!("a cell may have {MAX_WORKERS} workers, and this has {workers}");
            self.report(list, Diagnostic::new(message));
            return None;
        }
        let before = self.errors.len();
        self.check_starts(&drafts, common);
        let mut jobs: Vec<Job> = Vec::new();
        let mut taken: HashMap<String, Span> = HashMap::new();
        for draft in &drafts {
            for number in 1..=draft.count.unwrap_or(1) {
                let name = match (&draft.name, draft.count) {
                    (Some((name, _)), Some(_)) => format!("{name}-{number}"),
                    (Some((name, _)), None) => name.clone(),
                    (None, _) => format!("{}-{}", draft.called, jobs.len() + 1),
                };
                let span = draft.name.as_ref().map_or(draft.span, |(_, span)| *span);
                if let Some(first) = taken.insert(name.clone(), span) {
                    self.name_taken(&name, span, first);
                }
                let Draft { call, executor, timeout, .. } = draft;
                let start = draft.start.or(common.start).map(|(start, _)| start).unwrap_or_default();
                jobs.push(Job { call: call.clone(), name, executor: *executor, timeout: *timeout, start });
            }
        }
        (self.errors.len() == before).then_some(jobs)
    }

    /// The one job of a cell that sweeps over how often it is run, so that it is there as often as ever needed.
    fn swept(&mut self, mut drafts: Vec<Draft>, list: Span, most: Option<u32>) -> Option<Vec<Draft>> {
        let Some(most) = most else { return Some(drafts) };
        let [draft] = drafts.as_mut_slice() else {
            let message = format!("a sweep over `count` is about one job, and this cell has {}", drafts.len());
            let help = "leave one job, which is run as often as the sweep says; its workers can share the work through a queue";
            self.report(list, Diagnostic::new(message).help(help));
            return None;
        };
        if draft.count.is_some() {
            let diagnostic = Diagnostic::new("this cell sweeps over the `count` of its job, which has one of its own");
            self.report(draft.span, diagnostic.help("leave out the job's `count`"));
            return None;
        }
        draft.count = Some(most);
        Some(drafts)
    }

    fn name_taken(&mut self, name: &str, span: Span, first: Span) {
        let mut diagnostic = Diagnostic::new(format!("two workers of this cell are named `{name}`"));
        let first = first.place(self.file, self.source);
        diagnostic.notes.push(Note::Also(first, "the first of them".to_owned()));
        self.report(span, diagnostic.help("give one of them another `name`"));
    }

    fn job(&mut self, node: &Node, has_executor: bool) -> Option<Draft> {
        let known = ["call", "thread", "process", "name", "timeout", "count", "start"];
        let Value::Map { entries, .. } = &node.value else {
            let plain = node.scalar().filter(|scalar| scalar.plain);
            return match plain {
                Some(scalar) if self.is_key_without_blank(&scalar.text, node.span, &known) => None,
                _ => self.draft(node, node.span),
            };
        };
        if let Some(Entry { key, .. }) = entries.iter().find(|entry| entry.key.text == "normal") {
            let message = "`normal` is an executor for a whole cell, not for one job";
            let help = "`normal` runs the jobs one after another: put `executor: normal` above `jobs:`, \
                        or `executor: [normal, process]` to compare";
            self.report(key.span, Diagnostic::new(message).help(help));
            return None;
        }
        let fields = self.fields(entries, &known, "a job");
        let calls: Vec<&Entry> = ["call", "thread", "process"].iter().filter_map(|key| fields.entry(key)).collect();
        let name = fields.get("name").map(|node| (self.name(node, "a worker"), node.span));
        let count = fields.get("count").map(|node| self.integer(node, "`count`", 1, MAX_WORKERS.into()));
        let timeout = fields.get("timeout").map(|node| self.duration(node));
        let start = self.start(fields.entry("start"));
        let draft = match calls.as_slice() {
            [call] => self.draft(&call.value, call.value.span),
            [] => {
                if fields.all_known {
                    let diagnostic = Diagnostic::new("this job has no call");
                    self.report(node.span, diagnostic.help("write for example `{call: job(1, 2), name: first}`"));
                }
                None
            }
            [_, second, ..] => {
                let diagnostic = Diagnostic::new("a job is one call, and this has two");
                self.report(second.key.span, diagnostic.help("begin another job with `- ` on its own line"));
                None
            }
        };
        let executor = match calls.first().map(|call| call.key.text.as_str()) {
            Some("thread") => Some(Executor::Thread),
            Some("process") => Some(Executor::Process),
            _ => None,
        };
        if let (Some(executor), true, Some(call)) = (executor, has_executor, calls.first()) {
            let message = format!("this cell has an `executor`, and this job names its own: `{}`", executor.as_str());
            let help = "leave the cell's `executor` out, or write `call` here";
            self.report(call.key.span, Diagnostic::new(message).help(help));
            return None;
        }
        let mut draft = Draft { executor, start, ..draft? };
        if let Some((name, span)) = name {
            let name = name?;
            if name == "main" {
                let diagnostic = Diagnostic::new("`main` is the name of what starts the workers");
                self.report(span, diagnostic.help("give the worker another `name`"));
                return None;
            }
            draft.name = Some((name, span));
        }
        if let Some(count) = count {
            draft.count = Some(u32::try_from(count?).ok()?);
        }
        if let Some(timeout) = timeout {
            draft.timeout = Some(timeout?);
        }
        Some(draft)
    }

    /// A start method, and where its key stands.
    fn start(&mut self, entry: Option<&Entry>) -> Option<(StartMethod, Span)> {
        const ALL: [StartMethod; 2] = [StartMethod::Fork, StartMethod::Exec];
        let Entry { key, value } = entry?;
        if value.scalar().is_some_and(|scalar| scalar.text == "spawn") {
            let diagnostic = Diagnostic::new("`spawn` is Python's word for a process that is started afresh");
            self.report(value.span, diagnostic.help("here it is `start: exec`"));
            return None;
        }
        let word = self.word(value, "start method", &ALL.map(StartMethod::as_str))?;
        Some((ALL.into_iter().find(|start| start.as_str() == word)?, key.span))
    }

    /// Sees to it that a start method is only asked for where there is a process.
    fn check_starts(&mut self, drafts: &[Draft], common: &Common<'_>) {
        let mut wrong = |span, message: &str, help: &str| self.report(span, Diagnostic::new(message).help(help));
        for draft in drafts.iter().filter(|draft| !common.may_be_process(draft)) {
            match draft.start {
                Some((_, span)) if draft.executor == Some(Executor::Thread) => {
                    let message = "`start` says how a process is started, and this job is a thread";
                    wrong(span, message, "write `process:` in the place of `thread:`, or leave `start` out");
                }
                Some((_, span)) => {
                    let message = "`start` says how a process is started, and this cell's `executor` is another";
                    wrong(span, message, "add `process` to the cell's `executor`, or leave `start` out");
                }
                None => {}
            }
        }
        if let Some((_, span)) = common.start.filter(|_| !drafts.iter().any(|draft| common.may_be_process(draft))) {
            let message = "`start` says how a process is started, and this cell has none";
            wrong(span, message, "let the jobs run under `process`, or leave `start` out");
        }
    }

    /// A job of which nothing is known but its call.
    fn draft(&mut self, call: &Node, span: Span) -> Option<Draft> {
        let (call, parsed) = self.action(call, "a job")?;
        let called = called(&parsed).unwrap_or_else(|| "job".to_owned());
        Some(Draft { call, called, executor: None, name: None, count: None, timeout: None, start: None, span })
    }
}

/// The spec of some jobs: each under its own executor if any names one, or else all under those of the cell.
fn finish(executors: Option<Vec<Executor>>, mut jobs: Vec<Job>) -> Spawn {
    let mixed = jobs.iter().any(|job| job.executor.is_some());
    if mixed {
        jobs.iter_mut().for_each(|job| _ = job.executor.get_or_insert(Executor::Process));
    }
    let executors = if mixed { Vec::new() } else { executors.unwrap_or_else(|| vec![Executor::Process]) };
    Spawn { program: None, executors, jobs, show: Vec::new(), assert: Vec::new(), replay: None }
}

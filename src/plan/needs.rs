//! What each cell needs of the cells above it: definitions that it mentions, resources that it uses, and the cells that have
//! changed these before it.

use super::names::{Implementation, Names, Words, words};
use super::{Assertion, DeclaredKind, Plan, PoolWork, Show, Skipped, Step, StepKind};
use crate::notebook::{Cell, Notebook, Snippet, hidden};
use std::collections::{BTreeSet, HashMap};

/// What the cells of a notebook need.
#[derive(Default)]
pub struct Needs {
    /// By cell, the cells above it that it needs directly.
    pub direct: Vec<BTreeSet<usize>>,
    /// The job cells that offer more than their text names: what a macro defines, or the methods of an imported trait.
    pub vague: BTreeSet<usize>,
}

/// What the cells so far have, as they are seen from the next one.
#[derive(Default)]
struct Seen {
    /// The cells that define a name or add to it: the last that defines it, and implementations below that.
    names: HashMap<String, BTreeSet<usize>>,
    /// The cells that declare a resource, or have changed it since.
    resources: HashMap<String, BTreeSet<usize>>,
    /// The cells that define a method in a trait.
    methods: HashMap<String, BTreeSet<usize>>,
    /// Implementations, with their cells.
    impls: Vec<(usize, Implementation)>,
}

/// What each cell of a notebook needs, as far as the texts of the cells tell.
pub fn needs(notebook: &Notebook, plan: &Plan) -> Needs {
    let mut seen = Seen::default();
    let mut needs = Needs::default();
    for (step, cell) in plan.steps.iter().zip(&notebook.cells) {
        let text = text(plan, step, cell);
        let names = if cell.kind.is_rust() { Names::of(&text) } else { Names::default() };
        // What a cell defines itself, it needs of no other.
        let mentioned: BTreeSet<&str> = words(&text).filter(|word| !names.defined.contains(*word)).collect();
        let of_names = |names: &HashMap<String, BTreeSet<usize>>| -> BTreeSet<usize> {
            mentioned.iter().filter_map(|word| names.get(*word)).flatten().copied().collect()
        };
        let mut found = of_names(&seen.names);
        if !cell.kind.is_rust() {
            found.extend(of_names(&seen.resources));
        }
        let called: BTreeSet<&str> = called(&text).collect();
        found.extend(called.iter().filter_map(|name| seen.methods.get(*name)).flatten());
        seen.add_implementations(&called, &mut found, &needs);
        needs.direct.push(found);
        match &step.work {
            // What must not compile is seen by nobody.
            _ if cell.must_fail.is_some() => {}
            _ if cell.kind.is_rust() => {
                let imports = !names.unnamed.is_empty() || !names.imported.is_empty();
                if !step.is_skipped() && (names.opaque || imports || !names.calls.is_empty()) {
                    needs.vague.insert(step.cell);
                }
                seen.define(step.cell, names);
            }
            StepKind::Declare(ids) => {
                let declared = ids.iter().filter_map(|id| plan.resources.get(*id as usize));
                declared.for_each(|resource| seen.declare(&resource.name, step.cell));
            }
            StepKind::Skipped(Skipped { declares, .. }) => {
                declares.iter().for_each(|name| seen.declare(name, step.cell))
            }
            _ => {}
        }
        if step.changes() {
            for (_, cells) in seen.resources.iter_mut().filter(|(name, _)| mentioned.contains(name.as_str())) {
                cells.insert(step.cell);
            }
        }
    }
    needs
}

/// All Rust of a cell. Of a spec that is skipped, that is not known, and all of its text is taken.
fn text(plan: &Plan, step: &Step, cell: &Cell) -> String {
    if cell.kind.is_rust() {
        return hidden::without_markers(&cell.code).text();
    }
    match &step.work {
        StepKind::Skipped(_) => cell.code.text(),
        _ => expressions(plan, step).iter().flat_map(|code| [code.text(), "\n".to_owned()]).collect(),
    }
}

/// All Rust in a spec that is not skipped.
pub(super) fn expressions<'a>(plan: &'a Plan, step: &'a Step) -> Vec<&'a Snippet> {
    match &step.work {
        StepKind::Spawn(spawn) => {
            let jobs = spawn.jobs.iter().map(|job| &job.call);
            jobs.chain(evaluated(&spawn.show, &spawn.assert)).collect()
        }
        StepKind::Pool(pool) => {
            let work = match &pool.work {
                PoolWork::Map { map, over } => vec![map, over],
                PoolWork::Starmap { starmap, over } => vec![starmap, over],
                PoolWork::Apply { call } => vec![call],
                PoolWork::ApplyAsync { call, each } => {
                    let each = each.iter().flat_map(|(name, items)| [name, items]);
                    each.chain([call]).collect()
                }
            };
            work.into_iter().chain(&pool.initializer).chain(evaluated(&pool.show, &pool.assert)).collect()
        }
        StepKind::Declare(ids) => {
            let declared = ids.iter().filter_map(|id| plan.resources.get(*id as usize));
            let items = declared.filter_map(|resource| match &resource.kind {
                DeclaredKind::Queue { item, .. } => Some(item),
                _ => None,
            });
            items.collect()
        }
        StepKind::ExpectedError(_) | StepKind::Jobs(_) | StepKind::Skipped(_) => Vec::new(),
    }
}

/// What is evaluated when all workers have ended.
fn evaluated<'a>(show: &'a [Show], assert: &'a [Assertion]) -> impl Iterator<Item = &'a Snippet> {
    show.iter().map(|show| &show.value).chain(assert.iter().map(|assertion| &assertion.condition))
}

/// The names behind a dot or a path, as methods and associated functions are called.
fn called(text: &str) -> impl Iterator<Item = &str> {
    let name = |part: &'_ str| part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
    text.split(['.', ':']).skip(1).map(str::trim_start).map(move |part| &part[..name(part)]).filter(|it| !it.is_empty())
}

impl Needs {
    /// All that some cells need, themselves included.
    pub fn all_of(&self, cells: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        self.all_of_but(cells, |_| false)
    }

    /// The same, but for the cells that are `left_out`, and what only these need. Who is asked for is not left out.
    pub fn all_of_but(
        &self,
        cells: impl IntoIterator<Item = usize>,
        left_out: impl Fn(usize) -> bool,
    ) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut new: Vec<usize> = cells.into_iter().collect();
        while let Some(cell) = new.pop() {
            if all.insert(cell) {
                new.extend(self.direct.get(cell).into_iter().flatten().filter(|needed| !left_out(**needed)));
            }
        }
        all
    }
}

impl Seen {
    /// Takes note of what a job cell defines.
    fn define(&mut self, cell: usize, names: Names) {
        let variants = names.enums.values().flatten();
        let macros = names.macros.iter().map(|(name, it)| (name, &it.makes));
        let (macros, made): (Vec<_>, Vec<_>) = macros.unzip();
        for name in names.defined.iter().chain(&names.maybe).chain(macros) {
            self.names.insert(name.clone(), BTreeSet::from([cell]));
        }
        for name in variants.chain(made.into_iter().flatten()) {
            self.names.entry(name.clone()).or_default().insert(cell);
        }
        for name in names.traits.values().flatten().flatten() {
            self.methods.entry(name.clone()).or_default().insert(cell);
        }
        for implementation in names.impls {
            for name in &implementation.head {
                if let Some(cells) = self.names.get_mut(name) {
                    cells.insert(cell);
                }
            }
            self.impls.push((cell, implementation));
        }
    }

    fn declare(&mut self, name: &str, cell: usize) {
        self.resources.insert(name.to_owned(), BTreeSet::from([cell]));
    }

    /// Adds the implementations of what a cell needs anyway, if it calls one of their functions: the type of a value need not
    /// be mentioned.
    fn add_implementations(&self, called: &BTreeSet<&str>, found: &mut BTreeSet<usize>, needs: &Needs) {
        let is_called = |functions: &Words| functions.iter().any(|name| called.contains(name.as_str()));
        let called: Vec<_> = self.impls.iter().filter(|(_, it)| is_called(&it.defined)).collect();
        if called.is_empty() {
            return;
        }
        let reached = needs.all_of(found.iter().copied());
        let is_reached = |name: &String| self.names.get(name).is_some_and(|cells| !cells.is_disjoint(&reached));
        let implementing = called.into_iter().filter(|(_, it)| it.head.iter().any(is_reached));
        found.extend(implementing.map(|(cell, _)| *cell));
    }
}

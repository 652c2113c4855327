//! Decides what the module of each job cell imports from those of the cells above it.
//!
//! Were each module to import all of its parent's names, the compiler would have to carry every name through all of the
//! modules in between. So each imports by name, from the very cell that defines it. In a long notebook it imports only what
//! its text mentions. What the compiler says tells the rest: an import that leads nowhere is left out in the next call, and
//! a cell with an error gets all names, since one of them may have been missing, and since the compiler suggests none that
//! it does not see.

use crate::notebook::Notebook;
use crate::plan::Plan;
use crate::plan::names::{Macro, Names, Unnamed, Words, words};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many imports a notebook may have before each cell imports only what it mentions.
const MAX_IMPORTS: usize = 4_000;

/// How often `super` may lead up from a cell at most for what it then names to be looked for.
const MAX_SUPERS: usize = 4;

/// What earlier calls of the compiler have shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Learnt {
    /// Imports that lead nowhere: the cell that they were to come from, and what was to be imported.
    pub absent: BTreeSet<Import>,
    /// Cells that import all names that they could.
    pub wide: BTreeSet<usize>,
    /// Entries whose jobs return nothing that has a type.
    pub never_return: BTreeSet<String>,
    /// Cells whose assertions are compiled just as they are written.
    pub plain: BTreeSet<usize>,
}

impl Learnt {
    /// Takes note of imports that lead nowhere; whether any of them are news.
    pub fn add_absent(&mut self, imports: Vec<Import>) -> bool {
        let before = self.absent.len();
        self.absent.extend(imports);
        self.absent.len() > before
    }

    /// Takes note of entries whose jobs may never return; whether any of them are news.
    pub fn add_never_return(&mut self, entries: impl Iterator<Item = String>) -> bool {
        let before = self.never_return.len();
        self.never_return.extend(entries);
        self.never_return.len() > before
    }

    /// Takes note of cells whose assertions are to be compiled as they are written; whether any of them are news.
    pub fn add_plain(&mut self, cells: impl Iterator<Item = usize>) -> bool {
        let before = self.plain.len();
        self.plain.extend(cells);
        self.plain.len() > before
    }

    /// Takes note of cells that are to import all names; whether any of them are news.
    pub fn add_wide(&mut self, cells: impl Iterator<Item = usize>) -> bool {
        let before = self.wide.len();
        self.wide.extend(cells);
        self.wide.len() > before
    }
}

/// Something that a module imports from the one of an earlier cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Import {
    /// The cell.
    pub from: usize,
    /// What.
    pub what: ImportKind,
}

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum ImportKind {
    /// A name.
    Name(String),
    /// The trait that the cell's import of this number binds to no name.
    Trait(usize),
    /// All that the cell's import of this number stands for.
    Glob(usize),
    /// All that the cell sees, which is more than its text tells.
    All,
}

/// What the module of a cell imports, and what it must offer to others.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// What it imports.
    pub imports: Vec<Import>,
    /// The names that it may have and that a later cell mentions: whether it has them is to be found out.
    pub checks: Vec<String>,
    /// What it names so that others can import it, and the path to that.
    pub offers: Vec<(ImportKind, String)>,
    /// Whether an author has forbidden something, so that nothing can be allowed.
    pub strict: bool,
}

/// The scopes of all job cells but those left out, by cell.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    pub of: BTreeMap<usize, Scope>,
    /// The cells that could import more names than they do.
    pub narrow: BTreeSet<usize>,
}

/// A job cell, with what is mentioned by it and by what stands in its module besides.
struct Module<'a> {
    cell: usize,
    names: Names,
    mentioned: HashSet<&'a str>,
}

/// What the modules of a notebook import.
pub(super) fn scopes(notebook: &Notebook, plan: &Plan, left_out: &BTreeSet<usize>, learnt: &Learnt) -> Scopes {
    let texts: Vec<(usize, bool, String)> = plan
        .steps
        .iter()
        .filter(|step| !left_out.contains(&step.cell) && !step.is_skipped())
        .map(|step| match step.items() {
            Some(code) => (step.cell, true, code.text()),
            None => (step.cell, false, notebook.cells.get(step.cell).map(|cell| cell.code.text()).unwrap_or_default()),
        })
        .collect();
    let mut modules: Vec<Module> = Vec::new();
    for (cell, is_job, text) in &texts {
        if *is_job {
            modules.push(Module { cell: *cell, names: Names::of(text), mentioned: HashSet::new() });
        }
        // The expressions of a spec stand in the module of the job cell before it.
        if let Some(module) = modules.last_mut() {
            module.mentioned.extend(words(text));
        }
    }
    look_above(&mut modules);
    let all: usize = (0..modules.len())
        .zip(&modules)
        .map(|(later, module)| (modules.len() - later) * module.names.defined.len())
        .sum();
    let is_long = all > MAX_IMPORTS;
    let mut seen = Seen::default();
    let mut scopes = Scopes::default();
    let strict = modules.iter().any(|module| module.mentioned.contains("forbid"));
    for module in &modules {
        let is_narrow = is_long && !learnt.wide.contains(&module.cell);
        if is_narrow {
            scopes.narrow.insert(module.cell);
        }
        let imports = seen.imports(module, is_narrow, learnt);
        let mut offers = seen.add(module);
        offers.retain(|(what, _)| !learnt.absent.contains(&Import { from: module.cell, what: what.clone() }));
        scopes.of.insert(module.cell, Scope { imports, checks: Vec::new(), offers, strict });
    }
    let macros = modules.iter().flat_map(|module| &module.names.macros);
    let mut later: HashSet<&str> = macros.flat_map(|(_, it)| &it.words).map(String::as_str).collect();
    for module in modules.iter().rev() {
        let Module { cell, mentioned, .. } = module;
        let maybe = seen.maybe.get(cell).into_iter().flatten();
        let import = |name: &&&str| Import { from: *cell, what: ImportKind::Name((**name).to_owned()) };
        let checks = maybe.filter(|name| later.contains(**name)).filter(|name| !learnt.absent.contains(&import(name)));
        let checks = checks.map(|name| (*name).to_owned()).collect();
        scopes.of.entry(*cell).or_default().checks = checks;
        later.extend(mentioned);
    }
    scopes
}

/// Where a cell says `super`, what it mentions may be looked for in the cells right above it.
fn look_above(modules: &mut [Module]) {
    for at in (1..modules.len()).rev() {
        let (above, rest) = modules.split_at_mut(at);
        let own = &rest[0].mentioned;
        if own.contains("super") {
            above.iter_mut().rev().take(MAX_SUPERS).for_each(|module| {
                module.mentioned.extend(own.iter().filter(|word| **word != "super"));
            });
        }
    }
}

/// What the cells so far define.
#[derive(Default)]
struct Seen<'a> {
    /// Each name with the last cell that defines it, and the cells below that one which may do so, the last of them last.
    names: BTreeMap<&'a str, Vec<(usize, bool)>>,
    /// The names of traits, with the names of what they offer if that is known.
    traits: BTreeMap<&'a str, Option<&'a Words>>,
    /// The enums, each with its cell and its variants.
    enums: HashMap<&'a str, (usize, &'a [String])>,
    /// What was imported without a name.
    unnamed: Vec<Import>,
    /// The same by the path, and the cell in which its first segment is defined.
    paths: HashSet<(Option<usize>, &'a [String], bool)>,
    /// The macros so far.
    macros: HashMap<&'a str, &'a Macro>,
    /// The names that each cell may have.
    maybe: HashMap<usize, Vec<&'a str>>,
    /// The last cell that may define names that its text does not have.
    opaque: Option<usize>,
}

impl<'a> Seen<'a> {
    /// What a module imports.
    fn imports(&self, module: &Module<'_>, is_narrow: bool, learnt: &Learnt) -> Vec<Import> {
        let mentioned = self.with_macros(module);
        let is_mentioned = |name: &str| mentioned.contains(name.trim_start_matches("r#"));
        let own = own_variants(&module.names, |name| self.enums.get(name).map(|(_, variants)| *variants));
        let mut imports = Vec::new();
        for (name, cells) in &self.names {
            // Whether another cell may define it matters only to who mentions it.
            let wanted = is_mentioned(name)
                || !is_narrow && cells.iter().any(|(_, is_sure)| *is_sure)
                || match self.traits.get(name) {
                    Some(Some(words)) => words.iter().any(|word| mentioned.contains(word.as_str())),
                    Some(None) => true,
                    None => false,
                };
            if !wanted || own.contains(name) {
                continue;
            }
            let all =
                cells.iter().rev().map(|(from, _)| Import { from: *from, what: ImportKind::Name((*name).to_owned()) });
            imports.extend(all.into_iter().find(|import| !learnt.absent.contains(import)));
        }
        imports
            .extend(self.unnamed.iter().cloned().chain(self.opaque.map(|from| Import { from, what: ImportKind::All })));
        imports.retain(|import| !learnt.absent.contains(import));
        imports
    }

    /// All that a module mentions, also by the macros that it may call.
    fn with_macros<'m>(&self, module: &'m Module<'_>) -> HashSet<&'m str>
    where
        'a: 'm,
    {
        let mut all: HashSet<&str> = module.mentioned.iter().copied().collect();
        let mut new: Vec<&str> = all.iter().copied().collect();
        while let Some(word) = new.pop() {
            let body = self.macros.get(word).into_iter().flat_map(|it| &it.words);
            new.extend(body.map(String::as_str).filter(|word| all.insert(word)));
        }
        all
    }

    /// Takes note of what a module defines. Of its imports without a name, those are returned that it is to offer.
    fn add(&mut self, module: &'a Module<'_>) -> Vec<(ImportKind, String)> {
        let Module { cell, names, .. } = module;
        self.macros.extend(names.macros.iter().map(|(name, it)| (name.as_str(), it)));
        for name in &names.defined {
            self.names.insert(name, vec![(*cell, true)]);
            self.traits.remove(name.as_str());
            self.enums.remove(name.as_str());
        }
        self.traits.extend(names.traits.iter().map(|(name, words)| (name.as_str(), words.as_ref())));
        self.traits.extend(names.imported.iter().map(|name| (name.as_str(), None)));
        self.enums.extend(names.enums.iter().map(|(name, variants)| (name.as_str(), (*cell, variants.as_slice()))));
        let mut maybe: BTreeSet<&'a str> = names.maybe.iter().map(String::as_str).collect();
        let mut opaque = names.opaque;
        for (name, words) in &names.calls {
            maybe.extend(words.iter().map(String::as_str));
            opaque |= !self.made_by(name, &mut maybe);
        }
        let is_name = |name: &&str| !PRIMITIVES.contains(name) && syn::parse_str::<syn::Ident>(name).is_ok();
        let maybe: Vec<&str> =
            maybe.into_iter().filter(|name| !names.defined.contains(*name)).filter(is_name).collect();
        for name in &maybe {
            self.names.entry(name).or_default().push((*cell, false));
        }
        self.maybe.insert(*cell, maybe);
        if opaque {
            self.opaque = Some(*cell);
        }
        let mut offers = Vec::new();
        for (number, Unnamed { path, glob }) in names.unnamed.iter().enumerate() {
            if let Some(variants) = self.variants(path).filter(|_| *glob) {
                variants.iter().for_each(|name| drop(self.names.insert(name, vec![(*cell, true)])));
                continue;
            }
            let first = path.first().map(String::as_str);
            let relative = matches!(first, None | Some("self" | "super"));
            let local = first.and_then(|first| self.names.get(first)?.last());
            let home = if relative { Some(*cell) } else { local.map(|(cell, _)| *cell) };
            if self.paths.insert((home, path, *glob)) {
                // Nothing can be called `super`.
                if path.iter().all(|segment| segment == "super") {
                    self.opaque = Some(*cell);
                    continue;
                }
                let what = if *glob { ImportKind::Glob(number) } else { ImportKind::Trait(number) };
                self.unnamed.push(Import { from: *cell, what: what.clone() });
                offers.push((what, path.join("::")));
            }
        }
        offers
    }

    /// The variants of the enum that a path leads to, if it is one of the notebook's and leads there directly.
    fn variants(&self, path: &[String]) -> Option<&'a [String]> {
        let path = path.strip_prefix(&["self".to_owned()]).unwrap_or(path);
        let [name] = path else { return None };
        Some(self.enums.get(name.as_str())?.1)
    }

    /// Adds what a call of a macro may define to `names`. Whether that is all.
    fn made_by(&self, name: &str, names: &mut BTreeSet<&'a str>) -> bool {
        let mut seen = BTreeSet::new();
        let mut new = vec![name];
        let mut whole = true;
        while let Some(name) = new.pop().filter(|_| whole) {
            let Some(it) = self.macros.get(name) else {
                whole = STD_MACROS.contains(&name);
                continue;
            };
            if seen.insert(name) {
                names.extend(it.makes.iter().map(String::as_str));
                new.extend(it.calls.iter().map(String::as_str));
            }
        }
        whole
    }
}

/// The variants that a cell imports all at once from enums of the notebook's.
fn own_variants<'a>(names: &'a Names, known: impl Fn(&str) -> Option<&'a [String]>) -> BTreeSet<&'a str> {
    let globs = names.unnamed.iter().filter(|unnamed| unnamed.glob);
    let enums = globs.filter_map(|unnamed| {
        let path = unnamed.path.strip_prefix(&["self".to_owned()]).unwrap_or(&unnamed.path);
        let [name] = path else { return None };
        names.enums.get(name).map(Vec::as_slice).or_else(|| known(name))
    });
    enums.flatten().map(String::as_str).collect()
}

/// Types that nobody defines.
const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "u128", "u16", "u32", "u64", "u8",
    "usize",
];

/// Macros of std's, which a macro may call without defining a name by that.
const STD_MACROS: [&str; 31] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "line",
    "macro_rules",
    "matches",
    "module_path",
    "panic",
    "print",
    "println",
    "stringify",
    "thread_local",
    "todo",
    "unreachable",
    "vec",
    "write",
];

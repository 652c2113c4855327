//! Generates the crate: every cell's text and every spec's expression in a file of its own, on its own line of the cell, and
//! around them the glue that makes modules and entry points of them. Nothing in it depends on the prose.
//!
//! The job cells nest, each a module in the one before, so that even private items can be imported from there. A module's
//! file ends with what the compiler is to read next: what the cell imports, the specs below it, and the next cell. What it
//! imports stands in a module of its own, of which the cell imports everything: so its own definitions shadow the older
//! ones of the same name. That stands at the cell's end, for only there can the author's text begin with inner attributes.
//! In the root all modules have names, so that no path is longer than the others. The exported functions stand in the
//! crate's root: a cell that says `#![forbid(unsafe_code)]` forbids it to all modules within, and an exported name is
//! unsafe.

use super::advice::PRELUDE;
use super::entries::entries;
use super::lists::{self, List};
use super::mentions;
use super::rustc::Message;
use super::scope::{Import, ImportKind, Learnt, Scope, scopes};
use super::symbol;
use super::writer::Writer;
use crate::model::{CellMap, SourceMap, packed};
use crate::notebook::{Notebook, Snippet};
use crate::plan::{Declaration, DeclaredKind, Plan, Step, StepKind};
use std::collections::{BTreeSet, HashMap};

/// A generated crate.
#[derive(Debug)]
pub(super) struct Source {
    /// Its files, the root first.
    pub files: Vec<SourceFile>,
    /// Where the author's text stands in them.
    pub map: SourceMap,
    /// How many job cells it has.
    pub modules: usize,
    /// Whether `std` in it is to mean nbrun's mirror of it.
    pub mirrored: bool,
    /// The job cells that could import more than they do.
    pub narrow: BTreeSet<usize>,
    /// Where its own imports stand in the file of each cell, in order.
    imports: HashMap<usize, Vec<PlacedImport>>,
}

/// A file of a generated crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceFile {
    /// Its name in the directory of all of them.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// An import of ours: line, first column and the column behind the last.
type PlacedImport = ((u32, u32, u32), Import);

/// The name of the crate's root. No module of an author's can be looked for in a file of this name, nor in one of a cell.
pub(super) const ROOT: &str = "notebook-root";

/// The name of the file with the text of a cell.
pub(super) fn file_name(cell: usize) -> String {
    format!("cell:{:04}", cell + 1)
}

/// The cell whose text stands in a file of this name.
pub(super) fn cell_of_file(name: &str) -> Option<usize> {
    Some(packed::cell_of(name)? as usize)
}

/// A map of a crate in which nothing of the author's stands yet.
pub(super) fn empty_map(notebook: &Notebook) -> SourceMap {
    let cells = notebook.cells.iter().map(|cell| CellMap { fence: cell.line, segments: Vec::new() });
    SourceMap { notebook: notebook.file.clone(), cells: cells.collect() }
}

impl Source {
    /// The imports of ours that an error is about.
    pub(super) fn imports_in<'a>(&'a self, message: &'a Message) -> impl Iterator<Item = &'a Import> {
        message.spans.iter().filter(|span| span.is_primary).filter_map(|span| {
            let imports = self.imports.get(&cell_of_file(&span.file_name)?)?;
            let behind = imports
                .partition_point(|((line, column, _), _)| (*line, *column) <= (span.line_start, span.column_start));
            let ((line, _, end), import) = imports.get(behind.checked_sub(1)?)?;
            (*line == span.line_start && span.column_start < *end).then_some(import)
        })
    }
}

/// The name of the module that a job cell becomes.
pub(super) fn module_name(cell: usize) -> String {
    format!("cell_{cell}")
}

/// The name of the alias of a queue's item type.
pub(super) fn item_name(resource: u32) -> String {
    format!("__nb_item_{resource}")
}

/// A module of the crate: the root, or a job cell or program with its text.
struct Module<'a> {
    cell: Option<(&'a Step, &'a Snippet)>,
    /// The specs below it, which see what it sees, and have files.
    specs: Vec<usize>,
}

/// Generates the crate of a notebook. Nothing comes of the cells in `left_out`, nor of the resources they declare.
pub(super) fn generate(notebook: &Notebook, plan: &Plan, left_out: &BTreeSet<usize>, learnt: &Learnt) -> Source {
    let scopes = scopes(notebook, plan, left_out, learnt);
    let is_strict = scopes.of.values().any(|scope| scope.strict);
    let mut items = HashMap::new();
    let mut modules = vec![Module { cell: None, specs: Vec::new() }];
    let mut exports: Vec<(String, String)> = Vec::new();
    let mut made: Vec<(usize, Writer)> = Vec::new();
    for step in plan.steps.iter().filter(|step| !left_out.contains(&step.cell)) {
        let module = modules.last().and_then(|module| Some(module.cell?.0.cell));
        let mut out = Writer::new(step.line);
        if let Some(code) = step.items() {
            modules.push(Module { cell: Some((step, code)), specs: Vec::new() });
            continue;
        }
        match &step.work {
            StepKind::Declare(ids) => {
                for resource in ids.iter().filter_map(|id| plan.resources.get(*id as usize)) {
                    declare(&mut out, resource, module, &mut items);
                }
            }
            StepKind::Spawn(_) | StepKind::Pool(_) => {
                let lets = bindings(plan, step.cell, left_out, &items);
                exports.extend(write_entries(&mut out, step, learnt, &lets, (module, is_strict)));
            }
            StepKind::Jobs(_) | StepKind::ExpectedError(_) | StepKind::Skipped(_) => {}
        }
        if !out.is_empty() {
            modules.last_mut().into_iter().for_each(|module| module.specs.push(step.cell));
            made.push((step.cell, out));
        }
    }
    let real_std = notebook.front_matter.nbrun.real_std;
    let mut tells = false;
    let mut root = Writer::new(0);
    let mut imports = HashMap::new();
    let mut globbed: HashMap<usize, BTreeSet<&str>> = HashMap::new();
    for (n, Module { cell, specs }) in modules.iter().enumerate() {
        let next = modules.get(n + 1).and_then(|module| Some(module.cell?.0.cell));
        let Some((step, code)) = cell else {
            root.glue("#[macro_use] extern crate nbrun; use ::nbrun::prelude::*;");
            root.new_line();
            read_next(&mut root, specs, next);
            continue;
        };
        let mut out = Writer::new(step.line);
        out.go_to(code.line());
        let glue = if real_std { Vec::new() } else { told_lists(code, out.position().0) };
        tells |= !glue.is_empty();
        out.with_glue(code, &glue);
        out.new_line();
        let scope = scopes.of.get(&step.cell);
        let mut names: BTreeSet<&str> = mentions::globbed_names(&code.text()).into_iter().collect();
        // What came by a glob to a cell comes with its glob to others.
        for import in scope.iter().flat_map(|scope| &scope.imports) {
            if matches!(import.what, ImportKind::Glob(_) | ImportKind::All) {
                names.extend(globbed.get(&import.from).into_iter().flatten());
            }
        }
        imports.insert(step.cell, close(&mut out, step.cell, scope, &names));
        globbed.insert(step.cell, names);
        // A program sees no resources: its entry calls `main`, and nothing else.
        exports.extend(write_entries(&mut out, step, learnt, "", (Some(step.cell), true)));
        read_next(&mut out, specs, next);
        made.push((step.cell, out));
    }
    let cells: Vec<usize> = modules.iter().filter_map(|module| Some(module.cell?.0.cell)).collect();
    export(&mut root, &cells, &exports);
    let mut map = empty_map(notebook);
    let defined = if tells { lists::UNTOLD } else { "" };
    let mut files = vec![SourceFile { name: ROOT.to_owned(), text: format!("{defined}{}", root.finish().0) }];
    made.sort_by_key(|(cell, _)| *cell);
    for (cell, out) in made {
        let (text, segments) = out.finish();
        files.push(SourceFile { name: file_name(cell), text });
        if let Some(cell) = map.cells.get_mut(cell) {
            cell.segments = segments;
        }
    }
    let mirrored = !real_std && files.iter().any(|file| mentions::mirrored_std(&file.text));
    Source { files, map, modules: cells.len(), mirrored, narrow: scopes.narrow, imports }
}

/// What stands behind each list that a cell binds to a name, whose text begins at this line of its file.
fn told_lists(code: &Snippet, first: u32) -> Vec<((usize, usize), String)> {
    let glue = |List { name, end: (line, column), made: [from, to] }: List| {
        let above = first - 1;
        let places = format!("{} {} {} {}", from.0 + above, from.1, to.0 + above, to.1);
        ((line as usize - 1, column as usize - 1), format!(" {}!({name} {places});", lists::TELL))
    };
    lists::lists(&code.text()).into_iter().map(glue).collect()
}

/// Writes the entries of a step, whose bodies begin with `lets`, and returns their symbols with the paths to them.
fn write_entries(
    out: &mut Writer,
    step: &Step,
    learnt: &Learnt,
    lets: &str,
    (module, is_strict): (Option<usize>, bool),
) -> Vec<(String, String)> {
    let mut exports = Vec::new();
    // An author's `#![deny(unused)]` is about what the author wrote. Where something is forbidden, it cannot be allowed.
    let allow = if is_strict { "" } else { "#[allow(unused_parens)] " };
    for entry in entries(step, learnt) {
        let inner = format!("__{}", entry.symbol);
        out.go_to(entry.line());
        out.glue(&format!("{allow}pub(crate) fn {inner}() -> i32 {{ ::nbrun::entry::{}(|| {{ {lets}", entry.wrapper));
        entry.write(out);
        out.glue(" }) } ");
        exports.push((entry.symbol, path(module, &inner)));
    }
    exports
}

/// Writes what the compiler is to read at the end of a module: the specs, as if they stood there, and the next module.
fn read_next(out: &mut Writer, specs: &[usize], next: Option<usize>) {
    for spec in specs {
        out.new_line();
        out.glue(&format!("::std::include!({:?});", file_name(*spec)));
    }
    if let Some(cell) = next {
        out.new_line();
        out.glue(&format!("#[doc = \"A cell.\"] #[path = {:?}] pub mod {};", file_name(cell), module_name(cell)));
    }
}

/// Writes names for the modules of all job cells, and the exported functions, each of which calls one of a module.
fn export(root: &mut Writer, cells: &[usize], exports: &[(String, String)]) {
    // The outermost is in the root anyway.
    for pair in cells.windows(2) {
        let [outer, inner] = [pair[0], pair[1]].map(module_name);
        root.new_line();
        root.glue(&format!("pub(crate) use {outer}::{inner};"));
    }
    let attach = symbol::attach();
    root.new_line();
    root.glue(&format!(
        "#[unsafe(no_mangle)] pub extern \"C\" fn {attach}(host: *const ::nbrun::abi::Host) {{ \
         ::nbrun::entry::attach(host) }}"
    ));
    for (symbol, path) in exports {
        root.new_line();
        root.glue(&format!("#[unsafe(no_mangle)] pub extern \"C\" fn {symbol}() -> i32 {{ {path}() }}"));
    }
}

/// The path to a name in the module of a cell, or in the root.
fn path(module: Option<usize>, name: &str) -> String {
    module.map_or_else(|| format!("crate::{name}"), |cell| format!("crate::{}::{name}", module_name(cell)))
}

/// Writes what a cell imports, and what it offers to be imported. Returns where each stands. Of names that are `globbed` from `std` the
/// prelude's would be ambiguous.
fn close(out: &mut Writer, cell: usize, scope: Option<&Scope>, globbed: &BTreeSet<&str>) -> Vec<PlacedImport> {
    let mut imports = Vec::new();
    let Some(scope) = scope else { return imports };
    let mut write = |out: &mut Writer, text: &str, import: Import| {
        let (line, column) = out.position();
        out.glue(text);
        imports.push(((line, column, out.position().1), import));
    };
    let allow = if scope.strict { "" } else { "#[allow(unused_imports)] " };
    for (what, path) in &scope.offers {
        let import = Import { from: cell, what: what.clone() };
        out.glue(allow);
        write(out, &format!("use {path} as {}; ", offered(&import)), import);
    }
    for name in &scope.checks {
        let import = Import { from: cell, what: ImportKind::Name(name.clone()) };
        out.glue(allow);
        write(out, &format!("use self::{name} as _; "), import);
    }
    out.glue(&format!("{allow}use self::__nb_scope_{cell}::*; {allow}mod __nb_scope_{cell} {{ "));
    if globbed.is_empty() {
        out.glue("pub(super) use ::nbrun::prelude::*; ");
    } else {
        let names: Vec<&str> = PRELUDE.into_iter().filter(|name| !globbed.contains(name)).collect();
        out.glue(&format!("pub(super) use ::nbrun::prelude::{{{}}}; ", names.join(", ")));
    }
    for import in &scope.imports {
        let from = module_name(import.from);
        let what = match &import.what {
            ImportKind::Name(name) => name.clone(),
            ImportKind::Trait(_) => format!("{} as _", offered(import)),
            ImportKind::Glob(_) => format!("{}::*", offered(import)),
            ImportKind::All => "*".to_owned(),
        };
        write(out, &format!("pub(super) use crate::{from}::{what}; "), import.clone());
    }
    out.glue("} ");
    imports
}

/// The name under which a cell offers what it imports without one.
fn offered(import: &Import) -> String {
    let (ImportKind::Trait(number) | ImportKind::Glob(number)) = import.what else { return String::new() };
    format!("__nb_import_{}_{number}", import.from)
}

/// A queue's item type, under a name that keeps its meaning when a later cell defines its parts again. The path to it is
/// added to `items`.
fn declare(out: &mut Writer, resource: &Declaration, module: Option<usize>, items: &mut HashMap<u32, String>) {
    if let DeclaredKind::Queue { item, .. } = &resource.kind {
        let name = item_name(resource.id);
        items.insert(resource.id, path(module, &name));
        out.go_to(item.line());
        out.glue(&format!("pub(crate) type {name} = "));
        out.snippet(item);
        out.glue(&format!("; const _: () = ::nbrun::entry::assert_message::<{name}>(); "));
    }
}

/// The `let`s that bind the resources which a cell sees.
fn bindings(plan: &Plan, cell: usize, left_out: &BTreeSet<usize>, items: &HashMap<u32, String>) -> String {
    let visible = plan.visible_resources(cell);
    let declared = visible.into_iter().filter(|resource| !left_out.contains(&resource.cell));
    declared
        .map(|Declaration { id, name, kind, .. }| {
            let handle = match kind {
                DeclaredKind::Queue { .. } => format!("Queue::<{}>", items.get(id).map_or("()", String::as_str)),
                DeclaredKind::Value { of, .. } => format!("Value::<{}>", of.rust_name()),
                DeclaredKind::Array { of, .. } => format!("Array::<{}>", of.rust_name()),
                DeclaredKind::Lock(kind) => kind.handle().to_owned(),
            };
            format!("let {name} = ::nbrun::{handle}::from_id({id}); let _ = &{name}; ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::testing::read;
    use crate::plan::Step;
    use proptest::prelude::*;

    fn generated(text: &str) -> Source {
        let (notebook, plan) = read(text);
        generate(&notebook, &plan, &BTreeSet::new(), &Learnt::default())
    }

    /// All files, one after the other.
    fn whole(source: &Source) -> String {
        source.files.iter().map(|file| file.text.as_str()).collect()
    }

    #[test]
    fn every_text_stands_on_its_own_line_of_its_cell_with_the_glue_around_it() {
        let text = "\
```yaml value
v: {type: i, init: 0}
```
- ```rust job
  fn job() {
      1 // one
  ```
```yaml queue
q: T
```
```yaml pool
for: i in 0..3
apply_async: job(q, i)
show: v.get() // all
assert: true
```
```rust job
fn job() {}
```
";
        let source = generated(text);
        let start_of = |line: &str| line.chars().take(100).collect::<String>().trim_end().to_owned();
        let file = |file: &SourceFile| {
            let lines: Vec<String> = file.text.lines().map(start_of).collect();
            format!("--- {}\n{}\n", file.name, lines.join("\n"))
        };
        insta::assert_snapshot!(source.files.iter().map(file).collect::<String>(), @r##"
        --- notebook-root
        #[macro_use] extern crate nbrun; use ::nbrun::prelude::*;

        #[doc = "A cell."] #[path = "cell:0002"] pub mod cell_1;
        pub(crate) use cell_1::cell_4;
        #[unsafe(no_mangle)] pub extern "C" fn nb_attach(host: *const ::nbrun::abi::Host) { ::nbrun::entry::
        #[unsafe(no_mangle)] pub extern "C" fn nb_c3_pool() -> i32 { crate::cell_1::__nb_c3_pool() }
        #[unsafe(no_mangle)] pub extern "C" fn nb_c3_show_0() -> i32 { crate::cell_1::__nb_c3_show_0() }
        #[unsafe(no_mangle)] pub extern "C" fn nb_c3_assert_0() -> i32 { crate::cell_1::__nb_c3_assert_0() }
        --- cell:0002
        fn job() {
            1 // one

        #[allow(unused_imports)] use self::__nb_scope_1::*; #[allow(unused_imports)] mod __nb_scope_1 { pub(
        ::std::include!("cell:0003");
        ::std::include!("cell:0004");
        #[doc = "A cell."] #[path = "cell:0005"] pub mod cell_4;
        --- cell:0003
        pub(crate) type __nb_item_1 = T; const _: () = ::nbrun::entry::assert_message::<__nb_item_1>();
        --- cell:0004
        #[allow(unused_parens)] pub(crate) fn __nb_c3_pool() -> i32 { ::nbrun::entry::pool(|| { let v = ::nb
        move |(i)| (job(q, i))) }) }
        #[allow(unused_parens)] pub(crate) fn __nb_c3_show_0() -> i32 { ::nbrun::entry::show(|| { let v = ::
        ) }) } #[allow(unused_parens)] pub(crate) fn __nb_c3_assert_0() -> i32 { ::nbrun::entry::assert(|| {
        --- cell:0005
        fn job() {}
        #[allow(unused_imports)] use self::__nb_scope_4::*; #[allow(unused_imports)] mod __nb_scope_4 { pub(
        "##);
    }

    #[test]
    fn notebooks_that_differ_in_their_prose_alone_make_the_same_crate() {
        let plain = "```rust job\nfn job(q: Queue<i32>) { q.put(1) }\n```\n```yaml queue\nq: i32\n```\n\
                     ```yaml spawn\njobs: [job(q)]\nshow: q.get()\n```\n";
        let among_prose = "---\ntitle: A\n---\n\n# A heading\n\n1. In a list:\n\n   ```rust job\n   fn job(q: Queue<i32>) { q.put(1) }\n   ```\n\n\
                           > Quoted.\n>\n> ```yaml queue\n> q: i32\n> ```\n\n```rust\nfn only_shown() {}\n```\n\n\
                           ~~~yaml spawn\njobs: [job(q)]\nshow: q.get()\n~~~\n\nThe end.\n";
        assert_eq!(generated(plain).files, generated(among_prose).files);
        assert_ne!(generated(plain).files, generated(&plain.replace("q.put(1)", "q.put(2)")).files);
    }

    #[test]
    fn a_starmap_and_an_initializer_are_written_in_any_order() {
        for (spec, tasks) in [
            ("starmap: f\ninitializer: g()\nover: h()", "starmap_over((f), ::nbrun::entry::inputs((h())))"),
            ("over: h()\nstarmap: f\ninitializer: g()", "over_starmap(::nbrun::entry::inputs((h())), (f))"),
        ] {
            let text = whole(&generated(&format!("```yaml pool\n{spec}\n```\n"))).replace('\n', "");
            assert!(
                text.contains(tasks) && text.contains("::nbrun::entry::job(|| { match (g()) { ref returned => "),
                "{text}"
            );
        }
    }

    #[test]
    fn a_string_over_several_lines_keeps_its_text_in_any_container() {
        let text = whole(&generated("> - ```rust job\n>   const S: &str = \"a\n>     b\";\n>   ```\n"));
        assert!(text.contains("const S: &str = \"a\n  b\";"), "{text}");
    }

    #[test]
    fn a_cell_that_is_left_out_takes_its_resources_with_it() {
        let (notebook, plan) = read("```yaml queue\nq: i32\n```\n```yaml spawn\njobs: [1]\n```\n");
        let text = whole(&generate(&notebook, &plan, &BTreeSet::from([0]), &Learnt::default()));
        assert!(!text.contains("__nb_item") && !text.contains("let q") && text.contains("nb_c1_job_0"), "{text}");
    }

    /// Any notebook of job cells with any text in them and of specs with some expressions, each in some container.
    fn notebooks() -> impl Strategy<Value = String> {
        let line = proptest::string::string_regex("[ -_a-~é多\u{1F600}]{0,20}").expect("a regex");
        // No keyword begins so.
        let word = proptest::string::string_regex("w_[a-zé多]{1,8}").expect("a regex");
        let margin = prop_oneof![Just(""), Just("   "), Just("> "), Just(">   > ")];
        let jobs = prop::collection::vec(line, 1..5).prop_map(|lines| ("rust job", lines));
        let spec = (word, 0..3_usize).prop_map(|(word, form)| {
            let spec = match form {
                0 => format!(
                    "jobs: [{word}(1), \"{word}()\"] # not Rust\nassert: {word} // a comment\nshow: {{a: {word}}}"
                ),
                1 => format!("- |\n  {word}(\"\n    {word}\")\n- {word}(\n   1) // a comment\n- {word}()"),
                _ => format!("- '{word}()'\n- >\n  {word}\n  ()\n- {{call: {word}(), name: {word}}}"),
            };
            ("yaml spawn", spec.lines().map(str::to_owned).collect())
        });
        let cell = (margin, prop_oneof![jobs, spec], 0..3_usize).prop_map(|(margin, (kind, lines), blank)| {
            let lines = lines.iter().map(|line| format!("{margin}{line}\n")).collect::<String>();
            // Enough of a fence that no line in it can be its end.
            let fence = "`".repeat(30);
            format!("{margin}{fence}{kind}\n{lines}{margin}{fence}\n\n---\n{}", "\n".repeat(blank))
        });
        prop::collection::vec(cell, 1..6).prop_map(|cells| cells.concat())
    }

    proptest! {
        #[test]
        fn every_character_of_the_author_leads_back_to_where_it_stands(text in notebooks()) {
            let (notebook, plan) = read(&text);
            let source = generate(&notebook, &plan, &BTreeSet::new(), &Learnt::default());
            let at = |text: &str, line: u32, column: u32| {
                text.split('\n').nth(line as usize - 1)?.chars().nth(column as usize - 1)
            };
            let mut mapped = 0;
            for file in &source.files[1..] {
                let cell = cell_of_file(&file.name).expect("a cell's file");
                for segment in &source.map.cells[cell].segments {
                    for offset in 0..segment.width {
                        let here = (segment.line, segment.column + offset);
                        let there = (segment.to_line, segment.to_column + offset);
                        prop_assert_eq!(source.map.to_notebook(cell, here), Some(there));
                        prop_assert_eq!(at(&file.text, here.0, here.1), at(&text, there.0, there.1));
                        prop_assert!(here.0 >= 1 && at(&text, there.0, there.1).is_some());
                        mapped += 1;
                    }
                }
            }
            let written = |step: &Step| match &step.work {
                StepKind::Jobs(code) => code.text().replace('\n', "").chars().count(),
                StepKind::Spawn(spawn) => {
                    let jobs = spawn.jobs.iter().map(|job| &job.call);
                    let rest = spawn.show.iter().map(|show| &show.value);
                    let all = jobs.chain(rest).chain(spawn.assert.iter().map(|assertion| &assertion.condition));
                    all.map(|snippet| snippet.text().replace('\n', "").chars().count()).sum()
                }
                _ => 0,
            };
            prop_assert_eq!(mapped, plan.steps.iter().map(written).sum::<usize>());
        }
    }
}

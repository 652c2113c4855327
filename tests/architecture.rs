//! The rules that keep the house in order, read off the sources: who may import whom, who may touch the world, how large a
//! file may grow.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate, each with those that it may import. Data flows one way, so the list has an order: a module
/// imports only what stands above it, which leaves no room for a circle.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("abi", &[]),
    ("diagnostic", &[]),
    ("model", &["diagnostic"]),
    ("record", &["model", "diagnostic"]),
    ("notebook", &["model", "diagnostic"]),
    ("plan", &["model", "diagnostic", "notebook"]),
    ("sandbox", &["diagnostic"]),
    ("compile", &["model", "diagnostic", "notebook", "plan", "sandbox"]),
    ("shared", &["model", "plan"]),
    ("host", &["abi", "model", "shared"]),
    ("executor", &["model", "abi", "plan", "shared", "host"]),
    ("explore", &["model", "abi", "record", "plan", "shared", "host", "executor"]),
    (
        "kernel",
        &[
            "model",
            "abi",
            "diagnostic",
            "record",
            "notebook",
            "plan",
            "sandbox",
            "compile",
            "shared",
            "executor",
            "host",
            "explore",
        ],
    ),
    ("serve", &[]),
    ("render", &["model", "diagnostic", "notebook", "record"]),
    ("export", &["model", "diagnostic", "notebook", "record", "render"]),
    ("site", &["diagnostic", "notebook", "render"]),
    (
        "cli",
        &[
            "model",
            "diagnostic",
            "notebook",
            "plan",
            "sandbox",
            "compile",
            "shared",
            "kernel",
            "record",
            "render",
            "export",
            "serve",
            "site",
        ],
    ),
];

/// The stages that turn data into data.
const PURE: &[&str] = &["abi", "model", "diagnostic", "notebook", "plan", "record", "render", "export", "site"];

/// What such a stage has no business with: files, clocks, processes, the environment, the network, the terminal, chance.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "fs::",
    "process::",
    "thread::",
    "Instant",
    "SystemTime",
    "Timestamp",
    "Zoned",
    "nix::",
    "tempfile",
    "stdin()",
    "stdout()",
    "stderr()",
    "include_bytes!(\"/",
];

/// Macros that print. Only the command line talks to a person.
const PRINTING: &[&str] = &["println!", "print!", "eprintln!", "eprint!", "dbg!"];

/// The modules that may say `unsafe`: what maps and locks shared memory, forks, loads the library, or crosses the C boundary.
const UNSAFE: &[&str] = &[
    "cli/closed.rs",
    "executor/fault.rs",
    "executor/process.rs",
    "executor/system.rs",
    "explore/fiber.rs",
    "explore/program/memory.rs",
    "host/lent.rs",
    "host/shim.rs",
    "kernel/explore.rs",
    "kernel/library.rs",
    "kernel/supervise.rs",
    "sandbox/system.rs",
    "shared/bytes.rs",
    "shared/clock.rs",
    "shared/condition.rs",
    "shared/cpu_time.rs",
    "shared/futex.rs",
    "shared/lock.rs",
    "shared/mapping.rs",
    "shared/numbers.rs",
    "shared/place.rs",
    "shared/queue.rs",
    "shared/quick_clock.rs",
    "shared/run.rs",
    "shared/rwlock.rs",
    "shared/std_table.rs",
    "shared/sync_state.rs",
    "shared/thread_table.rs",
    "shared/trace.rs",
];

/// The same for the mirror of `std`: what starts threads that borrow, and what `std` itself marks as unsafe.
const UNSAFE_IN_MIRROR: &[&str] = &[
    "seam/generation.rs",
    "sync/atomic/methods.rs",
    "thread/builder.rs",
    "thread/fibers.rs",
    "thread/handle.rs",
    "thread/local.rs",
    "thread/scope.rs",
    "thread/start.rs",
];

/// How many lines of code and comments a file may have, its tests apart.
const LINES: usize = 400;

/// A source file of the crate.
struct Source {
    /// Its path below `src`.
    name: String,
    /// Its module.
    module: String,
    /// Its lines with their numbers, without tests.
    lines: Vec<(usize, String)>,
}

impl Source {
    /// Its lines without comments and without the text of strings.
    fn code(&self) -> impl Iterator<Item = (usize, String)> {
        self.lines.iter().map(|(number, line)| (*number, code(line))).filter(|(_, line)| !line.trim().is_empty())
    }

    /// The names behind `prefix` in its code, such as those of modules behind `crate::`.
    fn behind(&self, prefix: &str) -> Vec<(usize, String)> {
        let word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        self.code()
            .flat_map(|(n, line)| line.split(prefix).skip(1).map(|rest| (n, word(rest))).collect::<Vec<_>>())
            .collect()
    }
}

/// A line of Rust up to its comment, with strings emptied. A string over several lines may escape it, which is no harm.
fn code(line: &str) -> String {
    let mut code = String::new();
    let mut chars = line.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_string => drop(chars.next()),
            '\'' if !in_string && chars.peek() == Some(&'"') => drop(chars.next()),
            '"' => in_string = !in_string,
            '/' if !in_string && chars.peek() == Some(&'/') => break,
            _ if in_string => {}
            _ => code.push(c),
        }
    }
    code
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below `dir` with this extension, in order.
fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The library's sources without their tests; the prelude and the mirror of `std` are crates of their own, of which only `abi.rs` is
/// shared.
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut all = Vec::new();
    for path in files(&src, "rs") {
        let name = path.strip_prefix(&src).expect("below src").to_str().expect("text").to_owned();
        let is_test = name.contains("/tests/") || name.contains("tests.rs") || is_test_module(&path);
        let is_prelude = name.starts_with("prelude/") && name != "prelude/abi.rs";
        if is_test || is_prelude || name.starts_with("mirror/") || matches!(name.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let module = name.replace("prelude/", "").split(['/', '.']).next().expect("a module").to_owned();
        let text = fs::read_to_string(&path).expect("a source");
        let lines = without_tests(&text);
        all.push(Source { name, module, lines });
    }
    assert!(all.len() > 50, "the sources are found");
    all
}

/// Whether the file is a module that a neighbour declares for tests only, or the stand-in that tests compile against.
fn is_test_module(path: &Path) -> bool {
    let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
    let declaration = format!("mod {name};");
    let neighbours = files(path.parent().expect("a directory"), "rs");
    let declares = |neighbour: PathBuf| {
        let text = fs::read_to_string(neighbour).expect("a source");
        let items = text.split("#[cfg(test)]").skip(1);
        items
            .flat_map(|item| item.lines().take(3).map(str::trim).find(|line| line.contains("mod ")))
            .any(|line| line.ends_with(&declaration))
            || text.contains(&format!("#[cfg(test)]\n#[path = \"{name}.rs\"]"))
    };
    name == "stand_in" || neighbours.into_iter().any(declares)
}

/// The lines of a source that are not in a block, or an item of one line, that is for tests only.
fn without_tests(text: &str) -> Vec<(usize, String)> {
    let mut kept = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((n, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push((n + 1, line.to_owned()));
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let end = format!("{}}}", " ".repeat(indent));
        let item = lines.by_ref().map(|(_, line)| line.trim()).find(|line| !line.starts_with("#["));
        let is_block = item.is_some_and(|item| item.ends_with('{'));
        while is_block && lines.next().is_some_and(|(_, line)| line != end) {}
    }
    kept
}

/// Fails with all offenders, one a line.
#[track_caller]
fn none(what: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{what}:\n{}", offenders.join("\n"));
}

#[test]
fn the_table_of_imports_has_no_circle_and_names_every_module() {
    let mut known = Vec::new();
    for (module, imports) in MAY_IMPORT {
        assert!(imports.iter().all(|import| known.contains(import)), "{module} imports only what stands above it");
        known.push(*module);
    }
    let lib = fs::read_to_string(root().join("src/lib.rs")).expect("the library");
    let declared = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(declared.collect::<BTreeSet<_>>(), known.into_iter().collect());
}

#[test]
fn no_module_imports_what_it_may_not() {
    let mut offenders = Vec::new();
    let mut seen = 0;
    for source in sources() {
        let (_, allowed) = MAY_IMPORT.iter().find(|(module, _)| *module == source.module).expect("a known module");
        for (line, import) in source.behind("crate::") {
            seen += 1;
            let is_module = MAY_IMPORT.iter().any(|(module, _)| *module == import);
            if !is_module || (import != source.module && !allowed.contains(&import.as_str())) {
                offenders.push(format!("src/{}:{line}: {} imports {import}", source.name, source.module));
            }
        }
        // Through `super`, a module could reach out of itself: one for each directory that it is deep, and not more.
        let depth = source.name.matches('/').count() + usize::from(!source.name.ends_with("mod.rs"));
        let out = "super::".repeat(depth);
        offenders.extend(source.behind(&out).iter().map(|(line, _)| format!("src/{}:{line}: {out}", source.name)));
    }
    assert!(seen > 100, "the scan finds imports");
    none("imports against the order of the stages", &offenders);
}

/// The first names of the paths behind `prefix` in some code, those of a group in braces included.
fn heads<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let word = |text: &'a str| text.split(|c| !is_name(c)).next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let (before, behind) = (&code[..at], &code[at + prefix.len()..]);
        if before.ends_with(is_name) || before.ends_with("super::") {
            continue;
        }
        let mut depth = 0;
        for (n, c) in behind.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth <= 1 && (n == 0 || matches!(c, '{' | ',')) {
                found.push(word(behind[n..].trim_start_matches(|c: char| !is_name(c))));
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// What stands in a folder, each with what it imports of the others. The folder's own `mod.rs` is none of them: it names what
/// they have in common, and brings them together.
fn imports_within<'a>(folder: &str, all: &'a [(String, String)]) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let below = |name: &'a str| name.strip_prefix(folder)?.strip_prefix('/');
    let part = |name: &'a str| below(name)?.split(['/', '.']).next().filter(|part| *part != "mod");
    let parts: BTreeSet<&str> = all.iter().filter_map(|(name, _)| part(name)).collect();
    let own = all.iter().find(|(name, _)| below(name) == Some("mod.rs")).map_or("", |(_, code)| code);
    let exports =
        |name: &str| parts.iter().find(|part| heads(own, &format!("pub use {part}::")).contains(&name)).copied();
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, code) in all {
        let (Some(file), Some(part)) = (below(name), part(name)) else { continue };
        let up = "super::".repeat(file.matches('/').count() + usize::from(!file.ends_with("mod.rs")));
        let paths = [up, format!("crate::{}::", folder.replace('/', "::"))];
        let named = paths.iter().flat_map(|path| heads(code, path));
        let others = named.filter_map(|name| parts.get(name).copied().or_else(|| exports(name)));
        imports.entry(part).or_default().extend(others.filter(|other| *other != part));
    }
    imports
}

#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let join = |source: Source| {
        let code: Vec<String> = source.code().map(|(_, line)| line).collect();
        (source.name, code.join("\n"))
    };
    let all: Vec<(String, String)> = sources().into_iter().map(join).collect();
    let folders: BTreeSet<&str> = all.iter().filter_map(|(name, _)| Some(name.rsplit_once('/')?.0)).collect();
    let mut offenders = Vec::new();
    for folder in folders {
        let mut imports = imports_within(folder, &all);
        // Whatever imports nothing that is left is in no circle.
        while let Some(free) = imports.iter().find(|(_, of)| of.iter().all(|it| !imports.contains_key(it))) {
            let free = *free.0;
            imports.remove(free);
        }
        offenders.extend(imports.iter().map(|(part, of)| format!("{folder}/{part} imports {of:?}")));
    }
    none("in a circle, or before one", &offenders);
}

#[test]
fn every_permission_to_import_is_used() {
    let all = sources();
    let used = |module: &str, import: &str| {
        let of = all.iter().filter(|source| source.module == module);
        of.flat_map(|source| source.behind("crate::")).any(|(_, found)| found == import)
    };
    let idle: Vec<String> = MAY_IMPORT
        .iter()
        .flat_map(|(module, imports)| imports.iter().map(move |import| (*module, *import)))
        .filter(|(module, import)| !used(module, import))
        .map(|(module, import)| format!("{module} no longer imports {import}"))
        .collect();
    none("the table allows what nobody needs", &idle);
}

#[test]
fn pure_stages_do_not_touch_the_world() {
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.module.as_str())) {
        for (line, code) in source.code() {
            let touched = WORLD.iter().filter(|name| mentions(&code, name));
            offenders.extend(touched.map(|name| format!("src/{}:{line}: {name}", source.name)));
        }
    }
    none("pure stages with side effects", &offenders);
}

/// Whether `name` stands in `code`, and not just as the end of a longer name.
fn mentions(code: &str, name: &str) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| !code[..at].ends_with(is_part_of_name))
}

#[test]
fn only_the_command_line_prints_and_even_that_through_its_own_stream() {
    let mut offenders = Vec::new();
    for source in sources() {
        for (line, code) in source.code() {
            let printing = PRINTING.iter().filter(|name| mentions(&code, name));
            offenders.extend(printing.map(|name| format!("src/{}:{line}: {name}", source.name)));
        }
    }
    offenders.retain(|offender| !offender.starts_with("src/cli/"));
    none("these print", &offenders);
}

#[test]
fn unsafe_stands_only_where_it_must() {
    let mut found = BTreeSet::new();
    for source in sources() {
        if source.code().any(|(_, code)| mentions(&code.replace("r#unsafe", ""), "unsafe")) {
            found.insert(source.name);
        }
    }
    assert_eq!(found, UNSAFE.iter().map(|name| (*name).to_owned()).collect());
}

#[test]
fn the_mirror_of_std_is_unsafe_only_where_it_must_be() {
    let mirror = root().join("src/mirror");
    let is_unsafe = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source");
        text.lines().any(|line| mentions(&code(line), "unsafe"))
    };
    let found = files(&mirror, "rs").into_iter().filter(is_unsafe);
    let found: Vec<String> =
        found.map(|path| path.strip_prefix(&mirror).expect("below").to_str().expect("text").to_owned()).collect();
    assert_eq!(found, UNSAFE_IN_MIRROR);
}

#[test]
fn no_file_is_too_long() {
    let mut offenders = Vec::new();
    for path in files(&root().join("src"), "rs") {
        let count = without_tests(&fs::read_to_string(&path).expect("a source")).len();
        if count > LINES {
            offenders.push(format!("{}: {count} lines", path.strip_prefix(root()).expect("below the root").display()));
        }
    }
    none(&format!("more than {LINES} lines, so these have more than one job"), &offenders);
}

#[test]
fn every_file_says_in_its_first_line_what_it_is_for() {
    let all = files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs"));
    let silent = all.filter(|path| !fs::read_to_string(path).expect("a source").starts_with("//! "));
    none("files without a role", &silent.map(|path| path.display().to_string()).collect::<Vec<_>>());
}

#[test]
fn a_name_of_a_function_has_at_most_70_characters() {
    let all = files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs"));
    let long = all.flat_map(|path| {
        let text = fs::read_to_string(path).expect("a source");
        let names = text.lines().filter_map(|line| line.trim_start().strip_prefix("fn ")?.split(['(', '<']).next());
        names.filter(|name| name.len() > 70).map(str::to_owned).collect::<Vec<_>>()
    });
    none("longer than anybody reads", &long.collect::<Vec<_>>());
}

/// The files below `dir` that nobody wrote to be kept: of none of these kinds.
fn strangers(dir: &Path, kinds: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let is_known = path.extension().is_some_and(|kind| kinds.iter().any(|known| kind == *known));
        if path.is_dir() {
            found.extend(strangers(&path, kinds));
        } else if !is_known {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn nothing_stands_among_the_sources_but_sources() {
    none("left behind", &strangers(&root().join("src"), &["rs", "css", "js", "md", "snap"]));
}

#[test]
fn every_source_is_a_module_of_the_program_or_of_the_prelude() {
    let sources = files(&root().join("src"), "rs");
    let texts: Vec<String> = sources.iter().map(|path| fs::read_to_string(path).expect("a source")).collect();
    let is_used = |path: &PathBuf| {
        let (stem, name) = (path.file_stem().expect("a name"), path.file_name().expect("a name").display());
        let module = if stem == "mod" { path.parent().and_then(Path::file_name).expect("a directory") } else { stem };
        let declared = [format!("mod {};", module.display()), format!("{name}\"")];
        ["lib", "main"].iter().any(|root| stem == *root)
            || texts.iter().any(|text| declared.iter().any(|d| text.contains(d)))
    };
    let unused = sources.iter().filter(|path| !is_used(path)).map(|path| path.display().to_string());
    none("sources that nothing compiles", &unused.collect::<Vec<_>>());
}

/// The targets of the links in a markdown text, with the lines where they stand. Fenced code has none.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (n, line) in text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        if !in_code {
            let of_prose = line.match_indices("](").filter(|(at, _)| line[..*at].matches('`').count() % 2 == 0);
            let targets = of_prose.filter_map(|(at, _)| line[at + 2..].split_once(')'));
            links.extend(targets.map(|(target, _)| (n + 1, target.to_owned())));
        }
    }
    links
}

#[test]
fn every_relative_link_in_the_documents_leads_to_a_file() {
    let documents = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name));
    let folders = ["book/src", "notebooks"].map(|name| files(&root().join(name), "md"));
    let mut offenders = Vec::new();
    let mut seen = 0;
    for path in documents.into_iter().chain(folders.into_iter().flatten()) {
        let text = fs::read_to_string(&path).expect("a document");
        for (line, target) in links(&text) {
            let file = target.split('#').next().expect("a target");
            if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            if !path.parent().expect("a directory").join(file).exists() {
                offenders.push(format!("{}:{line}: {target}", path.strip_prefix(root()).expect("below").display()));
            }
        }
    }
    assert!(seen > 10, "the scan finds links");
    none("links that lead nowhere", &offenders);
}

#[test]
fn every_page_of_the_book_stands_in_its_summary() {
    let book = root().join("book/src");
    let summary = fs::read_to_string(book.join("SUMMARY.md")).expect("the summary");
    let listed: BTreeSet<PathBuf> = links(&summary).into_iter().map(|(_, target)| book.join(target)).collect();
    let pages: BTreeSet<PathBuf> =
        files(&book, "md").into_iter().filter(|path| !path.ends_with("SUMMARY.md")).collect();
    assert_eq!(listed, pages);
}

#[test]
fn the_scan_itself_sees_code_and_neither_strings_nor_comments_nor_tests() {
    assert_eq!(code("let a = \"crate::x \\\" // y\"; // crate::z"), "let a = ; ");
    assert_eq!(code("let q = '\"'; crate::a"), "let q = '; crate::a");
    let text = "a\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod testing;\nb\n#[cfg(test)]\nmod tests {\n    c\n}\nd\n";
    let kept: Vec<String> = without_tests(text).into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept, ["a", "b", "d"]);
    assert!(mentions("fs::read", "fs::") && !mentions("prefs::read", "fs::"));
    assert_eq!(links("[a](b.md#c)\n```\n[x](y)\n```\n"), [(1, "b.md#c".to_owned())]);
}

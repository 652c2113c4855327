//! The prelude crate `nbrun` that every notebook is compiled against: its sources are in this program, and it is built
//! once for each toolchain. So is `nbrun_std` with it, the mirror of `std`.

use super::cache::{self, Cache};
use super::mirror_files;
use super::prelude_flags::{DERIVE_FLAGS, FLAGS, MIRROR_FLAGS, RLIB_FLAGS};
use super::rustc;
use super::toolchain::Toolchain;
use super::workspace::CompileWorkspace;
use crate::diagnostic::Diagnostic;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The prelude's files: the path below `src/prelude` and the text. What stands below `derive/` is a crate of its own,
/// `nbrun_derive`, for rustc wants derive macros in one; the prelude can use it.
pub(super) static FILES: Files = &[
    ("abi.rs", include_str!("../prelude/abi.rs")),
    ("array.rs", include_str!("../prelude/array.rs")),
    ("board.rs", include_str!("../prelude/board.rs")),
    ("compared.rs", include_str!("../prelude/compared.rs")),
    ("derive/lib.rs", include_str!("../prelude/derive/lib.rs")),
    ("entry.rs", include_str!("../prelude/entry.rs")),
    ("host.rs", include_str!("../prelude/host.rs")),
    ("lib.rs", include_str!("../prelude/lib.rs")),
    ("look_again.rs", include_str!("../prelude/look_again.rs")),
    ("message.rs", include_str!("../prelude/message.rs")),
    ("outbox.rs", include_str!("../prelude/outbox.rs")),
    ("pool.rs", include_str!("../prelude/pool.rs")),
    ("position.rs", include_str!("../prelude/position.rs")),
    ("print.rs", include_str!("../prelude/print.rs")),
    ("queue.rs", include_str!("../prelude/queue.rs")),
    ("returned.rs", include_str!("../prelude/returned.rs")),
    ("scalar.rs", include_str!("../prelude/scalar.rs")),
    ("starmap.rs", include_str!("../prelude/starmap.rs")),
    ("sync.rs", include_str!("../prelude/sync.rs")),
    ("time.rs", include_str!("../prelude/time.rs")),
    ("value.rs", include_str!("../prelude/value.rs")),
    ("worker.rs", include_str!("../prelude/worker.rs")),
];

/// Files of a prelude, as [`FILES`] has them.
pub(super) type Files<'a> = &'a [(&'a str, &'a str)];

/// The prelude's crate.
const RLIB: &str = "libnbrun.rlib";
/// The crate with its derive macros.
const DERIVE: &str = "libnbrun_derive.so";
/// The root of that crate.
const DERIVE_ROOT: &str = "derive/lib.rs";
/// The mirror of `std`.
const MIRROR: &str = "libnbrun_std.rlib";

/// What nbrun carries along, made by its build script: the version of the toolchain in its own words, the library, the macro,
/// and the mirror. All are empty if that did not work out.
const CARRIED: [&[u8]; 4] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/prelude.version")),
    include_bytes!(concat!(env!("OUT_DIR"), "/libnbrun.rlib")),
    include_bytes!(concat!(env!("OUT_DIR"), "/libnbrun_derive.so")),
    include_bytes!(concat!(env!("OUT_DIR"), "/libnbrun_std.rlib")),
];

/// Whether the mirror of `std` goes with this prelude: with nbrun's own, and with no stand-in for it.
pub(super) fn has_mirror(files: Files) -> bool {
    std::ptr::eq(files, FILES)
}

/// What decides the built prelude, as a key.
pub(super) fn key(files: Files, toolchain: &Toolchain) -> String {
    let decisive = [toolchain.identity(), [FLAGS, RLIB_FLAGS, DERIVE_FLAGS, MIRROR_FLAGS].concat().join(" ")];
    let mirror = if has_mirror(files) { mirror_files::FILES } else { &[] };
    let texts = files.iter().chain(mirror).flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    cache::key(decisive.iter().map(|text| text.as_bytes()).chain(texts))
}

/// The arguments with which a crate finds the prelude that was built in `dir`.
pub(super) fn arguments(files: Files, dir: &Path) -> Vec<String> {
    let dir = dir.display();
    let mirror = has_mirror(files).then(|| ["--extern".to_owned(), format!("nbrun_std={dir}/{MIRROR}")]);
    let prelude = ["--extern".to_owned(), format!("nbrun={dir}/{RLIB}"), "-L".to_owned(), format!("dependency={dir}")];
    prelude.into_iter().chain(mirror.into_iter().flatten()).collect()
}

/// The directory of the built prelude; it is built if it is not there yet.
///
/// # Errors
/// The cache cannot be written, or the prelude does not compile, which is a defect of nbrun.
pub(super) fn build(
    files: Files,
    toolchain: &Toolchain,
    cache: &Cache,
    stopped: &dyn Fn() -> bool,
) -> Result<PathBuf, Vec<Diagnostic>> {
    let key = key(files, toolchain);
    if let Some(entry) = cache.find::<()>("prelude", &key) {
        return Ok(entry.dir);
    }
    let stage = cache.stage()?;
    let dir = stage.path();
    let [version, rlib, derive, mirror] = CARRIED;
    if has_mirror(files) && toolchain.says(version) {
        for (name, bytes) in [(RLIB, rlib), (DERIVE, derive), (MIRROR, mirror)] {
            fs::write(dir.join(name), bytes).map_err(|error| cache.unwritable(&error))?;
        }
        return Ok(cache.publish(&stage, "prelude", &key, &[RLIB, DERIVE, MIRROR], ())?.dir);
    }
    let of_mirror = if has_mirror(files) { mirror_files::FILES } else { &[] };
    let prelude = files.iter().map(|(path, text)| (dir.join("nbrun").join(path), text));
    let mirror = of_mirror.iter().map(|(path, text)| (dir.join("nbrun_std").join(path), text));
    for (path, text) in prelude.chain(mirror) {
        fs::create_dir_all(path.parent().unwrap_or(dir))
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| cache.unwritable(&error))?;
    }
    let command = |folder: &str, root: &str, flags: &[&str], made: &str| {
        let mut command = rustc::command(toolchain, &CompileWorkspace::open(dir), &[]);
        // A panic inside the prelude names its file, which is no file of the author's machine.
        command.arg("--remap-path-prefix").arg(format!("{}={folder}", dir.join(folder).display()));
        command.arg(dir.join(folder).join(root)).args(FLAGS).args(flags).arg("-o").arg(dir.join(made));
        command
    };
    let mut made = vec![RLIB];
    let mut rlib = command("nbrun", "lib.rs", RLIB_FLAGS, RLIB);
    if files.iter().any(|(path, _)| *path == DERIVE_ROOT) {
        run(command("nbrun", DERIVE_ROOT, DERIVE_FLAGS, DERIVE), toolchain, stopped)?;
        rlib.arg("--extern").arg(format!("nbrun_derive={}", dir.join(DERIVE).display()));
        made.push(DERIVE);
    }
    run(rlib, toolchain, stopped)?;
    if has_mirror(files) {
        let mut mirror = command("nbrun_std", "lib.rs", MIRROR_FLAGS, MIRROR);
        mirror.arg("--extern").arg(format!("nbrun={}", dir.join(RLIB).display()));
        mirror.arg("-L").arg(format!("dependency={}", dir.display()));
        run(mirror, toolchain, stopped)?;
        made.push(MIRROR);
    }
    Ok(cache.publish(&stage, "prelude", &key, &made, ())?.dir)
}

fn run(command: Command, toolchain: &Toolchain, stopped: &dyn Fn() -> bool) -> Result<(), Vec<Diagnostic>> {
    let outcome = rustc::run(command, stopped)?;
    if outcome.success {
        return Ok(());
    }
    if let Some(error) = super::diagnose::of_the_machine(&outcome) {
        return Err(vec![error]);
    }
    let mut failure = Diagnostic::new(format!("nbrun's own prelude does not compile with {}", toolchain.version));
    for error in &outcome.errors {
        let at = error.spans.iter().find(|span| span.is_primary);
        let at = at.map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file_name, at.line_start, at.column_start));
        failure = failure.note(format!("{at}{}", error.message));
    }
    if outcome.errors.is_empty() {
        failure = failure.note(outcome.remains);
    }
    Err(vec![failure.help("this is a defect of nbrun: please report it")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_prelude_and_of_the_mirror_is_listed() {
        for (folder, files) in [("src/prelude", FILES), ("src/mirror", mirror_files::FILES)] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let mut dirs = vec![root.clone()];
            let mut found = Vec::new();
            while let Some(dir) = dirs.pop() {
                for entry in fs::read_dir(dir).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        dirs.push(path);
                    } else {
                        found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                    }
                }
            }
            found.sort();
            assert_eq!(found, files.iter().map(|(path, _)| *path).collect::<Vec<_>>());
        }
    }
}

//! Finds the Rust compiler, and remembers what it said about itself.

use super::cache::{self, Cache};
use crate::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compiler that answers, and what decides what it makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Toolchain {
    /// The compiler itself, not rustup's proxy for it.
    pub rustc: PathBuf,
    /// Its version line, such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub version: String,
    /// Everything else it says about its version.
    verbose: String,
    /// The directory of the dynamic standard library, which a compiled notebook needs when it is loaded.
    pub libdir: PathBuf,
    /// The dynamic standard library.
    libstd: PathBuf,
    stamp: Stamp,
}

/// What changes when a file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    seconds: i64,
    nanoseconds: i64,
    size: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let meta = fs::metadata(path).ok()?;
        Some(Self { seconds: meta.mtime(), nanoseconds: meta.mtime_nsec(), size: meta.len() })
    }
}

/// The environment variables that decide which compiler is taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    /// `RUSTC`.
    pub rustc: Option<OsString>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// `CARGO_HOME`.
    pub cargo_home: Option<OsString>,
    /// `RUSTUP_HOME`.
    pub rustup_home: Option<OsString>,
    /// `RUSTUP_TOOLCHAIN`.
    pub rustup_toolchain: Option<OsString>,
    /// The user's home directory.
    pub home: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    pub(super) fn of_process() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            rustc: set("RUSTC"),
            path: set("PATH"),
            cargo_home: set("CARGO_HOME"),
            rustup_home: set("RUSTUP_HOME"),
            rustup_toolchain: set("RUSTUP_TOOLCHAIN"),
            home: etcetera::home_dir().ok(),
        }
    }

    fn in_home(&self, variable: Option<&OsString>, name: &str) -> Option<PathBuf> {
        variable.map(PathBuf::from).or_else(|| Some(self.home.as_ref()?.join(name)))
    }

    fn on_path(&self, name: &Path) -> Option<PathBuf> {
        let mut paths = env::split_paths(self.path.as_deref().unwrap_or_default()).map(|dir| dir.join(name));
        paths.find(|path| is_program(path))
    }

    /// A program where rustup keeps its proxies.
    fn in_cargo(&self, name: &str) -> Option<PathBuf> {
        let dir = self.in_home(self.cargo_home.as_ref(), ".cargo")?;
        Some(dir.join("bin").join(name)).filter(|path| is_program(path))
    }

    /// The compiler, or rustup's proxy for it.
    fn rustc(&self) -> Result<PathBuf, Vec<Diagnostic>> {
        if let Some(named) = &self.rustc {
            let named = Path::new(named);
            let found = if named.components().count() > 1 {
                std::path::absolute(named).ok().filter(|path| is_program(path))
            } else {
                self.on_path(named)
            };
            return found.ok_or_else(|| {
                let message = format!("there is no compiler at `{}`, which RUSTC names", named.display());
                vec![Diagnostic::new(message).help("unset RUSTC, or let it name a Rust compiler")]
            });
        }
        self.on_path(Path::new("rustc")).or_else(|| self.in_cargo("rustc")).ok_or_else(|| {
            let error = Diagnostic::new("no Rust compiler was found")
                .help("install Rust from https://rustup.rs, or the package `rustc` of your distribution");
            vec![error.note("nbrun looks at $RUSTC, on the PATH, and in ~/.cargo/bin")]
        })
    }

    /// What decides which compiler answers and what it says, as a key.
    fn key(&self, rustc: &Path) -> String {
        let settings = self.in_home(self.rustup_home.as_ref(), ".rustup").map(|dir| dir.join("settings.toml"));
        let stamps = (Stamp::of(rustc), settings.as_deref().and_then(Stamp::of));
        let decisive = format!("{rustc:?} {settings:?} {stamps:?} {:?}", self.rustup_toolchain);
        cache::key([decisive.as_bytes()])
    }
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The user's toolchain. It is asked only if the cache does not know its answer, or something has changed since.
///
/// # Errors
/// There is none, or it is broken, too old or lacks the dynamic standard library.
pub(super) fn find(environment: &Environment, cache: &Cache) -> Result<Toolchain, Vec<Diagnostic>> {
    let rustc = environment.rustc()?;
    let answer = cache.dir.join("toolchain").join(environment.key(&rustc) + ".json");
    let known = fs::read(&answer).ok().and_then(|text| serde_json::from_slice::<Toolchain>(&text).ok());
    if let Some(known) = known.filter(|known| Stamp::of(&known.rustc) == Some(known.stamp) && known.libstd.exists()) {
        cache::touch(&answer);
        return Ok(known);
    }
    fs::create_dir_all(&cache.dir).map_err(|error| cache.unwritable(&error))?;
    let toolchain = ask(&rustc, &cache.dir)?;
    keep(&toolchain, &answer).map_err(|error| cache.unwritable(&error))?;
    Ok(toolchain)
}

fn keep(toolchain: &Toolchain, answer: &Path) -> std::io::Result<()> {
    let dir = answer.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let file = tempfile::NamedTempFile::new_in(dir)?;
    fs::write(file.path(), serde_json::to_vec(toolchain)?)?;
    file.persist(answer)?;
    Ok(())
}

/// Asks a compiler about itself. It runs in `dir`, so that what rustup has been told about the directory in which the
/// user stands does not change the answer.
fn ask(rustc: &Path, dir: &Path) -> Result<Toolchain, Vec<Diagnostic>> {
    let run = |arguments: &[&str]| {
        let broken = |why: String| {
            let error = Diagnostic::new(format!("the Rust compiler `{}` does not answer", rustc.display()));
            let error = if why.is_empty() { error } else { error.note(why) };
            vec![error.help("`rustc --version` should work; with rustup, `rustup default stable` sets it up")]
        };
        let output = Command::new(rustc).args(arguments).current_dir(dir).output();
        let output = output.map_err(|error| broken(error.to_string()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(broken(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
        }
    };
    let verbose = run(&["-vV"])?;
    let version = verbose.lines().next().unwrap_or("").to_owned();
    recent_enough(&version)?;
    let paths = run(&["--print", "sysroot", "--print", "target-libdir"])?;
    let mut paths = paths.lines().map(PathBuf::from);
    let (sysroot, libdir) = (paths.next().unwrap_or_default(), paths.next().unwrap_or_default());
    let libstd = dynamic_std(&libdir)?;
    // Some distributions wrap the compiler and keep nothing in the sysroot; then the wrapper is the compiler.
    let itself = Some(sysroot.join("bin/rustc")).filter(|path| is_program(path)).unwrap_or(rustc.to_owned());
    let stamp = Stamp::of(&itself).unwrap_or(Stamp { seconds: 0, nanoseconds: 0, size: 0 });
    Ok(Toolchain { rustc: itself, version, verbose, libdir, libstd, stamp })
}

/// The dynamic standard library of a toolchain, without which a compiled notebook cannot be loaded.
fn dynamic_std(libdir: &Path) -> Result<PathBuf, Vec<Diagnostic>> {
    let files = fs::read_dir(libdir).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = files.filter(|path| path.extension().is_some_and(|extension| extension == "so"));
    let is_std = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libstd-"));
    files.find(is_std).ok_or_else(|| {
        let error = Diagnostic::new("the Rust toolchain has no dynamic standard library")
            .note(format!("there is no libstd-*.so in {}", libdir.display()));
        vec![error.help("install Rust from https://rustup.rs, or the package with libstd of your distribution")]
    })
}

/// Checks the version line of a compiler against what nbrun itself needs, for its prelude is compiled by it.
fn recent_enough(version: &str) -> Result<(), Vec<Diagnostic>> {
    let number = |text: &str| {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
        Some((parts.next()??, parts.next()??))
    };
    let needed = env!("CARGO_PKG_RUST_VERSION");
    match version.split_whitespace().nth(1).and_then(number) {
        Some(found) if Some(found) < number(needed) => {
            let message = format!("the Rust compiler is too old: {version}, but nbrun needs {needed} or newer");
            Err(vec![Diagnostic::new(message).help("update it: `rustup update`")])
        }
        _ => Ok(()),
    }
}

impl Toolchain {
    /// What tells this toolchain from any other, as text to be hashed.
    pub(super) fn identity(&self) -> String {
        format!("{:?} {} {:?} {:?}", self.rustc, self.verbose, self.libdir, self.stamp)
    }

    /// Everything that it says about its version.
    pub(super) fn verbose(&self) -> &str {
        &self.verbose
    }

    /// Whether this is word for word what it says of its version: another build of rustc cannot read what it has made.
    pub(super) fn says(&self, verbose: &[u8]) -> bool {
        !verbose.is_empty() && self.verbose.trim().as_bytes() == verbose.trim_ascii()
    }

    /// What of the machine's files it consists of, apart from the system's own.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        // The library's directory is `lib/rustlib/PLATFORM/lib` in the sysroot.
        let libraries = self.libdir.ancestors().nth(3).unwrap_or(&self.libdir);
        vec![self.rustc.clone(), libraries.to_owned()]
    }

    /// The platform that it compiles for, such as `x86_64-unknown-linux-gnu`.
    pub(super) fn host(&self) -> &str {
        self.verbose.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("")
    }

    /// Where cargo keeps the sources of crates.
    pub(super) fn crates(&self, environment: &Environment) -> Option<PathBuf> {
        environment.in_home(environment.cargo_home.as_ref(), ".cargo").map(|home| home.join("registry"))
    }

    /// The cargo that belongs to it, or else whichever there is: it is told which compiler to call.
    pub(super) fn cargo(&self, environment: &Environment) -> Option<PathBuf> {
        let beside = Some(self.rustc.with_file_name("cargo")).filter(|path| is_program(path));
        beside.or_else(|| environment.on_path(Path::new("cargo"))).or_else(|| environment.in_cargo("cargo"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::testing::{cache, counting_toolchain, program};

    #[test]
    fn the_machines_toolchain_is_asked_once_and_called_without_a_proxy() {
        let (dir, cache) = cache();
        let (environment, calls) = counting_toolchain(dir.path());
        let first = find(&environment, &cache).unwrap();
        assert_eq!(calls(), 2);
        assert_eq!(find(&environment, &cache).unwrap(), first);
        assert_eq!(calls(), 2);
        assert_eq!(first.rustc, dir.path().join("sysroot/bin/rustc"));
        assert!(first.version.starts_with("rustc 1."), "{}", first.version);
    }

    #[test]
    fn a_toolchain_that_was_updated_is_asked_again() {
        let (dir, cache) = cache();
        let (environment, calls) = counting_toolchain(dir.path());
        let first = find(&environment, &cache).unwrap();
        let rustc = fs::File::open(&first.rustc).unwrap();
        rustc.set_modified(std::time::UNIX_EPOCH).unwrap();
        let second = find(&environment, &cache).unwrap();
        assert_eq!(calls(), 4);
        assert_ne!(first.identity(), second.identity());
    }

    #[test]
    fn another_choice_of_rustup_is_asked_for_itself() {
        let (dir, cache) = cache();
        let (environment, calls) = counting_toolchain(dir.path());
        find(&environment, &cache).unwrap();
        find(&Environment { rustup_toolchain: Some("1.89".into()), ..environment }, &cache).unwrap();
        assert_eq!(calls(), 4);
    }

    #[test]
    fn where_there_is_no_compiler_the_error_says_how_to_get_one() {
        let (dir, cache) = cache();
        let environment = Environment { home: Some(dir.path().to_owned()), ..Environment::default() };
        let error = find(&environment, &cache).unwrap_err()[0].to_string();
        assert!(error.contains("no Rust compiler") && error.contains("https://rustup.rs"), "{error}");
        let environment = Environment { rustc: Some("no-such-rustc".into()), ..environment };
        let error = find(&environment, &cache).unwrap_err()[0].to_string();
        assert!(error.contains("`no-such-rustc`, which RUSTC names"), "{error}");
    }

    #[test]
    fn a_compiler_that_fails_is_quoted() {
        let (dir, cache) = cache();
        program(&dir.path().join("rustc"), "#!/bin/sh\necho no default toolchain >&2; exit 1\n");
        let environment = Environment { path: Some(dir.path().into()), ..Environment::default() };
        let error = find(&environment, &cache).unwrap_err()[0].to_string();
        assert!(error.contains("does not answer") && error.contains("no default toolchain"), "{error}");
    }

    #[test]
    fn an_old_compiler_and_one_without_a_dynamic_std_are_refused() {
        assert!(recent_enough("rustc 1.70.0 (abc 2023-01-01)").is_err());
        assert!(recent_enough("rustc 1.100.0-nightly (abc 2027-01-01)").is_ok());
        assert!(recent_enough("rustc of my own").is_ok());
        assert!(dynamic_std(Path::new("/nowhere")).is_err());
    }
}

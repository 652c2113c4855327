//! The tree of files that a program in the sandbox sees: the system's own programs, what its configuration lists, and a directory
//! for temporary files. Everything else of the machine is not there at all.

use super::ITSELF;
use super::spec::SandboxConfig;
use super::system::{free_mount, restrict_mounts};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{chdir, pivot_root};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The directory for temporary files, which is also the home.
pub(super) const SCRATCH: &str = "/tmp";
/// Where the tree holds nbrun itself.
pub(super) const PROGRAM: &str = "/run/nbrun";
/// The devices that there are.
pub(super) const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// The system's own programs, their libraries, and how these are found.
const SYSTEM: [&str; 13] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
];

/// Where the old tree and the new one stand while the new one is built.
const OLD: &str = "/old";
const NEW: &str = "/new";

/// What none of the mounts may do.
const INERT: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV);

/// Of the directories in which programs are looked for, those that are shown: the names of the others are nobody's business.
pub(super) fn programs(path: &OsStr) -> OsString {
    let shown = |dir: &PathBuf| SYSTEM.iter().any(|shown| dir.starts_with(shown));
    std::env::join_paths(std::env::split_paths(path).filter(shown)).unwrap_or_default()
}

/// Everything that can be read where no tree is built.
pub(super) fn readable(config: &SandboxConfig) -> Vec<PathBuf> {
    let system = SYSTEM.iter().chain(&["/proc"]).map(PathBuf::from);
    system.chain(std::env::current_exe().ok()).chain(config.read.iter().cloned()).filter(|path| path.exists()).collect()
}

/// Builds the tree for `config`, and enters it. The process must be alone in its namespaces of files and processes.
pub(super) fn enter(config: &SandboxConfig) -> Result<(), String> {
    build(config).map_err(|error| format!("the sandbox's files cannot be built: {error}"))
}

fn build(config: &SandboxConfig) -> io::Result<()> {
    let view = View::of(config)?;
    // Nothing that is done here is seen outside.
    mount::<str, str, str, str>(None, "/", None, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None)?;
    // An empty tree becomes the root, with the old one below it: so no mount can hide what another is made from.
    new("tmpfs", Path::new(SCRATCH), INERT, "mode=755,size=4m")?;
    for dir in [OLD, NEW] {
        fs::create_dir(below(SCRATCH, dir))?;
    }
    pivot_root(SCRATCH, &below(SCRATCH, OLD))?;
    chdir("/")?;
    same(Path::new(NEW), Path::new(NEW))?;
    // Before all others, some of which may stand below it.
    let scratch = below(NEW, SCRATCH);
    fs::create_dir(&scratch)?;
    let size = format!("mode=1777,size={},nr_inodes=64k", config.limits.scratch_bytes);
    new("tmpfs", &scratch, INERT, &size)?;
    view.show()?;
    let (devices, processes) = (below(NEW, "/dev"), below(NEW, "/proc"));
    fs::create_dir(&processes)?;
    fs::create_dir(&devices)?;
    for name in DEVICES {
        File::create(devices.join(name))?;
    }
    restrict_mounts(Path::new(NEW))?;
    for writable in view.write.iter().map(|dir| below(NEW, dir)).chain([scratch]) {
        free_mount(&writable)?;
    }
    // Devices must not be among what was restricted, or they would be none.
    for name in DEVICES {
        same(&below(OLD, "/dev").join(name), &devices.join(name))?;
    }
    // Only processes: the rest tells of the machine and of all who work on it.
    new("proc", &processes, INERT | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY, "subset=pid")?;
    umount2(OLD, MntFlags::MNT_DETACH)?;
    chdir(NEW)?;
    pivot_root(".", ".")?;
    umount2(".", MntFlags::MNT_DETACH)?;
    chdir("/")?;
    Ok(())
}

/// What is to be seen of the old tree. Paths are real ones, without links in them.
struct View {
    read: BTreeSet<PathBuf>,
    write: BTreeSet<PathBuf>,
    /// Other names: where each stands, and the real path behind it.
    links: Vec<(PathBuf, PathBuf)>,
    /// nbrun itself.
    program: PathBuf,
}

impl View {
    fn of(config: &SandboxConfig) -> io::Result<Self> {
        let program = fs::canonicalize(ITSELF)?;
        let mut view = Self { read: BTreeSet::new(), write: BTreeSet::new(), links: Vec::new(), program };
        for path in SYSTEM.map(Path::new).into_iter().filter(|path| path.exists()) {
            let real = view.real(path)?;
            view.read.insert(real);
        }
        for path in &config.read {
            let real = view.real(path)?;
            view.read.insert(real);
        }
        for path in &config.write {
            let real = view.real(path)?;
            view.write.insert(real);
        }
        Ok(view)
    }

    fn real(&mut self, path: &Path) -> io::Result<PathBuf> {
        let real = fs::canonicalize(path)?;
        if real != path {
            self.links.push((path.to_owned(), real.clone()));
        }
        Ok(real)
    }

    /// Shows it below the new tree.
    fn show(&self) -> io::Result<()> {
        // In this order, what holds another comes before it; and what is shown as a part of another is there already.
        let mut shown: Vec<&Path> = Vec::new();
        for path in &self.read {
            if !shown.iter().any(|above| path.starts_with(above)) {
                let place = below(NEW, path);
                make_place(&below(OLD, path), &place)?;
                same(&below(OLD, path), &place)?;
                shown.push(path);
            }
        }
        for path in &self.write {
            let place = below(NEW, path);
            if !shown.iter().any(|above| path.starts_with(above)) {
                fs::create_dir_all(&place)?;
            }
            same(&below(OLD, path), &place)?;
        }
        for (name, real) in &self.links {
            let place = below(NEW, name);
            if !place.exists() && !place.is_symlink() {
                place.parent().map_or(Ok(()), fs::create_dir_all)?;
                symlink(real, &place)?;
            }
        }
        let place = below(NEW, PROGRAM);
        make_place(&below(OLD, &self.program), &place)?;
        same(&below(OLD, &self.program), &place)
    }
}

/// Makes what `source` can be mounted on: a directory, or a file.
fn make_place(source: &Path, place: &Path) -> io::Result<()> {
    if source.is_dir() {
        return fs::create_dir_all(place);
    }
    place.parent().map_or(Ok(()), fs::create_dir_all)?;
    File::create(place).map(drop)
}

/// An absolute path below another.
fn below(root: &str, path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    Path::new(root).join(path.strip_prefix("/").unwrap_or(path))
}

/// Mounts a new file system.
fn new(kind: &str, place: &Path, flags: MsFlags, options: &str) -> io::Result<()> {
    Ok(mount(Some("sandbox"), place, Some(kind), flags, Some(options))?)
}

/// Mounts what is at `source`, with all that is mounted there, at `place` as well.
fn same(source: &Path, place: &Path) -> io::Result<()> {
    Ok(mount::<_, _, str, str>(Some(source), place, None, MsFlags::MS_BIND | MsFlags::MS_REC, None)?)
}

//! Files beside the notebook that its code includes: `include_str!`, `include_bytes!` and `include!` look where the code
//! stands, and that is a stage of the cache. There, links lead to the files that the code asks for, and to no others. What was
//! included counts for the library's name, and so do the environment variables that the code asked for: with other ones it is compiled
//! anew.
//!
//! In a sandbox there are no such files: the directory of a notebook that came by mail may be a whole home.

use super::cache::{self, Cache};
use super::inputs::{Asked, Inputs};
use super::rustc::Message;
use super::workspace::CompileWorkspace;
use std::cell::RefCell;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};

/// How many directories above the notebook's can be reached from its code.
const DEPTH: usize = 16;

/// How the compiler begins to say that a file cannot be included. The path follows, in backquotes.
const UNREAD: &str = "couldn't read `";

/// How the compiler says that a variable is not set.
const UNSET: [&str; 2] = ["environment variable `", "` not defined at compile time"];

/// The files beside one notebook, while it is compiled.
pub(super) struct IncludedFiles<'a> {
    /// The notebook's directory.
    dir: &'a Path,
    is_sandboxed: bool,
    /// What was asked for so far, whether it was there or not.
    asked: RefCell<Asked>,
}

impl<'a> IncludedFiles<'a> {
    /// Nothing was asked for yet.
    pub(super) fn new(dir: &'a Path, is_sandboxed: bool) -> Self {
        Self { dir, is_sandboxed, asked: RefCell::default() }
    }

    /// The directory in which the code stands while it is compiled: one that stands for the notebook's own.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn place(&self, workspace: &CompileWorkspace<'_>) -> io::Result<PathBuf> {
        if self.is_sandboxed {
            return Ok(workspace.stage().to_owned());
        }
        let place = (0..DEPTH).fold(workspace.stage().join("beside"), |dir, _| dir.join("d"));
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// Puts a link to each file that a compiler has missed in `place`, where there is such a file; whether there is a new one.
    /// In what it said, the files are named as the notebook names them then. Variables that it has missed are noted.
    pub(super) fn supply(&self, place: &Path, errors: &mut [Message]) -> bool {
        let mut found = false;
        for error in errors {
            let unset = error.message.strip_prefix(UNSET[0]).and_then(|rest| rest.strip_suffix(UNSET[1]));
            self.asked.borrow_mut().variables.extend(unset.map(str::to_owned));
            let Some(path) = missed(place, &error.message) else { continue };
            let real = self.dir.join(&path);
            let is_new = self.asked.borrow_mut().files.insert(real.clone());
            if is_new && !self.is_sandboxed && real.is_file() {
                found |= link(place, &path, &real).is_ok();
            }
            self.rename(place, error);
        }
        found
    }

    /// Names what stands in `place` as the notebook does.
    fn rename(&self, place: &Path, error: &mut Message) {
        let prefix = format!("{}/", place.display());
        error.message = error.message.replace(&prefix, "");
        // Where a file of that name may stand in the stage is of no use to anybody.
        error.children.retain(|child| !child.message.contains("different directory"));
        for child in &mut error.children {
            child.message = child.message.replace(&prefix, "");
        }
        if self.is_sandboxed {
            error
                .children
                .push(Message::help("in the sandbox, a notebook sees no file beside it; write what it needs into it"));
        }
    }

    /// Notes what a compiler has read, as its list of dependencies says, apart from the crate's own files. In a sandbox, others may have
    /// written the list, and there are no files that a notebook could ask for.
    pub(super) fn note(&self, place: &Path, list: &str, is_own: impl Fn(&str) -> bool) {
        let listed = Asked::of_list(list);
        let mut asked = self.asked.borrow_mut();
        asked.variables.extend(listed.variables);
        for file in listed.files.into_iter().filter(|_| !self.is_sandboxed) {
            match file.strip_prefix(place) {
                Ok(path) if path.to_str().is_some_and(&is_own) => {}
                Ok(path) => drop(asked.files.insert(self.dir.join(path))),
                Err(_) => drop(asked.files.insert(file)),
            }
        }
    }

    /// The key of what is compiled from `base` with the files and variables as they are now.
    pub(super) fn key(&self, base: &str) -> String {
        match self.asked.borrow().is_empty() {
            true => base.to_owned(),
            false => cache::key([base.as_bytes(), format!("{:?}", self.inputs()).as_bytes()]),
        }
    }

    /// Recalls what was asked for when `base` was compiled in this directory the last time.
    pub(super) fn recall(&self, cache: &Cache, base: &str) {
        let file = self.memory(cache, base);
        if let Some(asked) = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
            cache::touch(&file);
            self.asked.replace(asked);
        }
    }

    /// Forgets what was asked for: it is about to be compiled anew.
    pub(super) fn forget(&self) {
        self.asked.take();
    }

    /// What was asked for, as it is now.
    pub(super) fn inputs(&self) -> Inputs {
        self.asked.borrow().now()
    }

    /// Writes down what was asked for, for the next time.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub(super) fn remember(&self, cache: &Cache, base: &str) -> io::Result<()> {
        let file = self.memory(cache, base);
        if self.asked.borrow().is_empty() {
            return match fs::remove_file(file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let dir = file.parent().unwrap_or(&cache.dir);
        fs::create_dir_all(dir)?;
        let mut new = tempfile::NamedTempFile::new_in(dir)?;
        new.write_all(&serde_json::to_vec(&*self.asked.borrow())?)?;
        new.persist(file)?;
        Ok(())
    }

    fn memory(&self, cache: &Cache, base: &str) -> PathBuf {
        let key = cache::key([base.as_bytes(), self.dir.as_os_str().as_encoded_bytes()]);
        cache.dir.join(cache::ASKED).join(key + ".json")
    }
}

/// The file that a compiler could not read, as a path from the notebook's directory.
fn missed(place: &Path, message: &str) -> Option<PathBuf> {
    let (path, _) = message.strip_prefix(UNREAD)?.split_once('`')?;
    Path::new(path).strip_prefix(place).ok().map(Path::to_owned)
}

/// Makes a link to `real` at `path` below `place`, and the directories that the path goes through.
fn link(place: &Path, path: &Path, real: &Path) -> io::Result<()> {
    let top = place.ancestors().nth(DEPTH).unwrap_or(place);
    let mut at = place.to_owned();
    let mut parts = path.components().peekable();
    while let Some(part) = parts.next() {
        match part {
            Component::Normal(name) => {
                at.push(name);
                if parts.peek().is_some() {
                    fs::create_dir_all(&at)?;
                }
            }
            Component::ParentDir if at != *top => drop(at.pop()),
            Component::CurDir => {}
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
    }
    match symlink(real, at) {
        // Another path has led to it before; only the directories were missing.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        done => done,
    }
}

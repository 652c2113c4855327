//! The user's cache: directories named by what decides their content, written whole or not at all.

use crate::diagnostic::{Diagnostic, reason};
use crate::sandbox::remove_tree;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// How long an entry is kept that nobody has used.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often the cache is looked through for such entries, and how exactly the last use is known.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// The file in each entry that says what else is in it.
const MANIFEST: &str = "entry.json";
/// The directory of what notebooks have asked for beside them.
pub(super) const ASKED: &str = "asked";
/// The kinds of entry that are swept, each a directory of the cache. A lock file is small, and only it knows with which
/// versions a notebook was built: it stays.
const KINDS: [&str; 4] = ["deps", "lib", "prelude", VERDICT];
/// The kind of entry that says what the compiler found in a notebook of which no library was made.
pub(super) const VERDICT: &str = "verdict";

/// Where compiled libraries are kept from one run to the next. Several runs can share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Its directory, which need not exist yet.
    pub dir: PathBuf,
}

/// An entry that was found whole.
#[derive(Debug)]
pub(super) struct Entry<T> {
    /// Its directory.
    pub dir: PathBuf,
    /// What was kept beside its files.
    pub data: T,
}

/// A directory inside the cache in which something is being made. It vanishes with this value, and if the process is
/// killed before, the next sweep takes it.
#[derive(Debug)]
pub(super) struct Stage {
    dir: TempDir,
    /// Held as long as the stage is in use, which is how a sweep tells an abandoned one.
    _lock: File,
}

impl Stage {
    /// The directory.
    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest<T> {
    files: BTreeMap<String, String>,
    data: T,
}

/// The hash of some byte strings as 32 hexadecimal digits: what entries are named by.
pub fn key<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of what is in a file, if it can be read.
pub fn hash_of(path: &Path) -> Option<String> {
    fs::read(path).ok().map(|content| key([content.as_slice()]))
}

impl Cache {
    /// The cache of the user: `$NBRUN_CACHE_DIR`, else `nbrun` in `$XDG_CACHE_HOME`, else in `~/.cache`.
    ///
    /// # Errors
    /// None of the three is known.
    pub fn of_user() -> Result<Self, Vec<Diagnostic>> {
        if let Some(dir) = std::env::var_os("NBRUN_CACHE_DIR").filter(|dir| !dir.is_empty()) {
            // The compiler runs elsewhere, so that a relative path would not name the same place there.
            let dir = std::path::absolute(&dir).unwrap_or_else(|_| dir.into());
            return Ok(Self { dir });
        }
        match etcetera::choose_base_strategy() {
            Ok(strategy) => Ok(Self { dir: etcetera::BaseStrategy::cache_dir(&strategy).join("nbrun") }),
            Err(_) => Err(vec![
                Diagnostic::new("there is no home directory to keep compiled notebooks in")
                    .help("set NBRUN_CACHE_DIR to a directory that can be written"),
            ]),
        }
    }

    /// The entry of that kind and key, if it is there and nothing in it is damaged.
    pub(super) fn find<T: DeserializeOwned>(&self, kind: &str, key: &str) -> Option<Entry<T>> {
        let dir = self.dir.join(kind).join(key);
        let manifest: Manifest<T> = serde_json::from_slice(&fs::read(dir.join(MANIFEST)).ok()?).ok()?;
        for (name, hash) in &manifest.files {
            let content = fs::read(dir.join(name)).ok()?;
            if self::key([content.as_slice()]) != *hash {
                return None;
            }
        }
        touch(&dir.join(MANIFEST));
        Some(Entry { dir, data: manifest.data })
    }

    /// Notes that an entry was of use today.
    pub(super) fn touch(&self, kind: &str, key: &str) {
        touch(&self.dir.join(kind).join(key).join(MANIFEST));
    }

    /// A new directory to make an entry in.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub(super) fn stage(&self) -> Result<Stage, Vec<Diagnostic>> {
        self.new_stage().map_err(|error| self.unwritable(&error))
    }

    fn new_stage(&self) -> io::Result<Stage> {
        let parent = self.dir.join("tmp");
        if !parent.is_dir() {
            fs::create_dir_all(&parent)?;
            fs::write(self.dir.join("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n# By nbrun.\n")?;
        }
        let dir = tempfile::Builder::new().prefix("").tempdir_in(&parent)?;
        let lock = File::create(dir.path().join("lock"))?;
        lock.lock()?;
        Ok(Stage { dir, _lock: lock })
    }

    /// Makes an entry of the named files of a stage, and returns its directory. Where another run has made the same
    /// entry in the meantime, theirs stays.
    ///
    /// # Errors
    /// The cache cannot be written.
    pub(super) fn publish<T: Serialize + DeserializeOwned>(
        &self,
        stage: &Stage,
        kind: &str,
        key: &str,
        files: &[&str],
        data: T,
    ) -> Result<Entry<T>, Vec<Diagnostic>> {
        self.try_publish(stage, kind, key, files, data).map_err(|error| self.unwritable(&error))
    }

    fn try_publish<T: Serialize + DeserializeOwned>(
        &self,
        stage: &Stage,
        kind: &str,
        key: &str,
        files: &[&str],
        data: T,
    ) -> io::Result<Entry<T>> {
        let made = stage.path().join("entry");
        fs::create_dir(&made)?;
        let mut manifest = Manifest { files: BTreeMap::new(), data };
        for name in files {
            fs::rename(stage.path().join(name), made.join(name))?;
            manifest.files.insert((*name).to_owned(), self::key([fs::read(made.join(name))?.as_slice()]));
        }
        fs::write(made.join(MANIFEST), serde_json::to_vec(&manifest)?)?;
        let dir = self.dir.join(kind).join(key);
        fs::create_dir_all(self.dir.join(kind))?;
        for attempt in 0.. {
            match fs::rename(&made, &dir) {
                Ok(()) => break,
                Err(error) if attempt == 3 => return Err(error),
                Err(_) => {}
            }
            if let Some(theirs) = self.find(kind, key) {
                return Ok(theirs);
            }
            // A damaged entry is in the way. It is moved aside and not deleted in place, so that nobody sees half of
            // it.
            let _ = fs::rename(&dir, stage.path().join(format!("damaged-{attempt}")));
        }
        Ok(Entry { dir, data: manifest.data })
    }

    /// That the cache's directory cannot be written, and what to do about it.
    pub(super) fn unwritable(&self, error: &io::Error) -> Vec<Diagnostic> {
        let message = format!("the cache directory {} cannot be written: {}", self.dir.display(), reason(error));
        vec![Diagnostic::new(message).help("set NBRUN_CACHE_DIR to a directory that can be written")]
    }

    /// Deletes what nobody has used for a month and what killed runs have left behind; at most once a day, and
    /// silently: the cache works without it.
    pub(super) fn sweep(&self) {
        let marker = self.dir.join("swept");
        if age(&marker).is_some_and(|age| age < DAY) || fs::write(&marker, "").is_err() {
            return;
        }
        for entry in KINDS.iter().flat_map(|kind| children(&self.dir.join(kind))) {
            if age(&entry.join(MANIFEST)).is_none_or(|age| age > UNUSED) {
                let _ = fs::remove_dir_all(entry);
            }
        }
        for answer in ["toolchain", ASKED].iter().flat_map(|kind| children(&self.dir.join(kind))) {
            if age(&answer).is_some_and(|age| age > UNUSED) {
                let _ = fs::remove_file(answer);
            }
        }
        for stage in children(&self.dir.join("tmp")) {
            // A stage is made a moment before it is locked, so the youngest are left alone.
            let old = age(&stage).is_some_and(|age| age > Duration::from_secs(60));
            let abandoned = File::open(stage.join("lock")).map_or(true, |lock| lock.try_lock().is_ok());
            if old && abandoned {
                let _ = remove_tree(&stage);
            }
        }
    }
}

/// Notes that a file was used today. A cache that cannot be written can still be read, so failure is nothing.
pub(super) fn touch(path: &Path) {
    if age(path).is_some_and(|age| age > DAY)
        && let Ok(file) = File::options().write(true).open(path)
    {
        let _ = file.set_modified(SystemTime::now());
    }
}

/// The time since a file was written; `None` where there is no such file. A file from the future is new.
fn age(path: &Path) -> Option<Duration> {
    let modified = fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
    Some(modified.elapsed().unwrap_or_default())
}

fn children(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache { dir: dir.path().join("cache") };
        (dir, cache)
    }

    fn publish(cache: &Cache, content: &str) -> Entry<u32> {
        let stage = cache.stage().unwrap();
        fs::write(stage.path().join("a"), content).unwrap();
        cache.publish(&stage, "lib", "k", &["a"], 7).unwrap()
    }

    #[test]
    fn what_was_published_is_found_and_no_stage_remains() {
        let (_dir, cache) = cache();
        assert!(cache.find::<u32>("lib", "k").is_none());
        publish(&cache, "one");
        let found = cache.find::<u32>("lib", "k").unwrap();
        assert_eq!((found.data, fs::read_to_string(found.dir.join("a")).unwrap()), (7, "one".to_owned()));
        assert_eq!(children(&cache.dir.join("tmp")), Vec::<PathBuf>::new());
    }

    #[test]
    fn the_first_of_two_who_publish_the_same_wins() {
        let (_dir, cache) = cache();
        publish(&cache, "one");
        let second = publish(&cache, "two");
        assert_eq!(fs::read_to_string(second.dir.join("a")).unwrap(), "one");
    }

    #[test]
    fn a_damaged_entry_is_not_found_and_is_replaced() {
        let (_dir, cache) = cache();
        let entry = publish(&cache, "one");
        fs::write(entry.dir.join("a"), "eno").unwrap();
        assert!(cache.find::<u32>("lib", "k").is_none());
        publish(&cache, "one");
        assert!(cache.find::<u32>("lib", "k").is_some());
    }

    #[test]
    fn a_sweep_takes_what_is_old_and_leaves_what_is_in_use() {
        let (_dir, cache) = cache();
        let entry = publish(&cache, "one");
        let stage = cache.stage().unwrap();
        let abandoned = cache.dir.join("tmp/abandoned");
        fs::create_dir(&abandoned).unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(40 * 24 * 3600);
        for path in [&entry.dir.join(MANIFEST), stage.path(), &abandoned] {
            File::open(path).unwrap().set_modified(long_ago).unwrap();
        }
        cache.sweep();
        assert!(!entry.dir.exists() && !abandoned.exists() && stage.path().exists());
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_which_variable_moves_it() {
        let (dir, _) = cache();
        fs::write(dir.path().join("file"), "").unwrap();
        let error = Cache { dir: dir.path().join("file/cache") }.stage().unwrap_err()[0].to_string();
        assert!(error.contains("cannot be written") && error.contains("NBRUN_CACHE_DIR"), "{error}");
    }
}

//! Records of runs, which are kept so that a page can be made again without running anything when only the prose has changed.
//!
//! `Session::prepare` finds them and `Session::execute` keeps them, once [`Session::records`](super::session::Session::records) is set: no other
//! code of a command has to know about it. A notebook whose record is found is neither compiled nor run.
//!
//! A record is found again if all is the same that could have led to another one: the cells, the settings of the front matter, the options, the
//! sandbox, the compiler, nbrun, and the files and variables that the code asked for. Where the notebook stands does not matter. What jobs read while they run,
//! such as files and the clock, cannot be known. Only runs without an error are kept: whoever has an error wants to see it go, and a cell
//! that fails as it is expected to is no error.

use super::bounds::Bounds;
use super::document::Document;
use super::kept::Kept;
use crate::compile::{self, Cache, key};
use crate::diagnostic::{Diagnostic, reason};
use crate::notebook::cells_sha256;
use crate::record::{self, Record};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// How long a record is kept that nobody has used.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many bytes of records are kept; of more, those go first that were used the longest time ago.
const MOST_BYTES: u64 = 256 << 20;

/// A directory of records.
pub struct Records {
    dir: PathBuf,
}

impl Records {
    /// Those in the user's cache.
    ///
    /// # Errors
    /// No place for a cache is known.
    pub fn of_user() -> Result<Self, Vec<Diagnostic>> {
        Ok(Self::at(Cache::of_user()?.dir.join("record")))
    }

    /// Those in a directory, which need not exist yet.
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// What is kept of an earlier run that would be made again.
    pub fn find(&self, document: &Document, bounds: &Bounds) -> Option<Kept> {
        let path = self.path(document, bounds)?;
        let kept = Kept::read(&path, document)?;
        // It was of use now. Where that cannot be written down, it is still there.
        let _ = File::options().write(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(kept)
    }

    /// Keeps the record of a run without errors in place of the one before. It is whole or not there at all.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn keep(&self, document: &Document, bounds: &Bounds, record: &Record) -> Result<(), Diagnostic> {
        let Some(path) = self.path(document, bounds) else { return Ok(()) };
        let text = Kept::text(bounds.decisive(&document.plan), document.inputs(), record);
        text.map_err(io::Error::from).and_then(|text| self.write(&path, &text)).map_err(|error| {
            let what = format!("the run cannot be kept in {}: {}", self.dir.display(), reason(&error));
            Diagnostic::new(what).warning().help("it will not be used again; the page is not concerned")
        })
    }

    fn write(&self, path: &Path, text: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let new = NamedTempFile::new_in(&self.dir)?;
        fs::write(new.path(), text)?;
        new.persist(path)?;
        self.prune(MOST_BYTES);
        Ok(())
    }

    /// Where the record of such a run is kept; `None` if nothing could be run, or if only a part is asked for.
    fn path(&self, document: &Document, bounds: &Bounds) -> Option<PathBuf> {
        let Document { notebook, plan, only: None, .. } = document else { return None };
        let toolchain = match notebook.cells.is_empty() {
            true => String::new(),
            false => compile::toolchain_version(&Cache::of_user().ok()?).ok()?,
        };
        let (version, nbrun) = (record::VERSION.to_string(), env!("CARGO_PKG_VERSION"));
        let parts = [nbrun, &version, &toolchain, &bounds.decisive(plan), &cells_sha256(notebook)];
        Some(self.dir.join(key(parts.map(str::as_bytes)) + ".json"))
    }

    /// Deletes the records that nobody has used for long, and the oldest if all together are too large. Other files stay.
    fn prune(&self, most_bytes: u64) {
        let files = fs::read_dir(&self.dir).into_iter().flatten().flatten().map(|entry| entry.path());
        let known = files.filter_map(|path| {
            let meta = fs::metadata(&path).ok().filter(|_| is_record(&path))?;
            Some((meta.modified().ok()?, meta.len(), path))
        });
        let mut known: Vec<_> = known.collect();
        known.sort_unstable_by(|one, other| other.cmp(one));
        let mut sum = 0_u64;
        for (used, bytes, path) in known {
            sum = sum.saturating_add(bytes);
            if sum > most_bytes || used.elapsed().is_ok_and(|age| age > UNUSED) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// Whether a file has the name of a record.
fn is_record(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_key = stem.len() == 32 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key && path.extension().is_some_and(|extension| extension == "json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_pruned_by_size_and_age_and_other_files_stay() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = |name: &str, days: u64| {
            let path = dir.path().join(name);
            fs::write(&path, [b'x'; 10]).expect("written");
            let used = SystemTime::now() - Duration::from_secs(days * 24 * 3600);
            File::options().write(true).open(&path).expect("a file").set_modified(used).expect("a time");
            path
        };
        let [new, used, old] =
            [("a", 0), ("b", 2), ("c", 40)].map(|(digit, days)| file(&(digit.repeat(32) + ".json"), days));
        let other = file("notes.json", 400);
        let records = Records::at(dir.path().to_owned());
        records.prune(1000);
        assert_eq!([&new, &used, &old, &other].map(|path| path.exists()), [true, true, false, true]);
        records.prune(15);
        assert_eq!([&new, &used, &other].map(|path| path.exists()), [true, false, true]);
    }
}

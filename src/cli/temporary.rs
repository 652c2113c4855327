//! The file that a page is written to before it takes its place, and what is left of those of programs that were killed.

use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use tempfile::NamedTempFile;

const PREFIX: &str = ".nbrun-";
const SUFFIX: &str = ".tmp";

/// A new file in `directory`, which is locked as long as it is open: so another run can tell it from one that was left. Those
/// that were left are removed.
///
/// # Errors
/// What the system says.
pub fn create(directory: &Path) -> io::Result<NamedTempFile> {
    remove_left(directory);
    loop {
        let mut builder = tempfile::Builder::new();
        // The user's umask takes its bits away from these.
        let new = Permissions::from_mode(0o666);
        let file = builder.prefix(PREFIX).suffix(SUFFIX).permissions(new).tempfile_in(directory)?;
        match file.as_file().try_lock() {
            Ok(()) => {}
            // Another run holds it for a moment, to remove it.
            Err(TryLockError::WouldBlock) => continue,
            // Where files cannot be locked, nobody removes any.
            Err(TryLockError::Error(_)) => return Ok(file),
        }
        // Between the making and the locking, another run may have taken it for one that was left.
        if file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

/// Removes the files of runs that are over. What cannot be removed stays: it is not this run's business.
fn remove_left(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = remove(&entry.path());
        }
    }
}

/// Removes a file unless somebody has it locked.
fn remove(path: &Path) -> io::Result<()> {
    let file = File::options().read(true).custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK).open(path)?;
    if file.try_lock().is_err() {
        return Ok(());
    }
    // It may have taken its place meanwhile, and another file its name.
    let (locked, named) = (file.metadata()?, fs::symlink_metadata(path)?);
    if (locked.dev(), locked.ino()) == (named.dev(), named.ino()) { fs::remove_file(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn names(directory: &Path) -> Vec<String> {
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = fs::read_dir(directory).unwrap().flatten().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_run_has_left_is_removed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".nbrun-a1b2c3.tmp", ".nbrun-mine", "nbrun-a.tmp", ".nbrun-"] {
            fs::write(dir.path().join(name), "<html>").unwrap();
        }
        std::os::unix::fs::symlink("nbrun-a.tmp", dir.path().join(".nbrun-link.tmp")).unwrap();
        fs::create_dir(dir.path().join(".nbrun-dir.tmp")).unwrap();
        drop(create(dir.path()).unwrap());
        assert_eq!(names(dir.path()), [".nbrun-", ".nbrun-dir.tmp", ".nbrun-link.tmp", ".nbrun-mine", "nbrun-a.tmp"]);
    }

    #[test]
    fn runs_that_write_side_by_side_never_remove_each_others_files() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let dir = dir.path();
                scope.spawn(move || {
                    for round in 0..50 {
                        let mut file = create(dir).unwrap();
                        write!(file, "{writer} {round}").unwrap();
                        let page = dir.join(format!("{writer}.html"));
                        file.persist(&page).unwrap();
                        assert_eq!(fs::read_to_string(page).unwrap(), format!("{writer} {round}"));
                    }
                });
            }
        });
        assert_eq!(names(dir.path()), ["0.html", "1.html", "2.html", "3.html"]);
    }
}

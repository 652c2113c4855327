//! Which files have been saved.
//!
//! The directories are watched and not the files: editors save by putting a new file in the place of the old one, and then
//! whoever watches the file watches one that is gone.

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// What happens when a file is saved, comes, or goes.
const EVENTS: AddWatchFlags = AddWatchFlags::IN_CLOSE_WRITE
    .union(AddWatchFlags::IN_MOVED_TO)
    .union(AddWatchFlags::IN_MOVED_FROM)
    .union(AddWatchFlags::IN_CREATE)
    .union(AddWatchFlags::IN_DELETE)
    .union(AddWatchFlags::IN_ONLYDIR);

/// Watches directories.
pub struct Watcher {
    inotify: Inotify,
    directories: HashMap<WatchDescriptor, PathBuf>,
}

impl Watcher {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// What the system says, which allows a user so many watchers.
    pub fn new() -> nix::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        Ok(Self { inotify, directories: HashMap::new() })
    }

    /// Watches a directory, but not those below it.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, directory: &Path) -> nix::Result<()> {
        let descriptor = self.inotify.add_watch(directory, EVENTS)?;
        // A directory that is watched by one name keeps it as long as it leads there: others know it by that.
        let real = |path: &Path| fs::canonicalize(path).ok();
        let is_known = self.directories.get(&descriptor).is_some_and(|known| real(known) == real(directory));
        if !is_known {
            self.directories.insert(descriptor, directory.to_owned());
        }
        Ok(())
    }

    /// The paths at which something has happened since the last call. `None` if there was so much that some was lost: then
    /// anything may have changed.
    pub fn changed(&mut self) -> Option<BTreeSet<PathBuf>> {
        let mut changed = BTreeSet::new();
        loop {
            let events = match self.inotify.read_events() {
                Ok(events) => events,
                Err(Errno::EINTR) => continue,
                Err(_) => return Some(changed),
            };
            for event in events {
                if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    return None;
                }
                let Some(directory) = self.directories.get(&event.wd) else { continue };
                changed.insert(event.name.map_or_else(|| directory.clone(), |name| directory.join(name)));
                if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                    self.directories.remove(&event.wd);
                }
            }
        }
    }
}

impl AsFd for Watcher {
    /// Becomes readable when something has happened.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_seen_however_it_is_saved() {
        let root = tempfile::tempdir().expect("a directory");
        let file = root.path().join("a.md");
        let mut watcher = Watcher::new().expect("a watcher");
        watcher.add(root.path()).expect("a watch");
        let mut seen = |save: &dyn Fn()| {
            save();
            watcher.changed().expect("few events").contains(&file)
        };
        assert!(seen(&|| fs::write(&file, "new").expect("written")));
        let other = root.path().join("a.md.tmp");
        let by_rename = || {
            fs::write(&other, "newer").expect("written");
            fs::rename(&other, &file).expect("renamed");
        };
        assert!(seen(&by_rename), "as VS Code and vim with `backupcopy=no` do");
        assert!(seen(&|| fs::rename(&file, &other).expect("renamed")), "as Emacs does with its backup");
        assert!(seen(&by_rename));
        assert!(seen(&|| fs::remove_file(&file).expect("removed")));
        assert!(!seen(&|| ()));
    }
}

//! What a program in the sandbox leaves in a directory is deleted, however it has been left: without permissions, or nested so
//! deep that no path leads to it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Deletes a directory with all that is in it. Links are not followed. The program that made it has ended.
///
/// # Errors
/// What the system says; what could be deleted is gone.
pub fn remove_tree(dir: &Path) -> io::Result<()> {
    let mut failed = None;
    let mut waiting: Vec<PathBuf> = vec![dir.to_owned()];
    let mut emptied: Vec<PathBuf> = Vec::new();
    let mut moved: u64 = 0;
    while let Some(next) = waiting.pop() {
        // Its owner may have taken the permission to look into it from all.
        let _ = fs::set_permissions(&next, Permissions::from_mode(0o700));
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) => {
                failed = Some(error);
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                failed = fs::remove_file(path).err().or(failed);
                continue;
            }
            // Up to the top, so that no path becomes longer than another, however deep the tree is.
            let up = loop {
                moved += 1;
                let up = dir.join(format!("remains-{moved}"));
                if fs::symlink_metadata(&up).is_err() {
                    break up;
                }
            };
            let _ = fs::set_permissions(&path, Permissions::from_mode(0o700));
            match fs::rename(&path, &up) {
                Ok(()) => waiting.push(up),
                Err(error) => failed = Some(error),
            }
        }
        emptied.push(next);
    }
    // The top was the first.
    for empty in emptied.iter().rev() {
        failed = fs::remove_dir(empty).err().or(failed);
    }
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    #[test]
    fn a_tree_is_deleted_whatever_its_depth_and_its_permissions() {
        let dir = tempfile::tempdir().expect("a directory");
        let (tree, kept) = (dir.path().join("tree"), dir.path().join("kept"));
        fs::create_dir_all(tree.join("a/b")).expect("directories");
        fs::create_dir(&kept).expect("a directory");
        for file in [tree.join("a/file"), tree.join("remains-1"), kept.join("file")] {
            fs::write(file, "x").expect("a file");
        }
        symlink(&kept, tree.join("a/link")).expect("a link");
        // Deeper than any path may be long.
        let deep = "i=0; while [ $i -lt 3000 ]; do mkdir dd && cd -P dd || exit 1; i=$((i + 1)); done";
        let made = Command::new("sh").args(["-c", deep]).current_dir(tree.join("a/b")).status().expect("a shell");
        assert!(made.success());
        for closed in [tree.join("a/b"), tree.join("a")] {
            fs::set_permissions(closed, Permissions::from_mode(0o000)).expect("permissions");
        }
        remove_tree(&tree).expect("it is deleted");
        assert!(!tree.exists() && kept.join("file").exists());
    }
}

//! Whose rights a program in the sandbox has.

use nix::unistd::{Gid, Uid, chown, geteuid};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The user and the group that own nothing.
const NOBODY: u32 = 65534;

/// Who a program in a sandbox is, where that is not the user: root becomes nobody, for neither the limit of processes nor
/// the permissions of files hold for root.
pub(super) fn other() -> Option<(Uid, Gid)> {
    let is_known = |map: &str| {
        let text = fs::read_to_string(map).unwrap_or_default();
        text.lines().any(|line| {
            let mut numbers = line.split_whitespace().map(|number| number.parse::<u64>().unwrap_or(0));
            let (first, _, count) = (numbers.next(), numbers.next(), numbers.next());
            first.zip(count).is_some_and(|(first, count)| (first..first + count).contains(&NOBODY.into()))
        })
    };
    let can_change = geteuid().is_root() && is_known("/proc/self/uid_map") && is_known("/proc/self/gid_map");
    can_change.then(|| (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY)))
}

/// Makes a directory readable for programs in a sandbox, and with `write` theirs.
///
/// # Errors
/// What the system says.
pub(super) fn give(dir: &Path, write: bool) -> io::Result<()> {
    let Some((user, group)) = other() else { return Ok(()) };
    if write {
        chown(dir, Some(user), Some(group))?;
    } else {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

//! System calls that do not exist in the sandbox, by seccomp.
//!
//! Jobs may be any Rust, so that everything is allowed but what reaches out of the sandbox, changes how the sandbox is built, or
//! opens a large part of the system that no lesson needs.

use super::spec::Walls;
use nix::libc::{self, c_long};
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};
use std::collections::BTreeMap;

/// Calls that fail with "operation not permitted".
const FORBIDDEN: &[c_long] = &[
    // Other processes' memory and files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    // How the sandbox is built.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    OPEN_TREE_ATTR,
    STATMOUNT,
    LISTMOUNT,
    // What somebody outside does with a file that is shown here.
    libc::SYS_fanotify_init,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_inotify_init,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
    CACHESTAT,
    // The machine.
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_quotactl,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    // What is shared beyond processes and files.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // The network, and every other kind of socket.
    libc::SYS_socket,
    // Large and seldom needed, and so more often than others a way into the system.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// Bits of the first argument of `clone` that make a namespace.
const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Calls of which libc does not know the numbers yet; these are the same on all architectures.
const CACHESTAT: c_long = 451;
const STATMOUNT: c_long = 457;
const LISTMOUNT: c_long = 458;
const SETXATTRAT: c_long = 463;
const REMOVEXATTRAT: c_long = 466;
const OPEN_TREE_ATTR: c_long = 467;
const FILE_SETATTR: c_long = 469;
const FCHMODAT2: c_long = 452;

/// Commands of `ioctl` that type into a terminal as if its user did, and that change files which are only open for reading.
const COMMANDS: [u64; 8] = [
    0x5412,      // TIOCSTI
    0x541c,      // TIOCLINUX
    0x4008_6602, // FS_IOC_SETFLAGS
    0x4004_6602, // FS_IOC32_SETFLAGS
    0x4008_7602, // FS_IOC_SETVERSION
    0x401c_5820, // FS_IOC_FSSETXATTR
    0xc004_5877, // FIFREEZE
    0xc004_5878, // FITHAW
];

/// The bits of a socket's type that say of which kind it is, and not how it is opened.
const SOCKET_KINDS: u64 = 0xf;

/// Commands of `fcntl` that tell what others do with a file.
const TELLING: [i32; 2] = [libc::F_NOTIFY, libc::F_SETLEASE];

/// Calls that change files by their names, or by a descriptor that is only for reading. In namespaces, all files that are
/// not the sandbox's own are read-only; Landlock does not know these calls.
const CHANGING: &[c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    SETXATTRAT,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    REMOVEXATTRAT,
    FILE_SETATTR,
];

/// Calls whose first argument is a process, which may only be the caller: 0.
const ABOUT_OTHERS: [c_long; 5] = [
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
];

/// On x86-64, every call can also be made by its number with this bit: the ABI called x32.
#[cfg(target_arch = "x86_64")]
const X32: Option<c_long> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const X32: Option<c_long> = None;

/// Calls that have numbers of their own in that ABI: ptrace, `process_vm_readv` and `process_vm_writev`, `kexec_load`.
const ONLY_X32: [c_long; 4] = [521, 539, 540, 528];

/// Closes the calls to this thread and all that come from it. Nothing opens them again.
pub(super) fn close(walls: Walls) -> Result<(), String> {
    let failed = |error: Error| format!("seccomp cannot be had: {error}");
    for filter in filters(walls).map_err(failed)? {
        apply_filter(&filter).map_err(failed)?;
    }
    Ok(())
}

fn filters(walls: Walls) -> Result<[BpfProgram; 2], Error> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FORBIDDEN.iter().map(|call| (*call, Vec::new())).collect();
    if !walls.namespaces {
        rules.extend(outside()?);
    }
    let namespaces = NAMESPACES.iter().map(|bit| when(0, SeccompCmpOp::MaskedEq(*bit as u64), *bit as u64));
    rules.insert(libc::SYS_clone, namespaces.collect::<Result<_, _>>()?);
    let commands = COMMANDS.iter().map(|command| when(1, SeccompCmpOp::Eq, *command));
    rules.insert(libc::SYS_ioctl, commands.collect::<Result<_, _>>()?);
    // The ends of a stream stay with each other. A datagram can be sent from either end to any socket that has a name.
    let kinds = [libc::SOCK_DGRAM, libc::SOCK_RAW].map(|kind| kind as u64);
    let kinds = kinds.iter().map(|kind| when(1, SeccompCmpOp::MaskedEq(SOCKET_KINDS), *kind));
    rules.insert(libc::SYS_socketpair, kinds.collect::<Result<_, _>>()?);
    let telling = TELLING.iter().map(|command| when(1, SeccompCmpOp::Eq, *command as u64));
    rules.insert(libc::SYS_fcntl, telling.collect::<Result<_, _>>()?);
    if let Some(bit) = X32 {
        let doubled: Vec<_> = rules.iter().map(|(call, rules)| (call | bit, rules.clone())).collect();
        rules.extend(doubled);
        rules.extend(ONLY_X32.map(|call| (call | bit, Vec::new())));
    }
    // Its flags stand in memory, where no filter can look. Told that there is no such call, libraries use `clone`.
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok([filter(rules, libc::EPERM)?, filter(unknown, libc::ENOSYS)?])
}

/// What is closed where files and processes outside are within reach.
fn outside() -> Result<Vec<(i64, Vec<SeccompRule>)>, Error> {
    let mut rules: Vec<(i64, Vec<SeccompRule>)> = CHANGING.iter().map(|call| (*call, Vec::new())).collect();
    for call in ABOUT_OTHERS {
        rules.push((call, vec![when(0, SeccompCmpOp::Ne, 0)?]));
    }
    // Nobody but the calling thread: not its group, and not its user.
    let itself =
        |process: u64| Ok::<_, Error>(vec![when(0, SeccompCmpOp::Ne, process)?, when(1, SeccompCmpOp::Ne, 0)?]);
    rules.push((libc::SYS_setpriority, itself(libc::PRIO_PROCESS.into())?));
    rules.push((libc::SYS_ioprio_set, itself(1)?));
    // The standard library copies the permissions of a file by this one, so that it must stay; but it lends no rights.
    let lending = [libc::S_ISUID, libc::S_ISGID].map(u64::from);
    let lending = lending.iter().map(|bit| when(1, SeccompCmpOp::MaskedEq(*bit), *bit));
    rules.push((libc::SYS_fchmod, lending.collect::<Result<_, _>>()?));
    Ok(rules)
}

fn when(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, Error> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
    Ok(SeccompRule::new(vec![condition])?)
}

/// Allows all but `rules`, which fail with `errno`. A program of another architecture is ended at its first call.
fn filter(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<BpfProgram, Error> {
    let architecture = std::env::consts::ARCH.try_into()?;
    let refuse = SeccompAction::Errno(errno as u32);
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture)?.try_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_can_be_compiled() {
        for namespaces in [false, true] {
            let filters = filters(Walls { namespaces, landlock: true }).expect("filters");
            assert!(filters.iter().all(|filter| filter.len() < 4096));
        }
    }
}

//! Attempts on the machine itself.

use super::outside::Outside;
use super::{attempt, forbidden, possible};
use nix::libc;

#[test]
fn files_cannot_be_mounted_or_the_root_be_changed() {
    forbidden("mount", libc::SYS_mount, [0, 0, 0, 0, 0]);
    forbidden("umount", libc::SYS_umount2, [0, 0, 0, 0, 0]);
    forbidden("chroot", libc::SYS_chroot, [0, 0, 0, 0, 0]);
    forbidden("pivot_root", libc::SYS_pivot_root, [0, 0, 0, 0, 0]);
    forbidden("open by handle", libc::SYS_open_by_handle_at, [0, 0, 0, 0, 0]);
}

#[test]
fn the_machine_cannot_be_stopped_or_renamed() {
    forbidden("reboot", libc::SYS_reboot, [0, 0, 0, 0, 0]);
    forbidden("kexec", libc::SYS_kexec_load, [0, 0, 0, 0, 0]);
    forbidden("hostname", libc::SYS_sethostname, [0, 0, 0, 0, 0]);
    forbidden("clock", libc::SYS_clock_settime, [0, 0, 0, 0, 0]);
}

#[test]
fn no_code_gets_into_the_system() {
    forbidden("module", libc::SYS_init_module, [0, 0, 0, 0, 0]);
    forbidden("module from a file", libc::SYS_finit_module, [0, 0, 0, 0, 0]);
    forbidden("bpf", libc::SYS_bpf, [0, 0, 0, 0, 0]);
    forbidden("performance counters", libc::SYS_perf_event_open, [0, 0, 0, 0, 0]);
    forbidden("userfaultfd", libc::SYS_userfaultfd, [0, 0, 0, 0, 0]);
}

#[test]
fn keys_that_the_system_keeps_are_out_of_reach() {
    forbidden("keyctl", libc::SYS_keyctl, [0, 0, 0, 0, 0]);
    forbidden("add_key", libc::SYS_add_key, [0, 0, 0, 0, 0]);
}

#[test]
fn memory_that_is_shared_by_number_is_out_of_reach() {
    forbidden("shmget", libc::SYS_shmget, [0, 4096, 0o1600, 0, 0]);
    forbidden("message queue", libc::SYS_mq_open, [0, 0, 0, 0, 0]);
    // A number is all that is needed for one that is there already.
    forbidden("semop", libc::SYS_semop, [0, 0, 0, 0, 0]);
    forbidden("semctl", libc::SYS_semctl, [0, 0, 0, 0, 0]);
    forbidden("msgrcv", libc::SYS_msgrcv, [0, 0, 0, 0, 0]);
    forbidden("msgsnd", libc::SYS_msgsnd, [0, 0, 0, 0, 0]);
}

#[test]
fn devices_are_not_there_and_cannot_be_made() {
    let body = format!(
        "for device in [\"mem\", \"kmsg\", \"sda\", \"vda\", \"tty\", \"ptmx\", \"fuse\", \"kvm\", \"shm\"] {{
             println!(\"{{device}} {{:?}}\", fs::File::open(format!(\"/dev/{{device}}\")).err().map(|error| error.kind()));
         }}
         let path = c\"/tmp/device\".as_ptr() as i64;
         println!(\"{{:?}}\", call({}, [-100, path, 0o60666, (8 << 8) | 1, 0]).err().map(|error| error.kind()));",
        libc::SYS_mknodat
    );
    let mut expected = ["mem", "kmsg", "sda", "vda", "tty", "ptmx", "fuse", "kvm", "shm"]
        .map(|device| format!("{device} Some(NotFound)\n"))
        .concat();
    expected += "Some(PermissionDenied)";
    attempt(&Outside::new(), &body, &expected);
}

#[test]
fn nothing_can_be_typed_into_a_terminal() {
    forbidden("TIOCSTI", libc::SYS_ioctl, [2, 0x5412, 0, 0, 0]);
    // The upper half of the argument is not looked at by the system, so a filter must not be misled by it.
    forbidden("TIOCSTI with more bits", libc::SYS_ioctl, [2, 0x1_0000_5412, 0, 0, 0]);
}

#[test]
fn temporary_files_meet_a_limit() {
    if !possible() {
        return;
    }
    let body = "let mut file = fs::File::create(\"/tmp/big\").unwrap();
        let piece = vec![1_u8; 1 << 20];
        let mut written = 0;
        let error = loop {
            match io::Write::write_all(&mut file, &piece) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        println!(\"{} {error}\", written <= 256);";
    attempt(&Outside::new(), body, "true No space left on device (os error 28)");
}

#[test]
fn what_others_do_with_the_systems_programs_is_not_told() {
    forbidden("inotify", libc::SYS_inotify_init1, [0, 0, 0, 0, 0]);
    forbidden("fanotify", libc::SYS_fanotify_init, [0, 0, 0, 0, 0]);
    let body = format!(
        "use std::os::fd::AsRawFd as _;
         let dir = fs::File::open(\"/usr/bin\").unwrap();
         tried(\"notify\", call({0}, [dir.as_raw_fd() as i64, {1}, 1, 0, 0]));
         tried(\"lease\", call({0}, [dir.as_raw_fd() as i64, {2}, 0, 0, 0]));",
        libc::SYS_fcntl,
        libc::F_NOTIFY,
        libc::F_SETLEASE,
    );
    let forbidden = "Operation not permitted (os error 1)";
    attempt(&Outside::new(), &body, &format!("notify: {forbidden}\nlease: {forbidden}"));
}

#[test]
fn the_flags_of_a_file_cannot_be_changed_nor_a_file_system_be_frozen() {
    forbidden("flags", libc::SYS_ioctl, [0, 0x4008_6602, 0, 0, 0]);
    forbidden("freeze", libc::SYS_ioctl, [0, 0xc004_5877, 0, 0, 0]);
}

#[test]
fn the_system_tells_of_processes_and_of_nothing_else() {
    let body = "let mut names: Vec<String> = fs::read_dir(\"/proc\").unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.parse::<u32>().is_err())
            .collect();
        names.sort();
        println!(\"{}\", names.join(\" \"));
        for name in [\"loadavg\", \"cmdline\", \"interrupts\", \"sys/kernel/random/boot_id\", \"keys\", \"stat\", \"uptime\"] {
            println!(\"{name} {}\", fs::read(format!(\"/proc/{name}\")).is_err());
        }";
    let hidden = ["loadavg", "cmdline", "interrupts", "sys/kernel/random/boot_id", "keys", "stat", "uptime"];
    let hidden = hidden.map(|name| format!("\n{name} true")).concat();
    attempt(&Outside::new(), body, &format!("self thread-self{hidden}"));
}

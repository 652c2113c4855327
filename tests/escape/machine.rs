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

//! Notes which worker a fatal signal struck: when threads share a process, its death alone would not tell.

use super::context;
use crate::shared::run::exit;
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use std::sync::atomic::Ordering::SeqCst;

/// How far from the stack pointer an access may fail and still count as a stack that ran over: the guard page and the
/// largest frame that the compiler does not probe page by page.
const NEAR_BYTES: usize = 64 << 10;

/// Watches for the signals that a processor raises, and for `abort`. They stay fatal.
pub fn watch_faults() {
    // The alternate stack, without which a full stack could not be noticed, is std's: it has one for each of its threads.
    let flags = SaFlags::SA_SIGINFO | SaFlags::SA_ONSTACK | SaFlags::SA_RESETHAND;
    let action = SigAction::new(SigHandler::SigAction(note), flags, SigSet::empty());
    for signal in [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGILL, Signal::SIGFPE, Signal::SIGABRT] {
        // SAFETY: `note` only reads thread-local and immutable memory and stores atomics, which is safe in a handler.
        // A signal that cannot be watched is still fatal, only less well explained.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

extern "C" fn note(signal: libc::c_int, info: *mut libc::siginfo_t, ucontext: *mut libc::c_void) {
    if let Some(context) = context::get() {
        let me = context::known();
        let overflow = matches!(signal, libc::SIGSEGV | libc::SIGBUS)
            // SAFETY: the system passes a valid siginfo_t, which for these signals holds the address.
            && stack_pointer(ucontext).is_some_and(|sp| unsafe { (*info).si_addr() }.addr().abs_diff(sp) < NEAR_BYTES);
        // Who started a thread goes down with it.
        for worker in [me, context.run.threads.root(me)] {
            let slot = context.run.slot(worker);
            if slot.exit.compare_exchange(exit::UNKNOWN, exit::SIGNAL, SeqCst, SeqCst).is_ok() {
                slot.code.store(signal, SeqCst);
                slot.overflow.store(overflow.into(), SeqCst);
            }
        }
    }
    // SA_RESETHAND has put the default action back: a fault strikes again on return and is fatal then. `abort` raises its
    // signal a second time by itself; one that came from outside must be raised again.
    // SAFETY: the system passes a valid siginfo_t; raise(3) may be called in a handler.
    unsafe {
        if (*info).si_code <= 0 && signal != libc::SIGABRT {
            libc::raise(signal);
        }
    }
}

/// The stack pointer of the interrupted code.
fn stack_pointer(ucontext: *mut libc::c_void) -> Option<usize> {
    // SAFETY: with SA_SIGINFO the system passes a valid ucontext_t.
    let context = unsafe { ucontext.cast::<libc::ucontext_t>().as_ref() }?;
    #[cfg(target_arch = "x86_64")]
    return Some(context.uc_mcontext.gregs[libc::REG_RSP as usize] as usize);
    #[cfg(target_arch = "aarch64")]
    return Some(context.uc_mcontext.sp as usize);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return {
        let _ = context;
        None
    };
}

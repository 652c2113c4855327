//! Workers that got no memory: the standard library says so on standard error, and aborts.

use crate::record::{ExitStatus, OutputLine, Stream, WorkerOutcome};

/// The advice that the standard library gives beside it. In a notebook it would be wrong: nobody's environment reaches a job
/// there, so that what a page shows does not depend on it.
const ADVICE: &str = "note: run with `RUST_BACKTRACE=1` environment variable";

/// Whether a text is the standard library's word that there was no memory.
pub(super) fn says_so(text: &str) -> bool {
    text.contains("memory allocation of ") && text.contains(" bytes failed")
}

/// Finds the workers that ended so, and takes the advice out of the output. Where several threads share a process, nobody
/// knows which of them it was, and main is said to have said it.
pub(super) fn note(workers: &mut [WorkerOutcome], output: &mut Vec<OutputLine>) {
    for (number, worker) in workers.iter_mut().enumerate() {
        let aborted = matches!(&worker.exit, ExitStatus::Signaled { name, .. } if name == "SIGABRT");
        let is_own = |line: &OutputLine| line.stream == Stream::Raw && [0, number].contains(&(line.worker as usize));
        if aborted && output.iter().any(|line| is_own(line) && says_so(&line.text)) {
            worker.exit = ExitStatus::OutOfMemory;
            output.retain(|line| !(is_own(line) && line.text.starts_with(ADVICE)));
        }
    }
}

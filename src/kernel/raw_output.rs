//! What a run's main process wrote past nbrun's macros: read from its pipe, and laid to a worker's account where that is sure.

use crate::executor::output;
use crate::shared::clock;
use crate::shared::journal::{Entry, EntryKind, fitting};
use crate::shared::run::{Run, Slot, stage};
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering::SeqCst;

/// What was written to main's standard output or error past nbrun's macros, with the time of each piece.
pub struct RawOutput {
    /// The pieces that are kept, in order.
    pub pieces: Vec<Entry>,
    /// How many bytes there was no room for.
    pub cut_bytes: u64,
    is_open: bool,
    kept_bytes: u64,
}

impl RawOutput {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { pieces: Vec::new(), cut_bytes: 0, is_open: true, kept_bytes: 0 }
    }

    /// Whether more may come.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Takes what stands in the pipe.
    pub fn drain(&mut self, output: &OwnedFd, run: &Run) {
        if output::read_of(run.slot(0), output, |bytes| self.add(run, bytes)) {
            self.is_open = false;
        }
    }

    /// Keeps a piece, as far as there is room for output.
    fn add(&mut self, run: &Run, bytes: &[u8]) {
        let room = run.journal.output_limit().saturating_sub(self.kept_bytes);
        let (fits, lines) = fitting(bytes, room);
        let kept = &bytes[..fits];
        self.cut_bytes += (bytes.len() - kept.len()) as u64;
        if kept.is_empty() {
            return;
        }
        self.kept_bytes += kept.len() as u64 + lines;
        // A line is often written piece by piece, and whoever else is at work may begin or end meanwhile: it stays whole.
        let unfinished = self.pieces.last().filter(|piece| !piece.bytes.ends_with(b"\n"));
        let worker = unfinished.map_or_else(|| only_one_at_work(run), |piece| piece.worker);
        self.pieces.push(Entry { kind: EntryKind::Raw, worker, at: clock::now(), number: 0, bytes: kept.to_vec() });
    }
}

/// The one worker that is at work in main's process; main itself where there is none, or more than one.
fn only_one_at_work(run: &Run) -> u32 {
    let main = run.slot(0).pid.load(SeqCst);
    let at_work = |slot: &Slot| slot.stage.load(SeqCst) == stage::RUNNING && slot.pid.load(SeqCst) == main;
    let mut workers = (1..run.declared).filter(|&worker| at_work(run.slot(worker)));
    match (workers.next(), workers.next()) {
        (Some(one), None) => one,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::mapping::Mapping;

    #[test]
    fn a_line_in_pieces_is_one_workers_though_another_ends_meanwhile() {
        let mapping = Mapping::new(4096, 160 << 20).expect("a mapping");
        let run = Run::new(mapping.run, 3, 1 << 16, true).expect("room");
        let enter = |worker, to| run.slot(worker).stage.store(to, SeqCst);
        let mut raw = RawOutput::new();
        let mut wrote = |bytes: &str| {
            raw.add(&run, bytes.as_bytes());
            raw.pieces.last().expect("a piece").worker
        };
        enter(1, stage::RUNNING);
        assert_eq!(wrote("of one "), 1);
        enter(2, stage::RUNNING);
        assert_eq!((wrote("alone\n"), wrote("of ")), (1, 0), "nobody knows which of the two it was");
        enter(1, stage::ENDED);
        assert_eq!((wrote("either\n"), wrote("of the other\n")), (0, 2));
    }
}

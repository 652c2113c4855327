//! How much of a kernel's reports is kept in nbrun's own memory.

use super::check::Wrong;
use super::protocol::Message;
use crate::notebook::Size;
use crate::record::RunOutcome;

/// The memory that one message may take.
pub const MESSAGE_BYTES: usize = 256 << 20;

/// The memory of all messages about a notebook.
const NOTEBOOK_BYTES: usize = 512 << 20;

/// The memory of all that is kept so far.
#[derive(Default)]
pub struct ReportBudget {
    bytes: usize,
}

impl ReportBudget {
    /// Takes a message that takes so much memory. A run that would be too much together with all before loses its trace, and
    /// if that is not enough its output: the page tells of either how much that was.
    ///
    /// # Errors
    /// There is too much of something else.
    pub fn take(&mut self, message: &mut Message, bytes: usize) -> Result<(), Wrong> {
        self.take_within(message, bytes, NOTEBOOK_BYTES)
    }

    fn take_within(&mut self, message: &mut Message, bytes: usize, most: usize) -> Result<(), Wrong> {
        self.bytes = self.bytes.saturating_add(bytes);
        if let Message::Ran(report) = message {
            for part in [RunOutcome::drop_trace, RunOutcome::drop_output] {
                if self.bytes > most {
                    self.bytes = self.bytes.saturating_sub(part(&mut report.outcome));
                }
            }
        }
        if self.bytes <= most {
            Ok(())
        } else {
            Err(format!("more than the {} that are kept of a notebook", Size(most as u64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::protocol::{RunReport, packed, unpack_within};
    use crate::model::{Action, Event};
    use crate::record::{OutputLine, Stream};

    /// A run with so many events, lines, and names of what was left behind, as it arrives.
    fn ran(events: usize, lines: usize, left: usize) -> (Message, usize) {
        let action = Action::Sleep;
        let event =
            Event { worker: 0, at_ns: 1, duration_ns: 0, action, resource: None, position: None, ordering: None };
        let line = OutputLine { worker: 0, stream: Stream::Stdout, at_ns: 1, text: "1234".to_owned() };
        let outcome = RunOutcome { trace: vec![event; events], output: vec![line; lines], ..RunOutcome::default() };
        let report = RunReport { outcome, left_behind: vec![String::new(); left], ..RunReport::default() };
        let mut bytes = packed(&Message::Ran(Box::new(report))).expect("bytes");
        unpack_within(&mut bytes, usize::MAX, usize::MAX).expect("a message").expect("all of it")
    }

    fn parts(message: &Message) -> (usize, usize, u64, u64) {
        let Message::Ran(report) = message else { panic!("a run") };
        let outcome = &report.outcome;
        (outcome.trace.len(), outcome.output.len(), outcome.trace_dropped, outcome.output_cut_bytes)
    }

    #[test]
    fn of_runs_that_are_too_much_together_first_the_traces_then_the_lines_go() {
        let mut kept = ReportBudget::default();
        let most = 10 * size_of::<Event>() + 25 * (size_of::<OutputLine>() + 4);
        let mut seen = Vec::new();
        for _ in 0..3 {
            let (mut message, bytes) = ran(10, 10, 0);
            kept.take_within(&mut message, bytes, most).expect("it is cut, and no error");
            seen.push(parts(&message));
        }
        assert_eq!(seen, [(10, 10, 0, 0), (0, 10, 10, 0), (0, 0, 10, 50)]);
    }

    #[test]
    fn too_much_of_anything_else_is_an_error() {
        let (mut message, bytes) = ran(0, 0, 100);
        let most = 100 * size_of::<String>();
        assert!(ReportBudget::default().take_within(&mut message, bytes, most).is_ok());
        let error = ReportBudget::default().take_within(&mut message, bytes, most - 1).unwrap_err();
        assert!(error.starts_with("more than the "), "{error}");
    }

    #[test]
    fn ten_million_empty_entries_are_no_message() {
        let names = vec![String::new(); 10_000_000];
        let report = RunReport { left_behind: names.clone(), problems: names, ..RunReport::default() };
        let mut bytes = packed(&Message::Ran(Box::new(report))).expect("bytes");
        assert!(bytes.len() < 30_000_000 && unpack_within::<Message>(&mut bytes, usize::MAX, MESSAGE_BYTES).is_err());
    }
}

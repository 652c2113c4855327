//! The host of real runs: what a worker reports goes to the run's journal, and what it asks for is done in shared memory.

use super::context::{self, Context};
use super::explain::explained;
use super::pool;
use super::{output, system};
use crate::abi::{self, Status};
use crate::host::{
    Answer, Call, Failure, Host, Identity, Payload, PoolTasks, Report, StdCall, StdDeed, StdObject, lines, table,
};
use crate::model::{Action, WaitCondition};
use crate::shared::bytes::Bytes;
use crate::shared::journal::{EntryKind, MESSAGE_BYTES, SEPARATOR, SHOWN_BYTES, cut};
use crate::shared::resource::Resource;
use crate::shared::run::exit;
use std::mem::MaybeUninit;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::SeqCst;

/// The host of real runs.
#[derive(Clone, Copy)]
pub struct RealHost(pub(super) &'static Context);

/// The table that a library is loaded with.
pub static HOST: abi::Host = table::<RealHost>();

impl RealHost {
    /// Adds a text of the calling worker's to the journal.
    fn write_down(&self, kind: EntryKind, number: u64, text: &str) {
        let me = context::me();
        self.0.run.journal.add(me, me, kind, number, text.as_bytes());
    }

    /// Notes how the calling worker's work ended, unless that is known already.
    fn ended(&self, how: u32, code: i32) {
        let slot = self.0.run.slot(context::me());
        if slot.exit.compare_exchange(exit::UNKNOWN, how, SeqCst, SeqCst).is_ok() {
            slot.code.store(code, SeqCst);
        }
    }

    /// Who the owner of `name` was that died, how, and where it had taken it.
    fn owner_died(&self, resource: u32, name: &str) -> String {
        let Some((dead, line)) = self.0.resource(resource).and_then(|resource| resource.primitive().lock()?.died())
        else {
            return format!("the last owner of `{name}` ended while it held the lock");
        };
        let (dead, how) = (self.0.name(dead), self.0.how_it_ended(dead));
        let line = lines::line(line);
        let taken = if line == 0 { String::new() } else { format!(", which it had taken at line {line}") };
        format!("`{dead}`, the last owner of `{name}`, {how} while it held the lock{taken}")
    }
}

/// A failure as one entry of the journal.
fn entry(Failure { text, place }: &Failure<'_>) -> String {
    let (text, (line, column)) = (cut(text, MESSAGE_BYTES), place.unwrap_or_default());
    format!("{text}{SEPARATOR}{line}{SEPARATOR}{column}")
}

impl Host for RealHost {
    #[inline(always)]
    fn current() -> Option<Self> {
        context::get().map(Self)
    }

    // Inlined, as all that it calls first: where the operation is known, nothing of the choice among them is left.
    #[inline(always)]
    fn perform(&self, call: &Call, mut payload: Payload<'_>) -> Answer {
        self.do_call(call, &mut payload)
    }

    fn formats(line: u32) -> u32 {
        context::formats(line)
    }

    fn read(&self, resource: u32, start: u64, line: Option<u32>, out: &mut [MaybeUninit<u8>]) {
        let Some(Resource::Numbers(numbers)) = self.0.resource(resource) else { return };
        if let Some(line) = line.filter(|_| !out.is_empty()) {
            let count = (out.len() / numbers.of().size()) as u64;
            self.note_action(resource, line, Action::LoadMany { start, count });
        }
        numbers.read_to(start, out);
    }

    fn write(&self, resource: u32, start: u64, line: u32, from: &[u8]) {
        let Some(Resource::Numbers(numbers)) = self.0.resource(resource) else { return };
        numbers.write_from(start, from);
        if !from.is_empty() {
            let count = (from.len() / numbers.of().size()) as u64;
            self.note_action(resource, line, Action::StoreMany { start, count });
        }
    }

    fn len(&self, resource: u32) -> u64 {
        match self.0.resource(resource) {
            Some(Resource::Numbers(numbers)) => numbers.len(),
            _ => 0,
        }
    }

    fn report(&self, report: Report<'_>) {
        let run = &self.0.run;
        match report {
            Report::Printed { is_error, text, line } => {
                let kind = if is_error { EntryKind::Stderr } else { EntryKind::Stdout };
                let me = context::me();
                output::collect(self.0);
                run.journal.add(me, me, kind, line.into(), text);
            }
            Report::Panicked(failure) => {
                self.write_down(EntryKind::Panic, 0, &entry(&failure));
                self.ended(exit::PANIC, 101);
            }
            Report::Failed(text) => {
                let failure = Failure { text, place: None };
                self.write_down(EntryKind::Panic, 0, &entry(&failure));
                self.ended(exit::ERROR, 1);
            }
            Report::Exited(code) => self.ended(exit::CODE, code),
            Report::Cancelled => self.ended(exit::TIMED_OUT, 0),
            Report::Shown(text) => {
                self.write_down(EntryKind::Shown, self.0.showing.load(SeqCst), &cut(&text, SHOWN_BYTES));
            }
            Report::Compared(sides) => {
                *self.0.compared.lock().unwrap_or_else(PoisonError::into_inner) = Some(sides);
            }
            Report::TaskEnded { index, failed } => {
                if let Some(pool) = pool::current() {
                    pool.task_ended(self.0, index, failed);
                }
            }
            Report::TaskFailed(index, failure) => self.write_down(EntryKind::TaskFailed, index, &entry(&failure)),
        }
    }

    fn identity(&self) -> Identity {
        let number = context::me();
        let (pid, tid) = (std::process::id(), system::thread_id());
        Identity { name: self.0.name(number).into_owned(), number, pid, tid }
    }

    fn explain(&self, resource: u32, status: Status) -> String {
        let name = self.0.resource_names.get(resource as usize).map_or("?", String::as_str);
        if status == abi::OWNER_DIED {
            return format!("{}; what the lock protects may be half done", self.owner_died(resource, name));
        }
        let is_queue = matches!(self.0.resource(resource), Some(Resource::Queue(_)));
        // The call that is explained has just ended, so the slot still has its condition.
        let condition = WaitCondition::from_u32(self.0.run.slot(context::me()).condition.load(SeqCst));
        explained(name, status, is_queue, condition.unwrap_or(WaitCondition::Time))
    }

    fn run_pool(&self, tasks: PoolTasks) {
        pool::run(self.0, tasks);
    }

    fn outbox_full(&self, wait: bool) -> Status {
        pool::current().map_or(abi::CANCELLED, |pool| pool.outbox_full(self.0, wait))
    }

    fn large_result(&self, records: &[u8]) -> Status {
        pool::current().map_or(abi::CANCELLED, |pool| pool.large_result(self.0, records))
    }

    fn places(&self, tasks: u64, size: u64) -> Option<Bytes> {
        pool::places(self.0, tasks, size)
    }

    fn std_current(&self) -> u32 {
        context::me()
    }

    fn std_object(&self, object: &StdObject) -> u32 {
        self.add_object(object)
    }

    fn std_next_item(&self, object: u32) -> u64 {
        self.next_item(object)
    }

    fn std_gone(&self, object: u32) {
        if let Some(place) = object.checked_sub(1) {
            self.0.run.objects.end(place);
        }
    }

    fn std_wait(&self, call: &StdCall) -> u64 {
        self.begin_wait_in_std(call)
    }

    #[inline(always)]
    fn std_done(&self, call: &StdCall, since: u64, status: Status, numbers: [u64; 2]) {
        self.end_call_of_std(call, since, status, numbers);
    }

    #[inline(always)]
    fn std_did(&self, did: StdDeed, object: u32, line: u32) {
        self.note_deed(did, object, line);
    }

    fn std_bits(&self, numbers: [u64; 2]) {
        self.complete_with(numbers);
    }

    fn thread_new(&self, name: Option<&str>, place: (u32, u32)) -> u32 {
        self.0.new_thread(context::me(), name, place).unwrap_or(0)
    }

    fn thread_begin(&self, worker: u32) {
        if self.0.run.threads.get(worker).is_some() {
            self.0.begin_thread(worker);
        }
    }

    fn thread_end(&self, worker: u32) {
        if self.0.run.threads.get(worker).is_some() {
            output::collect(self.0);
            self.0.run.slot(worker).cpu.note_always();
            self.0.end_thread(worker);
        }
    }
}

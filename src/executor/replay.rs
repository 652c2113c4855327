//! The host of runs that follow a schedule: a worker waits at each of its calls for its turn, in which the real host does the
//! call at once, or not at all. Who would have to wait there has its turn at the wrong time.

use super::context;
use super::host::{HOST, RealHost};
use super::schedule_replay::{self, Turn};
use super::std_replay;
use super::two_phase_wait::{First, Pending, Wait};
use crate::abi::{self, Status};
use crate::host::{
    Answer, Call, FiberBody, Host, Identity, Operation, Payload, PoolTasks, Report, StdCall, StdObject, bits_of, table,
};
use crate::shared::bytes::Bytes;
use crate::shared::numbers::Numbers;
use crate::shared::resource::Resource;
use crate::shared::run::Run;
use std::mem::MaybeUninit;
use std::ops::Range;

/// The host of runs that follow a schedule.
pub struct Replay(RealHost);

/// The table for the workers of this run.
pub fn host_of(run: &Run) -> &'static abi::Host {
    static REPLAY: abi::Host = table::<Replay>();
    if run.gate.is_some() { &REPLAY } else { &HOST }
}

impl Replay {
    /// Does a call in its turn.
    fn step(&self, turn: Turn, call: &Call, payload: &mut Payload<'_>) -> Answer {
        let pending = match self.0.begin(call, payload) {
            First::Done(answer) => return turn.done(answer),
            First::Waits(pending) => pending,
        };
        match pending.wait {
            // Nothing has been done yet.
            Wait::Again => self.second_step(turn, call, payload, pending),
            // What has been done is a step by itself, and others take theirs before the second.
            wait => {
                turn.enter(matches!(wait, Wait::Condition(_)).then_some(call.resource));
                match schedule_replay::take(self.0.0, *call) {
                    Some(turn) => self.second_step(turn, call, payload, pending),
                    None => self.0.finish(call, payload, pending.restarted()),
                }
            }
        }
    }

    fn second_step(&self, turn: Turn, call: &Call, payload: &mut Payload<'_>, pending: Pending) -> Answer {
        if let Some(answer) = self.0.finish_now(call, payload, &pending) {
            turn.enter(None);
            return turn.done(answer);
        }
        turn.blocked();
        self.0.finish(call, payload, pending.restarted())
    }

    /// A slice is read or written element by element, and each is a step: it is given its index, and where its bytes are.
    fn each(&self, resource: u32, start: u64, len: usize, mut step: impl FnMut(Numbers, u64, Range<usize>)) {
        let Some(Resource::Numbers(numbers)) = self.0.0.resource(resource) else { return };
        let size = numbers.of().size();
        for (index, at) in (start..).zip((0..len).step_by(size)) {
            step(numbers, index, at..at + size);
        }
    }
}

impl Host for Replay {
    fn current() -> Option<Self> {
        RealHost::current().map(Self)
    }

    fn perform(&self, call: &Call, payload: Payload<'_>) -> Answer {
        let run = self.0.0;
        let turn = match call.operation {
            Operation::Release { unwinding: true } => None,
            _ if call.belongs_to_the_step() => schedule_replay::go_on(run, *call),
            _ => schedule_replay::take(run, *call),
        };
        let Some(turn) = turn else { return self.0.perform(call, payload) };
        match payload {
            Payload::Sink(sink) => {
                let mut item = Vec::new();
                let mut noting = |bytes: &[u8]| {
                    item.extend_from_slice(bytes);
                    turn.note_item(&item);
                    sink(bytes);
                };
                self.step(turn, call, &mut Payload::Sink(&mut noting))
            }
            mut payload => {
                if let Payload::Item(item) = payload {
                    turn.note_item(item);
                }
                self.step(turn, call, &mut payload)
            }
        }
    }

    fn formats(line: u32) -> u32 {
        RealHost::formats(line)
    }

    fn read(&self, resource: u32, start: u64, line: Option<u32>, out: &mut [MaybeUninit<u8>]) {
        self.each(resource, start, out.len(), |numbers, index, part| {
            let call = Call::new(Operation::Load { index }, resource, line.unwrap_or_else(context::formats_at));
            let turn = schedule_replay::take(self.0.0, call);
            self.0.read(resource, index, line, &mut out[part]);
            if let Some(turn) = turn {
                turn.done(Answer::value(numbers.load(index)));
            }
        });
    }

    fn write(&self, resource: u32, start: u64, line: u32, from: &[u8]) {
        self.each(resource, start, from.len(), |_, index, part| {
            let bits = bits_of(&from[part.clone()]);
            let turn = schedule_replay::take(self.0.0, Call::new(Operation::Store { index, bits }, resource, line));
            self.0.write(resource, index, line, &from[part]);
            if let Some(turn) = turn {
                turn.done(Answer::value(0));
            }
        });
    }

    fn len(&self, resource: u32) -> u64 {
        self.0.len(resource)
    }

    fn report(&self, report: Report<'_>) {
        self.0.report(report);
    }

    fn identity(&self) -> Identity {
        self.0.identity()
    }

    fn explain(&self, resource: u32, status: Status) -> String {
        self.0.explain(resource, status)
    }

    fn run_pool(&self, tasks: PoolTasks) {
        self.0.run_pool(tasks);
    }

    fn outbox_full(&self, wait: bool) -> Status {
        self.0.outbox_full(wait)
    }

    fn large_result(&self, records: &[u8]) -> Status {
        self.0.large_result(records)
    }

    fn places(&self, tasks: u64, size: u64) -> Option<Bytes> {
        self.0.places(tasks, size)
    }

    // The mirror asks for each step, as in an exploration.
    const EXPLORES: bool = true;

    fn std_current(&self) -> u32 {
        context::me()
    }

    fn now(&self) -> u64 {
        std_replay::now()
    }

    fn std_object(&self, object: &StdObject) -> u32 {
        std_replay::object(self.0, object)
    }

    fn std_gone(&self, object: u32) {
        std_replay::gone(self.0, object);
    }

    fn std_bits(&self, numbers: [u64; 2]) {
        std_replay::complete(self.0, numbers);
    }

    fn std_step(&self, call: &StdCall) -> Answer {
        std_replay::step(self.0, call)
    }

    fn thread_new(&self, name: Option<&str>, place: (u32, u32)) -> u32 {
        std_replay::new_thread(self.0.0, name, place)
    }

    fn thread_fiber(&self, worker: u32, body: FiberBody) {
        std_replay::start(self.0, worker, body);
    }
}

//! Workers of one register and what they share, for an enumeration of interleavings that knows nothing of nbrun's own: the
//! rules of each primitive, written a second time.

/// How long a call waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// As long as it takes. What cannot be is a panic.
    Endless,
    /// Not at all.
    None,
    /// So many seconds.
    Seconds(u32),
}

/// An instruction of a worker with one register. Those that concern what is shared, or time, are steps. With a limit, the
/// register says whether the call was in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    /// Reads a value into the register.
    Load(usize),
    /// Writes the register plus so much to a value.
    Store(usize, i64),
    /// Adds to a value in one step; the register has what was there before.
    Add(usize, i64),
    /// Reads an element of the array into the register.
    Read(usize),
    /// Adds an element of the array to the register.
    ReadMore(usize),
    /// Writes the register plus so much to an element of the array.
    Write(usize, i64),
    /// Takes a lock.
    Take(usize, Patience),
    /// Gives it back.
    Give(usize),
    /// Takes a lock with a guard, which gives it back in any case.
    Guard(usize),
    /// Takes the read-write lock to read, with a guard.
    Share(Patience),
    /// Takes it to write, with a guard.
    Exclude(Patience),
    /// Drops the last guard.
    Drop,
    /// Takes a permit.
    Permit(usize, Patience),
    /// Gives a permit back.
    Return(usize),
    /// Sets the event.
    Set,
    /// Clears it.
    Clear,
    /// Asks whether it is set.
    IsSet,
    /// Waits for it.
    Await(Patience),
    /// Gives the condition's lock back and waits to be notified.
    Wait(Patience),
    /// Notifies so many of those who have waited longest.
    Notify(usize),
    /// Meets the others at the barrier; the register has the place, or -1 if the barrier is broken.
    Meet(Patience),
    /// Puts a number, when there is room for it.
    Put(i64, Patience),
    /// Takes a number into the register, -1 if there is none.
    Get(Patience),
    /// The same, and a queue that is closed and drained is no mistake.
    Next,
    /// Asks how many items there are.
    Len,
    /// Closes the queue.
    Close,
    /// Says that an item is done with.
    Done,
    /// Waits until all items are.
    Join,
    /// Sleeps so many seconds.
    Sleep(u32),
    /// Sets the register, which is no step.
    Let(i64),
    /// Goes on so many instructions further if the register is below a number, which is no step.
    SkipBelow(i64, usize),
    /// Goes back so many instructions if the register is not 0, at most so often in all, which is no step.
    Again(usize, u32),
    /// Goes back so many instructions as long as the register is below a number, which is no step.
    Until(usize, i64),
    /// Ends with this exit code.
    ExitStatus(i32),
    /// Panics.
    Panic,
}

/// The locks, in this order: two plain ones, a re-entrant one, that of the first value, and that of the condition.
pub const LOCKS: usize = 5;
/// The one that its owner may take again.
pub const REENTRANT: usize = 2;
/// That of the condition.
pub const CONDITION: usize = 4;
/// The read-write lock, which is none of them.
const READ_WRITE: usize = 5;
/// The most items of a queue, if it says no other.
const MAX_ITEMS: usize = 12;
/// The most workers.
const MAX_WORKERS: usize = 8;

/// A list with a fixed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct List<T, const N: usize> {
    items: [T; N],
    len: usize,
}

impl<T: Copy + Default, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self { items: [T::default(); N], len: 0 }
    }
}

impl<T: Copy + PartialEq + Default, const N: usize> List<T, N> {
    fn push(&mut self, item: T) {
        self.items[self.len] = item;
        self.len += 1;
    }

    fn remove(&mut self, place: usize) -> T {
        let item = self.items[place];
        self.items.copy_within(place + 1..self.len, place);
        self.len -= 1;
        self.items[self.len] = T::default();
        item
    }

    fn remove_item(&mut self, item: T) {
        let place = self.items[..self.len].iter().position(|other| *other == item);
        if let Some(place) = place {
            self.remove(place);
        }
    }
}

/// A lock: its owner, how often it has taken it, and whether the last one ended with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Lock {
    owner: Option<usize>,
    depth: u32,
    orphaned: bool,
}

/// A read-write lock: who reads, a bit for each; who writes, or keeps readers out until it can; and whether the last writer ended
/// with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct ReadWrite {
    readers: u32,
    gate: Option<usize>,
    is_written: bool,
    orphaned: bool,
}

impl ReadWrite {
    fn is_held_by(&self, me: usize) -> bool {
        self.readers >> me & 1 == 1 || self.is_written && self.gate == Some(me)
    }

    fn free(&mut self, me: usize) {
        self.readers &= !(1 << me);
        if self.gate == Some(me) {
            (self.gate, self.is_written) = (None, false);
        }
    }
}

/// What is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct World {
    values: [i64; 2],
    array: [i64; 2],
    locks: [Lock; LOCKS],
    read_write: ReadWrite,
    /// The permits of a semaphore and of a bounded one.
    permits: [u32; 2],
    is_set: bool,
    /// How often the event was set.
    sets: u32,
    /// Who waits for the condition, the first who came first, and who was notified.
    waiting: List<usize, MAX_WORKERS>,
    notified: List<usize, MAX_WORKERS>,
    parties: usize,
    come: usize,
    meetings: u32,
    broken: bool,
    queue: List<i64, MAX_ITEMS>,
    room: usize,
    open: usize,
    closed: bool,
}

impl World {
    /// Nothing has happened yet; a queue has this room, and the barrier is for so many.
    pub fn new(room: usize, parties: usize) -> Self {
        Self {
            values: [0; 2],
            array: [0; 2],
            locks: [Lock::default(); LOCKS],
            read_write: ReadWrite::default(),
            permits: [1; 2],
            is_set: false,
            sets: 0,
            waiting: List::default(),
            notified: List::default(),
            parties,
            come: 0,
            meetings: 0,
            broken: false,
            queue: List::default(),
            room: room.min(MAX_ITEMS),
            open: 0,
            closed: false,
        }
    }

    /// The first value.
    pub fn value(&self) -> i64 {
        self.values[0]
    }

    /// All that can be shown.
    pub fn text(&self) -> String {
        let Self { values: [v, w], array, queue, .. } = self;
        format!("{v}, {w}, {array:?}, {}", queue.len)
    }

    fn free(&mut self, lock: usize, me: usize) -> bool {
        if lock == READ_WRITE {
            self.read_write.free(me);
            return true;
        }
        let lock = &mut self.locks[lock];
        if lock.owner != Some(me) {
            return false;
        }
        lock.depth -= 1;
        if lock.depth == 0 {
            lock.owner = None;
        }
        true
    }

    /// What a worker that ends has not given back is nobody's.
    pub fn on_worker_exit(&mut self, me: usize) {
        for lock in self.locks.iter_mut().filter(|lock| lock.owner == Some(me)) {
            *lock = Lock { orphaned: true, ..Lock::default() };
        }
        self.read_write.orphaned |= self.read_write.is_written && self.read_write.gate == Some(me);
        self.read_write.free(me);
    }
}

/// In the middle of which wait a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Wait {
    #[default]
    Nowhere,
    /// For the event, which had been set so often.
    Event(u32),
    Room,
    /// For the readers of the read-write lock to leave.
    Readers,
    /// At the barrier: its place, and the number of the meeting.
    Barrier(usize, u32),
}

/// How a worker has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    Code(i32),
    Panic,
}

/// What comes of a step.
#[derive(Clone, Copy)]
enum Came {
    /// It is done, and the register is this.
    Register(i64),
    /// The worker has begun to wait.
    Waits(Wait),
    Panics,
}

/// A worker in the midst of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Mind {
    at: usize,
    pub register: i64,
    rounds: u32,
    guards: List<usize, 6>,
    /// Whether the program is at its end, and only guards are left to be dropped.
    is_over: bool,
    wait: Wait,
    /// The seconds that are left of its present call.
    pub left: u32,
    pub end: Option<End>,
}

impl Mind {
    /// At the beginning of a program.
    pub fn new(program: &[Do]) -> Self {
        let mut mind = Self::default();
        mind.go_on(program);
        mind
    }

    /// The step that it is about to take: what is left behind is given back at the end.
    fn step(&self, program: &[Do]) -> Option<Do> {
        program.get(self.at).copied().or((self.guards.len > 0).then_some(Do::Drop))
    }

    /// Does all that is no step, up to the next one or to the end.
    fn go_on(&mut self, program: &[Do]) {
        loop {
            match program.get(self.at) {
                Some(Do::Let(n)) => self.register = *n,
                Some(Do::SkipBelow(most, count)) => self.at += if self.register < *most { *count } else { 0 },
                Some(Do::Again(count, most)) if self.register != 0 && self.rounds < *most => {
                    self.rounds += 1;
                    self.at -= count;
                    continue;
                }
                Some(Do::Again(..)) => {}
                Some(Do::Until(count, least)) if self.register < *least => {
                    self.at -= count;
                    continue;
                }
                Some(Do::Until(..)) => {}
                Some(Do::ExitStatus(code)) => {
                    self.end = Some(End::Code(*code));
                    return;
                }
                Some(Do::Panic) => {
                    self.end = Some(End::Panic);
                    return;
                }
                _ => break,
            }
            self.at += 1;
        }
        self.is_over = self.at >= program.len();
        match self.step(program) {
            None => self.end = Some(End::Code(0)),
            Some(step) => self.left = seconds(step).unwrap_or(0),
        }
    }

    /// Takes its next step, only because its time is over where it is `by_time`; whether it can.
    pub fn take_step(&mut self, program: &[Do], world: &mut World, me: usize, by_time: bool) -> bool {
        let Some(step) = self.step(program).filter(|_| self.end.is_none()) else { return false };
        if by_time && seconds(step).is_none() {
            return false;
        }
        match self.does(step, world, me, by_time) {
            None => return false,
            Some(Came::Waits(wait)) => {
                (self.wait, self.left) = (wait, seconds(step).unwrap_or(0));
                return true;
            }
            Some(Came::Panics) => self.end = Some(End::Panic),
            Some(Came::Register(register)) => {
                self.register = register;
                self.at += usize::from(!self.is_over);
                self.go_on(program);
            }
        }
        self.wait = Wait::Nowhere;
        if self.end.is_some() {
            // On the way out of a panic or an exit, guards are dropped, which is no step of its own.
            for n in 0..self.guards.len {
                world.free(self.guards.items[n], me);
            }
            self.guards.len = 0;
        }
        true
    }

    fn does(&mut self, step: Do, world: &mut World, me: usize, by_time: bool) -> Option<Came> {
        let here = self.register;
        let so = |register: i64| Some(Came::Register(register));
        let same = so(here);
        // Whether it came, for who asks; nobody does who waits as long as it takes.
        let whether = |patience: Patience, yes: bool| if patience == Patience::Endless { same } else { so(yes.into()) };
        let in_vain = |patience: Patience, register: i64| match patience {
            Patience::None => so(register),
            Patience::Seconds(_) if by_time => so(register),
            _ => None,
        };
        match step {
            Do::Load(n) => so(world.values[n]),
            Do::Store(n, more) => {
                world.values[n] = here + more;
                same
            }
            Do::Add(n, more) => {
                world.values[n] += more;
                so(world.values[n] - more)
            }
            Do::Read(n) => so(world.array[n]),
            Do::ReadMore(n) => so(here + world.array[n]),
            Do::Write(n, more) => {
                world.array[n] = here + more;
                same
            }
            Do::Take(lock, patience) => match world.locks[lock] {
                Lock { owner: None, orphaned: true, .. } => {
                    world.locks[lock].orphaned = false;
                    Some(Came::Panics)
                }
                Lock { owner: None, .. } => {
                    world.locks[lock] = Lock { owner: Some(me), depth: 1, orphaned: false };
                    whether(patience, true)
                }
                Lock { owner: Some(owner), .. } if owner == me && lock == REENTRANT => {
                    world.locks[lock].depth += 1;
                    whether(patience, true)
                }
                Lock { owner: Some(owner), .. } if owner == me && patience == Patience::Endless => Some(Came::Panics),
                _ => in_vain(patience, 0),
            },
            Do::Guard(lock) => {
                let came = self.does(Do::Take(lock, Patience::Endless), world, me, by_time)?;
                if let Came::Register(_) = came {
                    self.guards.push(lock);
                }
                Some(came)
            }
            Do::Share(patience) | Do::Exclude(patience)
                if self.wait == Wait::Nowhere && world.read_write.is_held_by(me) =>
            {
                if patience == Patience::Endless {
                    Some(Came::Panics)
                } else {
                    in_vain(patience, 0)
                }
            }
            Do::Share(patience) | Do::Exclude(patience)
                if self.wait == Wait::Nowhere && world.read_write.gate.is_some() =>
            {
                in_vain(patience, 0)
            }
            Do::Exclude(patience) if world.read_write.readers != 0 => match (self.wait, patience) {
                (Wait::Readers, _) if by_time => {
                    world.read_write.gate = None;
                    so(0)
                }
                (Wait::Readers, _) => None,
                (_, Patience::None) => so(0),
                _ => {
                    world.read_write.gate = Some(me);
                    Some(Came::Waits(Wait::Readers))
                }
            },
            Do::Share(_) | Do::Exclude(_) if world.read_write.orphaned => {
                (world.read_write.orphaned, world.read_write.gate) = (false, None);
                Some(Came::Panics)
            }
            Do::Share(patience) | Do::Exclude(patience) => {
                if matches!(step, Do::Share(_)) {
                    world.read_write.readers |= 1 << me;
                } else {
                    (world.read_write.gate, world.read_write.is_written) = (Some(me), true);
                }
                self.guards.push(READ_WRITE);
                whether(patience, true)
            }
            Do::Drop => {
                // Where the program is at its end they are dropped in the order in which they were made.
                let lock = self.guards.remove(if self.is_over { 0 } else { self.guards.len - 1 });
                world.free(lock, me);
                same
            }
            Do::Give(lock) => {
                if world.free(lock, me) {
                    same
                } else {
                    Some(Came::Panics)
                }
            }
            Do::Permit(n, patience) if world.permits[n] == 0 => in_vain(patience, 0),
            Do::Permit(n, patience) => {
                world.permits[n] -= 1;
                whether(patience, true)
            }
            Do::Return(1) if world.permits[1] == 1 => Some(Came::Panics),
            Do::Return(n) => {
                world.permits[n] += 1;
                same
            }
            Do::Set => {
                world.sets += u32::from(!world.is_set);
                world.is_set = true;
                same
            }
            Do::Clear => {
                world.is_set = false;
                same
            }
            Do::IsSet => so(world.is_set.into()),
            Do::Await(patience) => match self.wait {
                Wait::Event(sets) if sets == world.sets => by_time.then_some(Came::Register(0)),
                Wait::Nowhere if !world.is_set => Some(Came::Waits(Wait::Event(world.sets))),
                _ => whether(patience, true),
            },
            Do::Wait(_) if self.wait == Wait::Nowhere => {
                if !world.free(CONDITION, me) {
                    return Some(Came::Panics);
                }
                world.waiting.push(me);
                Some(Came::Waits(Wait::Room))
            }
            Do::Wait(patience) => {
                let was_notified = world.notified.items[..world.notified.len].contains(&me);
                if world.locks[CONDITION].owner.is_some() || !(was_notified || by_time) {
                    return None;
                }
                world.notified.remove_item(me);
                world.waiting.remove_item(me);
                match self.does(Do::Take(CONDITION, Patience::Endless), world, me, false) {
                    Some(Came::Register(_)) => whether(patience, was_notified),
                    came => came,
                }
            }
            Do::Notify(_) if world.locks[CONDITION].owner != Some(me) => Some(Came::Panics),
            Do::Notify(count) => {
                for _ in 0..count.min(world.waiting.len) {
                    let first = world.waiting.remove(0);
                    world.notified.push(first);
                }
                same
            }
            Do::Meet(patience) => {
                let broken = if patience == Patience::Endless { Some(Came::Panics) } else { so(-1) };
                match self.wait {
                    Wait::Barrier(place, meeting) if meeting != world.meetings => so(place as i64),
                    _ if world.broken => broken,
                    Wait::Barrier(..) if by_time => {
                        world.broken = true;
                        so(-1)
                    }
                    Wait::Barrier(..) => None,
                    _ if world.come + 1 == world.parties => {
                        let place = std::mem::take(&mut world.come);
                        world.meetings += 1;
                        so(place as i64)
                    }
                    _ => {
                        world.come += 1;
                        Some(Came::Waits(Wait::Barrier(world.come - 1, world.meetings)))
                    }
                }
            }
            Do::Put(_, patience) if world.closed => {
                if patience == Patience::Endless {
                    Some(Came::Panics)
                } else {
                    so(0)
                }
            }
            Do::Put(_, patience) if world.queue.len >= world.room => in_vain(patience, 0),
            Do::Put(n, patience) => {
                world.queue.push(n);
                world.open += 1;
                whether(patience, true)
            }
            Do::Get(_) | Do::Next if world.queue.len > 0 => so(world.queue.remove(0)),
            Do::Get(Patience::Endless) if world.closed => Some(Came::Panics),
            Do::Get(_) | Do::Next if world.closed => so(-1),
            Do::Get(patience) => in_vain(patience, -1),
            Do::Next => None,
            Do::Len => so(world.queue.len as i64),
            Do::Close => {
                world.closed = true;
                same
            }
            Do::Done if world.open == 0 => Some(Came::Panics),
            Do::Done => {
                world.open -= 1;
                same
            }
            Do::Join => {
                if world.open == 0 {
                    same
                } else {
                    None
                }
            }
            Do::Sleep(_) => {
                if by_time {
                    same
                } else {
                    None
                }
            }
            Do::Let(_) | Do::SkipBelow(..) | Do::Again(..) | Do::Until(..) | Do::ExitStatus(_) | Do::Panic => {
                unreachable!("no step")
            }
        }
    }
}

/// The limit of a call that has one and may wait.
fn seconds(step: Do) -> Option<u32> {
    match step {
        Do::Take(_, patience)
        | Do::Share(patience)
        | Do::Exclude(patience)
        | Do::Permit(_, patience)
        | Do::Put(_, patience)
        | Do::Get(patience) => match patience {
            Patience::Seconds(seconds) => Some(seconds),
            _ => None,
        },
        // Who has begun to wait gives up in a step of its own, even without any patience.
        Do::Await(patience) | Do::Wait(patience) | Do::Meet(patience) => match patience {
            Patience::Seconds(seconds) => Some(seconds),
            Patience::None => Some(0),
            Patience::Endless => None,
        },
        Do::Sleep(seconds) => Some(seconds),
        _ => None,
    }
}

//! Locks: never two owners, and who comes after a dead one is told.

use super::world::{Chance, LIVES, World, storm};
use nbrun::shared::condition::Condition;
use nbrun::shared::lock::{Acquired, OwnedLock};
use nbrun::shared::mapping::Arena;
use nbrun::shared::primitive::Primitive;
use nbrun::shared::rlock::RLock;
use nbrun::shared::rwlock::RwLock;
use nbrun::shared::{Deadline, SyncError, WorkerId, clock};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};

/// Two numbers that are equal whenever nobody is at them, and who is.
struct Guarded {
    numbers: &'static [AtomicU64],
    inside: &'static AtomicU32,
    dead: &'static [AtomicU32],
    /// How often somebody was told that the last owner died.
    told: &'static AtomicU64,
}

impl Guarded {
    fn new(arena: &Arena) -> Self {
        Self {
            numbers: arena.alloc_slice(2).expect("room"),
            inside: arena.alloc().expect("room"),
            dead: arena.alloc_slice(LIVES + 1).expect("room"),
            told: arena.alloc().expect("room"),
        }
    }

    /// The work of an owner.
    fn visit(&self, me: WorkerId, taken: Acquired) {
        let before = self.inside.swap(me, SeqCst);
        let [a, b] = self.numbers else { unreachable!("there are two") };
        if taken == Acquired::OwnerDied {
            self.told.fetch_add(1, SeqCst);
            let is_dead = before == 0 || self.dead[before as usize].load(SeqCst) == 1;
            assert!(is_dead, "{me} was told that the owner died, but {before} lives");
            b.store(a.load(Relaxed), Relaxed);
        } else {
            assert_eq!(before, 0, "{me} and {before} hold the lock at once, or {me} was not told");
        }
        let seen = a.load(Relaxed);
        assert_eq!(seen, b.load(Relaxed), "what the lock protects is half done, and {me} was not told");
        a.store(seen + 1, Relaxed);
        std::hint::spin_loop();
        b.store(seen + 1, Relaxed);
        self.inside.store(0, SeqCst);
    }
}

/// A short time limit, or none.
fn deadline(chance: &mut Chance) -> Deadline<'static> {
    let deadline = (chance.below(4) == 0).then(|| clock::now() + chance.below(50_000));
    Deadline { at: deadline, cancel: None }
}

const VISITS: usize = 300;

/// A lock, and how many of the dead held it.
struct Plain {
    lock: &'static OwnedLock,
    guarded: Guarded,
    held: AtomicU64,
}

impl World for Plain {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self { lock: arena.alloc().expect("room"), guarded: Guarded::new(arena), held: AtomicU64::new(0) }
    }

    fn live(&self, me: WorkerId, _role: usize, chance: &mut Chance) {
        for _ in 0..VISITS {
            match self.lock.acquire(me, &deadline(chance)) {
                Ok(taken) => {
                    self.guarded.visit(me, taken);
                    self.lock.release(me).expect("it is held");
                }
                Err(denied) => assert_eq!(denied, SyncError::TimedOut),
            }
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.guarded.dead[dead as usize].store(1, SeqCst);
        self.held.fetch_add(self.lock.release_owned_by(dead).into(), SeqCst);
    }

    fn check(&self, killed: usize) {
        let taken = self.lock.acquire(0, &Deadline::ENDLESS).expect("it is free");
        self.guarded.visit(0, taken);
        self.lock.release(0).expect("it is held");
        let (told, held) = (self.guarded.told.load(SeqCst), self.held.load(SeqCst));
        // One who was told may have been killed before it could say so.
        assert!(told <= held && held <= killed as u64, "{told} were told, {held} died with the lock");
        assert_eq!(self.lock.acquire(0, &Deadline::ENDLESS), Ok(Acquired::Clean), "it is told once");
    }
}

#[test]
fn a_lock_never_has_two_owners_and_tells_of_each_that_was_killed() {
    storm::<Plain>(10);
}

/// A lock that is taken again by its owner.
struct Reentrant {
    lock: RLock,
    guarded: Guarded,
}

impl World for Reentrant {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self { lock: RLock::new(arena).expect("room"), guarded: Guarded::new(arena) }
    }

    fn live(&self, me: WorkerId, _role: usize, chance: &mut Chance) {
        for _ in 0..VISITS {
            let Ok(taken) = self.lock.acquire(me, &deadline(chance)) else { continue };
            let again = chance.below(3);
            for _ in 0..again {
                assert_eq!(self.lock.acquire(me, &Deadline::ENDLESS), Ok(Acquired::Clean));
            }
            self.guarded.visit(me, taken);
            for _ in 0..again {
                self.lock.release(me).expect("it is held");
                assert_eq!(self.lock.owner(), Some(me), "it is given back as often as it was taken");
            }
            self.lock.release(me).expect("it is held");
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.guarded.dead[dead as usize].store(1, SeqCst);
        self.lock.release_owned_by(dead);
    }

    fn check(&self, _killed: usize) {
        let taken = self.lock.acquire(0, &Deadline::ENDLESS).expect("it is free");
        self.guarded.visit(0, taken);
        self.lock.release(0).expect("it is held");
        assert_eq!(self.lock.owner(), None);
    }
}

#[test]
fn an_rlock_is_free_once_its_owner_was_killed_at_any_depth() {
    storm::<Reentrant>(10);
}

/// A read-write lock: role 0 reads, role 1 writes.
struct ReadWrite {
    lock: RwLock,
    guarded: Guarded,
    reading: &'static [AtomicU32],
}

impl ReadWrite {
    fn write(&self, me: WorkerId, deadline: &Deadline<'_>) -> Result<Acquired, SyncError> {
        match self.lock.claim(me, 0, false, deadline)? {
            Some(taken) => Ok(taken),
            None => self.lock.enter(me, deadline),
        }
    }

    fn reads(&self, me: WorkerId, taken: Acquired) {
        self.reading[me as usize].store(1, SeqCst);
        let inside = self.guarded.inside.load(SeqCst);
        assert!(
            inside == 0 || self.guarded.dead[inside as usize].load(SeqCst) == 1,
            "{me} reads while {inside} writes"
        );
        if taken == Acquired::OwnerDied {
            // It puts right what the dead writer has left half done, so that the next one need not be told.
            let [a, b] = self.guarded.numbers else { unreachable!("there are two") };
            b.store(a.load(Relaxed), Relaxed);
            self.guarded.inside.store(0, SeqCst);
        }
        self.reading[me as usize].store(0, SeqCst);
    }

    fn writes(&self, me: WorkerId, taken: Acquired) {
        for (reader, reading) in self.reading.iter().enumerate().filter(|(_, reading)| reading.load(SeqCst) == 1) {
            let is_dead = self.guarded.dead[reader].load(SeqCst) == 1;
            assert!(is_dead, "{me} writes while {reader} reads: {}", reading.load(SeqCst));
        }
        self.guarded.visit(me, taken);
    }
}

impl World for ReadWrite {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self {
            lock: RwLock::new(arena).expect("room"),
            guarded: Guarded::new(arena),
            reading: arena.alloc_slice(LIVES + 1).expect("room"),
        }
    }

    fn live(&self, me: WorkerId, role: usize, chance: &mut Chance) {
        for _ in 0..VISITS {
            let deadline = deadline(chance);
            if role == 0 {
                let Ok(taken) = self.lock.read(me, 0, &deadline) else { continue };
                self.reads(me, taken);
            } else {
                let Ok(taken) = self.write(me, &deadline) else { continue };
                self.writes(me, taken);
            }
            self.lock.release(me).expect("it is held");
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.guarded.dead[dead as usize].store(1, SeqCst);
        self.lock.release_owned_by(dead);
    }

    fn check(&self, _killed: usize) {
        let taken = self.write(0, &Deadline::ENDLESS).expect("it is free");
        self.writes(0, taken);
        self.lock.release(0).expect("it is held");
        assert_eq!(self.lock.read(0, 0, &Deadline::ENDLESS), Ok(Acquired::Clean), "it is told once");
    }
}

#[test]
fn a_writer_is_alone_whoever_is_killed_and_who_comes_next_is_told() {
    storm::<ReadWrite>(10);
}

/// A condition: role 0 waits for a number to change, role 1 changes it.
struct Waiting {
    condition: Condition,
    guarded: Guarded,
    changes: &'static AtomicU64,
    over: &'static AtomicU32,
}

impl World for Waiting {
    fn new(arena: &Arena, _chance: &mut Chance) -> Self {
        Self {
            condition: Condition::new(arena).expect("room"),
            guarded: Guarded::new(arena),
            changes: arena.alloc().expect("room"),
            over: arena.alloc().expect("room"),
        }
    }

    fn live(&self, me: WorkerId, role: usize, chance: &mut Chance) {
        let lock = self.condition.lock();
        for _ in 0..VISITS {
            let Ok(mut taken) = lock.acquire(me, &Deadline::ENDLESS) else { unreachable!("nobody else is {me}") };
            if role == 1 {
                self.changes.fetch_add(1, SeqCst);
                self.condition.notify(me, 1 + chance.below(2)).expect("it is held");
            } else {
                let seen = self.changes.load(SeqCst);
                while self.changes.load(SeqCst) == seen && self.over.load(SeqCst) == 0 {
                    // Who takes the lock back is told, too.
                    self.guarded.visit(me, taken);
                    taken = self
                        .condition
                        .enter(me)
                        .and_then(|()| self.condition.leave(me, &Deadline::ENDLESS, || ()))
                        .expect("it is held");
                }
            }
            self.guarded.visit(me, taken);
            lock.release(me).expect("it is held");
        }
    }

    fn release_owned_by(&self, dead: WorkerId) {
        self.guarded.dead[dead as usize].store(1, SeqCst);
        self.condition.release_owned_by(dead);
    }

    fn wind_down(&self, [_, changing]: [usize; 2]) {
        if changing == 0 && self.over.load(SeqCst) == 0 {
            let lock = self.condition.lock();
            let taken = lock.acquire(0, &Deadline::ENDLESS).expect("it is free now and then");
            self.guarded.visit(0, taken);
            self.over.store(1, SeqCst);
            self.condition.notify(0, u64::MAX).expect("it is held");
            lock.release(0).expect("it is held");
        }
    }

    fn check(&self, _killed: usize) {
        let taken = self.condition.lock().acquire(0, &Deadline::ENDLESS).expect("it is free");
        self.guarded.visit(0, taken);
    }
}

#[test]
fn who_waits_on_a_condition_is_woken_and_told_whoever_is_killed() {
    storm::<Waiting>(10);
}

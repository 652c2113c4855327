//! Programs made up by chance, over every primitive: as cells of a notebook, and as what walking every order of them finds.

use super::brute::Patience::{Endless, None as Now, Seconds};
use super::brute::{CONDITION, Do, Found, Patience, REENTRANT, World, reachable, results};
use super::brute_pool::{Pool, pool_results};
use std::collections::{BTreeMap, BTreeSet};

/// The most interleavings of a program.
const MAX_INTERLEAVINGS: usize = 1_500;
/// The lock of a value.
const OF_VALUE: usize = 3;

/// Follows a program that is written as words; each is an instruction, whose numbers are divided by commas.
const JOBS: &str = r#"fn go(program: &str, v: Value<i64>, w: Value<i64>, x: Array<i64>, l: Lock, m: Lock, r: RLock, s: Semaphore,
    z: BoundedSemaphore, e: Event, c: Condition, b: Barrier, q: Queue<i64>, k: RwLock) -> i64 {
    let word = |word: &str| -> (String, Vec<i64>) {
        let mut parts = word.split(',');
        (parts.next().unwrap().to_owned(), parts.map(|part| part.parse().unwrap()).collect())
    };
    let program: Vec<(String, Vec<i64>)> = program.split_whitespace().map(word).collect();
    let v = [v, w];
    let (mut at, mut reg, mut rounds) = (0, 0, 0);
    let mut held: Vec<Guard> = Vec::new();
    while let Some((what, n)) = program.get(at) {
        let n = |place: usize| n.get(place).copied().unwrap_or_default();
        let patience = program[at].1.last().copied().unwrap_or_default();
        let time = patience as f64;
        macro_rules! take {
            ($it:expr) => {
                match patience { -1 => $it.acquire(), 0 => reg = $it.try_acquire() as i64, _ => reg = $it.acquire_timeout(time) as i64 }
            };
        }
        match what.as_str() {
            "load" => reg = v[n(0) as usize].get(),
            "store" => v[n(0) as usize].set(reg + n(1)),
            "add" => reg = v[n(0) as usize].fetch_add(n(1)),
            "read" => reg = x.get(n(0) as usize),
            "more" => reg += x.get(n(0) as usize),
            "slice" => reg = x.slice(..).iter().sum(),
            "write" => x.set(n(0) as usize, reg + n(1)),
            "take" => match n(0) { 0 => take!(l), 1 => take!(m), 2 => take!(r), _ => take!(c) },
            "give" => match n(0) { 0 => l.release(), 1 => m.release(), 2 => r.release(), _ => c.release() },
            "guard" => held.push(match n(0) { 0 => l.lock(), 1 => m.lock(), 2 => r.lock(), 3 => v[0].lock(), _ => c.lock() }),
            "share" | "exclude" => {
                let guard = match (what.as_str(), patience) {
                    ("share", -1) => Some(k.read()),
                    ("share", 0) => k.try_read(),
                    ("share", _) => k.read_timeout(time),
                    (_, -1) => Some(k.write()),
                    (_, 0) => k.try_write(),
                    _ => k.write_timeout(time),
                };
                if patience >= 0 { reg = guard.is_some() as i64; }
                held.extend(guard);
            }
            "drop" => drop(held.pop()),
            "permit" => if n(0) == 0 { take!(s) } else { take!(z) },
            "return" => if n(0) == 0 { s.release() } else { z.release() },
            "set" => e.set(),
            "clear" => e.clear(),
            "is-set" => reg = e.is_set() as i64,
            "await" => if patience < 0 { e.wait() } else { reg = e.wait_timeout(time) as i64 },
            "wait" => if patience < 0 { c.wait() } else { reg = c.wait_timeout(time) as i64 },
            "notify" => if n(0) == 1 { c.notify_one() } else { c.notify_all() },
            "meet" if patience < 0 => reg = b.wait() as i64,
            "meet" => reg = b.wait_timeout(time).map_or(-1, |place| place as i64),
            "put" => match patience { -1 => q.put(n(0)), 0 => reg = q.try_put(n(0)).is_ok() as i64, _ => reg = q.put_timeout(n(0), time).is_ok() as i64 },
            "get" => reg = match patience { -1 => q.get(), 0 => q.try_get().unwrap_or(-1), _ => q.get_timeout(time).unwrap_or(-1) },
            "next" => reg = q.iter().next().unwrap_or(-1),
            "len" => reg = q.len() as i64,
            "close" => q.close(),
            "done" => q.task_done(),
            "join" => q.join(),
            "sleep" => sleep(time),
            "let" => reg = n(0),
            "below" => if reg < n(0) { at += n(1) as usize },
            "again" => if reg != 0 && rounds < n(1) { rounds += 1; at -= n(0) as usize; continue },
            "until" => if reg < n(1) { at -= n(0) as usize; continue },
            "exit" => exit(n(0) as i32),
            "panic" => panic!("a mistake"),
            _ => {}
        }
        at += 1;
    }
    reg
}"#;

pub const SHARED: [(&str, &str); 5] = [
    ("job", JOBS),
    ("value", "v: {type: l, init: 0}\nw: {type: l, init: 0}"),
    ("array", "x: {type: l, init: [0, 0]}"),
    ("queue", "q1: {of: i64, maxsize: 1}\nq2: {of: i64, maxsize: 2}\nq9: i64"),
    (
        "lock",
        "l: lock\nm: lock\nr: rlock\nk: rwlock\ns: {semaphore: 1}\nz: {bounded_semaphore: 1}\ne: event\nc: condition\n\
         b2: {barrier: 2}\nb3: {barrier: 3}",
    ),
];

/// Chance that is the same for the same seed (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn patience(&mut self) -> Patience {
        self.of(&[Endless, Endless, Now, Seconds(1), Seconds(2)])
    }
}

/// What a program is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Numbers,
    Locks,
    ReadWrite,
    Permits,
    Event,
    Condition,
    Barrier,
    Queue,
    Naps,
    Mistakes,
}

/// What programs are about. Mistakes are rarer.
const THEMES: [Theme; 9] = [
    Theme::Numbers,
    Theme::Locks,
    Theme::ReadWrite,
    Theme::Permits,
    Theme::Event,
    Theme::Condition,
    Theme::Barrier,
    Theme::Queue,
    Theme::Naps,
];

/// A few instructions about something.
fn piece(chance: &mut Chance, theme: Theme) -> Vec<Do> {
    let n = chance.below(2);
    let more = 1 + chance.below(2) as i64;
    let patience = chance.patience();
    match theme {
        Theme::Numbers => match chance.below(8) {
            0 => vec![Do::Load(n)],
            1 => vec![Do::Load(n), Do::Store(n, more)],
            2 => vec![Do::Store(n, more)],
            3 => vec![Do::Add(n, more)],
            4 => vec![Do::Read(n)],
            5 => vec![Do::Read(0), Do::ReadMore(1)],
            6 => vec![Do::Load(n), Do::Write(n, more)],
            _ => vec![Do::Write(n, more)],
        },
        Theme::Locks => {
            let inner = piece(chance, Theme::Numbers);
            let (first, second) = (chance.below(3), chance.below(3));
            match chance.below(6) {
                0 => [&[Do::Guard(OF_VALUE)], inner.as_slice(), &[Do::Drop]].concat(),
                1 => [&[Do::Guard(first)], inner.as_slice(), &[Do::Drop]].concat(),
                2 => vec![Do::Take(first, Endless), Do::Take(second, patience), Do::Give(first)],
                3 => vec![Do::Guard(REENTRANT), Do::Guard(REENTRANT), Do::Drop, Do::Drop],
                4 => vec![Do::Take(first, patience), Do::SkipBelow(1, 1), Do::Give(first)],
                _ => [&[Do::Take(first, Endless)], inner.as_slice(), &[Do::Give(first)]].concat(),
            }
        }
        Theme::ReadWrite => {
            let inner = piece(chance, Theme::Numbers);
            match chance.below(6) {
                0 | 1 => [&[Do::Share(Endless)], inner.as_slice(), &[Do::Drop]].concat(),
                2 | 3 => [&[Do::Exclude(Endless)], inner.as_slice(), &[Do::Drop]].concat(),
                4 => vec![Do::Share(patience), Do::SkipBelow(1, 1), Do::Drop],
                _ => vec![Do::Exclude(patience), Do::SkipBelow(1, 1), Do::Drop],
            }
        }
        Theme::Permits => match chance.below(4) {
            0 => vec![Do::Permit(n, patience)],
            1 => vec![Do::Return(n)],
            2 => vec![Do::Permit(n, patience), Do::SkipBelow(1, 1), Do::Return(n)],
            _ => [&[Do::Permit(n, Endless)], piece(chance, Theme::Numbers).as_slice(), &[Do::Return(n)]].concat(),
        },
        Theme::Event => match chance.below(6) {
            0 | 1 => vec![Do::Await(patience)],
            2 => vec![Do::IsSet],
            3 => vec![Do::Set, Do::Clear],
            4 => vec![Do::Clear],
            _ => vec![Do::Set],
        },
        Theme::Condition => match chance.below(4) {
            0 => vec![Do::Guard(CONDITION), Do::Wait(patience), Do::Drop],
            1 => vec![Do::Take(CONDITION, Endless), Do::Wait(patience), Do::Give(CONDITION)],
            2 => vec![Do::Guard(CONDITION), Do::Load(0), Do::SkipBelow(1, 1), Do::Wait(patience), Do::Drop],
            _ => vec![Do::Take(CONDITION, Endless), Do::Notify(chance.of(&[1, 9])), Do::Give(CONDITION)],
        },
        Theme::Barrier => vec![Do::Meet(patience)],
        Theme::Queue => match chance.below(9) {
            0..=2 => vec![Do::Put(more, patience)],
            3 | 4 => vec![Do::Get(patience)],
            5 => vec![Do::Get(Endless), Do::Done],
            6 => vec![chance.of(&[Do::Len, Do::Next])],
            7 => vec![Do::Join],
            _ => vec![Do::Close],
        },
        Theme::Naps => vec![Do::Sleep(1 + n as u32)],
        Theme::Mistakes => vec![chance.of(&[
            Do::ExitStatus(3),
            Do::Panic,
            Do::Give(n),
            Do::Notify(1),
            Do::Take(n, Endless),
            Do::Guard(n),
            Do::Wait(patience),
            Do::Done,
        ])],
    }
}

/// A program of about so many steps, in which some pieces come again, and some only if the register says so.
fn program(chance: &mut Chance, themes: &[Theme], steps: usize) -> Vec<Do> {
    let mut program = Vec::new();
    while program.len() < steps {
        let theme = chance.of(themes);
        let piece = piece(chance, theme);
        let len = piece.len();
        match chance.below(8) {
            0 => program.extend([&[Do::SkipBelow(1, len)], piece.as_slice()].concat()),
            1 => program.extend([piece.as_slice(), &[Do::Again(len, 1 + chance.below(2) as u32)]].concat()),
            2 => program.extend([&[Do::Let(chance.below(3) as i64)], piece.as_slice()].concat()),
            _ => program.extend(piece),
        }
    }
    program
}

/// Some themes, among which mistakes are rare, with the read-write lock or without it.
fn themes(chance: &mut Chance, read_write: bool) -> Vec<Theme> {
    let all: Vec<Theme> = THEMES.into_iter().filter(|theme| read_write || *theme != Theme::ReadWrite).collect();
    let mut themes: Vec<Theme> = (0..1 + chance.below(3)).map(|_| chance.of(&all)).collect();
    if chance.one_in(3) {
        themes.push(Theme::Numbers);
    }
    if chance.one_in(6) {
        themes.push(Theme::Mistakes);
    }
    themes
}

/// A program with all that it can come to.
pub struct Case {
    /// Its spec.
    pub kind: &'static str,
    pub spec: String,
    pub expected: BTreeMap<String, Found>,
}

/// The queue and the barrier that a program uses.
#[derive(Debug, Clone, Copy)]
pub struct Rooms {
    room: usize,
    parties: usize,
}

impl Rooms {
    fn new(chance: &mut Chance, programs: &[Vec<Do>]) -> Self {
        let puts = programs.iter().flatten().filter(|step| matches!(step, Do::Put(..))).count();
        Self { room: chance.of(if puts < 4 { &[1, 2, 9] } else { &[1, 2] }), parties: chance.of(&[2, 2, 3]) }
    }

    fn world(self) -> World {
        World::new(self.room, self.parties)
    }

    fn arguments(self) -> String {
        format!("v, w, x, l, m, r, s, z, e, c, b{}, q{}, k", self.parties, self.room)
    }

    fn call(self, program: &[Do]) -> String {
        format!("go(\"{}\", {})", text(program), self.arguments())
    }

    fn show(self) -> String {
        format!("show: [v.get(), w.get(), 'x.slice(..)', q{}.len()]", self.room)
    }
}

/// A program as the job of the notebooks reads it.
fn text(program: &[Do]) -> String {
    let patience = |patience: Patience| match patience {
        Endless => -1,
        Now => 0,
        Seconds(seconds) => seconds as i64,
    };
    let slices = |at: usize| program.get(at..at + 2) == Some(&[Do::Read(0), Do::ReadMore(1)]);
    let word = |(at, step): (usize, &Do)| match *step {
        Do::Read(0) if slices(at) => "slice".to_owned(),
        Do::ReadMore(1) if at > 0 && slices(at - 1) => "nothing".to_owned(),
        Do::Load(n) => format!("load,{n}"),
        Do::Store(n, more) => format!("store,{n},{more}"),
        Do::Add(n, more) => format!("add,{n},{more}"),
        Do::Read(n) => format!("read,{n}"),
        Do::ReadMore(n) => format!("more,{n}"),
        Do::Write(n, more) => format!("write,{n},{more}"),
        Do::Take(lock, time) => format!("take,{lock},{}", patience(time)),
        Do::Give(lock) => format!("give,{lock}"),
        Do::Guard(lock) => format!("guard,{lock}"),
        Do::Share(time) => format!("share,{}", patience(time)),
        Do::Exclude(time) => format!("exclude,{}", patience(time)),
        Do::Drop => "drop".to_owned(),
        Do::Permit(n, time) => format!("permit,{n},{}", patience(time)),
        Do::Return(n) => format!("return,{n}"),
        Do::Set => "set".to_owned(),
        Do::Clear => "clear".to_owned(),
        Do::IsSet => "is-set".to_owned(),
        Do::Await(time) => format!("await,{}", patience(time)),
        Do::Wait(time) => format!("wait,{}", patience(time)),
        Do::Notify(count) => format!("notify,{count}"),
        Do::Meet(time) => format!("meet,{}", patience(time)),
        Do::Put(n, time) => format!("put,{n},{}", patience(time)),
        Do::Get(time) => format!("get,{}", patience(time)),
        Do::Next => "next".to_owned(),
        Do::Len => "len".to_owned(),
        Do::Close => "close".to_owned(),
        Do::Done => "done".to_owned(),
        Do::Join => "join".to_owned(),
        Do::Sleep(seconds) => format!("sleep,{seconds}"),
        Do::Let(n) => format!("let,{n}"),
        Do::SkipBelow(most, count) => format!("below,{most},{count}"),
        Do::Again(count, most) => format!("again,{count},{most}"),
        Do::Until(count, least) => format!("until,{count},{least}"),
        Do::ExitStatus(code) => format!("exit,{code}"),
        Do::Panic => "panic".to_owned(),
    };
    program.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

/// Jobs side by side, with as many steps as can be walked.
pub fn jobs(chance: &mut Chance, read_write: bool) -> (Vec<Vec<Do>>, Rooms) {
    let themes = themes(chance, read_write);
    let workers = chance.of(&[2, 2, 3, 3, 4]);
    let steps = [0, 0, 5, 3, 2][workers];
    let mut programs: Vec<Vec<Do>> = (0..workers)
        .map(|_| {
            let steps = 1 + chance.below(steps);
            program(chance, &themes, steps)
        })
        .collect();
    let rooms = Rooms::new(chance, &programs);
    while results(&programs, rooms.world(), |world, _| world.text(), MAX_INTERLEAVINGS).is_none() {
        programs.iter_mut().max_by_key(|program| program.len()).expect("a program").pop();
    }
    (programs, rooms)
}

/// A loop that asks until there is news.
fn asking(chance: &mut Chance) -> Vec<Do> {
    let (n, lock, least) = (chance.below(2), chance.below(2), 1 + chance.below(2) as i64);
    match chance.below(6) {
        0 | 1 => vec![Do::Load(n), Do::Until(1, least)],
        2 => vec![Do::Take(lock, Endless), Do::Load(n), Do::Give(lock), Do::Until(3, least)],
        3 => vec![Do::IsSet, Do::Sleep(1), Do::Until(2, 1)],
        4 => vec![Do::Take(lock, Now), Do::Until(1, 1), Do::Give(lock)],
        _ => vec![Do::Get(Now), Do::Until(1, 0)],
    }
}

/// Jobs, some of which ask until there is news, with all that they can come to.
pub fn loops(chance: &mut Chance) -> (String, BTreeSet<String>) {
    let themes = [Theme::Numbers, Theme::Numbers, Theme::Locks, Theme::Event, Theme::Queue];
    loop {
        let programs: Vec<Vec<Do>> = (0..2 + chance.below(2))
            .map(|_| {
                let about = [chance.of(&themes), chance.of(&themes)];
                let steps = chance.below(4);
                let mut program = program(chance, &about, steps);
                if chance.one_in(2) {
                    // Loops that cannot end by themselves.
                    program.retain(|step| !matches!(step, Do::Again(..) | Do::SkipBelow(..)));
                    program.splice(0..0, asking(chance));
                }
                program
            })
            .collect();
        let rooms = Rooms::new(chance, &programs);
        if let Some(found) = reachable(&programs, rooms.world(), |world, _| world.text(), MAX_INTERLEAVINGS) {
            return (spec(&programs, rooms), found);
        }
    }
}

/// The spec of a cell of these jobs.
fn spec(programs: &[Vec<Do>], rooms: Rooms) -> String {
    let jobs: Vec<String> = programs.iter().map(|program| format!("  - '{}'", rooms.call(program))).collect();
    format!("explore: all\njobs:\n{}\n{}", jobs.join("\n"), rooms.show())
}

/// A cell of these jobs.
pub fn spawn(programs: &[Vec<Do>], rooms: Rooms) -> Case {
    let spec = spec(programs, rooms);
    let expected = results(programs, rooms.world(), |world, _| world.text(), usize::MAX).expect("all of them");
    Case { kind: "spawn", spec, expected }
}

/// A pool of such tasks.
pub fn pool(chance: &mut Chance, read_write: bool) -> Case {
    let themes = themes(chance, read_write);
    let count = 1 + chance.below(4);
    let tasks: Vec<Vec<Do>> = (0..count)
        .map(|_| {
            let steps = chance.below(3);
            program(chance, &themes, steps)
        })
        .collect();
    let initializer = if chance.one_in(4) { program(chance, &themes, 1) } else { Vec::new() };
    let rooms = Rooms::new(chance, &[tasks.concat(), initializer.clone()]);
    let (workers, chunk) = (1 + chance.below(3), 1 + chance.below(2));
    let (chunks_each, by_completion) = (chance.of(&[usize::MAX, usize::MAX, 1, 2]), chance.one_in(3));
    let mut pool = Pool { workers, tasks, chunk, chunks_each, initializer, by_completion };
    let expected = loop {
        match pool_results(&pool, rooms.world(), World::text, MAX_INTERLEAVINGS) {
            Some(expected) => break expected,
            // Fewer steps, or else fewer tasks.
            None => match pool.tasks.iter_mut().max_by_key(|task| task.len()).filter(|task| !task.is_empty()) {
                Some(task) => drop(task.pop()),
                None => drop(pool.tasks.pop()),
            },
        }
    };
    let tasks: Vec<String> = pool.tasks.iter().map(|task| format!("\"{}\"", text(task))).collect();
    let map =
        format!("map: '|n: usize| go([{}][n], {})'\nover: 0..{}", tasks.join(", "), rooms.arguments(), tasks.len());
    let mut spec = format!("explore: all\nworkers: {workers}\nchunk: {chunk}\n{map}");
    if chunks_each < usize::MAX {
        spec += &format!("\nmax_tasks: {}", chunk * chunks_each);
    }
    if by_completion {
        spec += "\norder: completion";
    }
    if !pool.initializer.is_empty() {
        spec += &format!("\ninitializer: '{}'", rooms.call(&pool.initializer));
    }
    Case { kind: "pool", spec: format!("{spec}\n{}", rooms.show()), expected }
}

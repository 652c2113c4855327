//! More programs in the shapes of usual listings: channels and pools, conditions, what is initialized once, and algorithms of atomics.

use super::std_programs::{ADD, Listing, MUCH, SHOW, listing, main_of_two, set};
use super::std_world::Do::{self, *};
use super::std_world::NOTHING;

/// Drops one of three senders: says whether it was the last.
const DROP_OF_3: Do = Then(|world, me| {
    world.memory[3] += 1;
    world.own[me][0] = i64::from(world.memory[3] == 3);
});

/// Takes one from memory.
const TAKE: Do = Then(|world, me| {
    world.own[me][0] = world.memory[0];
    world.memory[0] -= 1;
});

pub fn listings() -> Vec<Listing> {
    [of_threads(), of_channels(), of_conditions(), of_atomics()].into_iter().flatten().collect()
}

fn of_threads() -> Vec<Listing> {
    vec![
        listing(
            "what is moved into a thread, and what it gives back",
            "let v = vec![1, 2, 3];
             let h = thread::spawn(move || v.iter().sum::<i32>());
             println!(\"{}\", h.join().unwrap());",
            vec![vec![Spawn(1), Join(1), set::<6>(), Print], vec![]],
        ),
        listing(
            "scoped threads over the parts of a slice",
            "let mut v = [1, 2, 3, 4];
             thread::scope(|s| for part in v.chunks_mut(2) { s.spawn(move || { for n in &mut *part { *n *= 2; } println!(\"{}\", part[0]); }); });
             println!(\"{}\", v.iter().sum::<i32>());",
            vec![main_of_two(&[set::<20>(), Print]), vec![set::<2>(), Print], vec![set::<6>(), Print]],
        ),
        listing(
            "whether a thread has ended",
            "let h = thread::spawn(|| println!(\"5\"));
             println!(\"{}\", h.is_finished() as u32);
             h.join().unwrap();",
            vec![vec![Spawn(1), IsOver(1), Print, Join(1)], vec![set::<5>(), Print]],
        ),
        listing(
            "three philosophers, of whom one takes the other fork first",
            "let forks: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(()))).collect();
             let hs: Vec<_> = (0..3).map(|n| {
                 let (first, second) = (forks[n.min((n + 1) % 3)].clone(), forks[n.max((n + 1) % 3)].clone());
                 thread::spawn(move || { let a = first.lock().unwrap(); let b = second.lock().unwrap(); drop(b); drop(a); })
             }).collect();
             for h in hs { h.join().unwrap(); }",
            vec![
                vec![Spawn(1), Spawn(2), Spawn(3), Join(1), Join(2), Join(3)],
                vec![Lock(0), Lock(1), Unlock(1), Unlock(0)],
                vec![Lock(1), Lock(2), Unlock(2), Unlock(1)],
                vec![Lock(0), Lock(2), Unlock(2), Unlock(0)],
            ],
        ),
        listing(
            "a cache that is read first and written if need be",
            "static CACHE: RwLock<i32> = RwLock::new(0);
             let get = || {
                 let hit = *CACHE.read().unwrap();
                 if hit == 0 { *CACHE.write().unwrap() += 1; }
             };
             let h = thread::spawn(get);
             get();
             h.join().unwrap();
             println!(\"{}\", *CACHE.read().unwrap());",
            {
                let get = |from: usize| {
                    vec![Read(0), SHOW, Leave(0), If(1, from + 7), Write(0), ADD, Leave(0)]
                };
                vec![[vec![Spawn(1)], get(1), vec![Join(1), Read(0), SHOW, Print, Leave(0)]].concat(), get(0)]
            },
        ),
        listing(
            "whether a lock is poisoned",
            "static LOCK: Mutex<i32> = Mutex::new(0);
             let h = thread::spawn(|| { let _held = LOCK.lock().unwrap(); panic!(\"oh\"); });
             println!(\"{}\", LOCK.is_poisoned() as u32);
             let _ = h.join();",
            {
                let poison = Then(|world, me| {
                    world.atoms[3] = 1;
                    world.frees(0);
                    world.ends(me);
                });
                vec![vec![Spawn(1), Load(3), Print, Join(1)], vec![Lock(0), poison]]
            },
        ),
    ]
}

fn of_channels() -> Vec<Listing> {
    vec![
        listing(
            "several producers, and a receiver that goes on to the end",
            "let (tx, rx) = mpsc::channel();
             for n in 1..=2 { let tx = tx.clone(); thread::spawn(move || tx.send(n).unwrap()); }
             drop(tx);
             for n in rx { println!(\"{n}\"); }",
            {
                let producer = |n| vec![n, Send(0, MUCH), DROP_OF_3, If(0, 5), HangUp(0)];
                let main = vec![
                    Spawn(1),
                    Spawn(2),
                    DROP_OF_3,
                    If(0, 5),
                    HangUp(0),
                    Recv(0),
                    If(NOTHING, 9),
                    Print,
                    Go(5),
                    HangUp(1),
                ];
                vec![main, producer(set::<1>()), producer(set::<2>())]
            },
        ),
        listing(
            "producers that do something else before they go",
            "static A: AtomicU32 = AtomicU32::new(0);
             static B: AtomicU32 = AtomicU32::new(0);
             let (tx, rx) = mpsc::channel::<u32>();
             let tx2 = tx.clone();
             thread::spawn(move || { A.store(1, SeqCst); drop(tx); B.store(1, SeqCst); });
             thread::spawn(move || { B.store(2, SeqCst); drop(tx2); A.store(2, SeqCst); });
             println!(\"{}\", rx.recv().is_err() as u32);
             println!(\"{}\", A.load(SeqCst) * 10 + B.load(SeqCst));",
            {
                let gone = Then(|world, me| {
                    world.memory[3] += 1;
                    world.own[me][0] = i64::from(world.memory[3] == 2);
                });
                let tens = Then(|world, me| world.own[me][1] = world.own[me][0] * 10);
                let both = Then(|world, me| world.own[me][0] += world.own[me][1]);
                let main = vec![
                    Spawn(1),
                    Spawn(2),
                    Recv(0),
                    set::<1>(),
                    Print,
                    Load(0),
                    tens,
                    Load(1),
                    both,
                    Print,
                    HangUp(1),
                ];
                vec![
                    main,
                    vec![set::<1>(), Store(0), gone, If(0, 5), HangUp(0), set::<1>(), Store(1)],
                    vec![set::<2>(), Store(1), gone, If(0, 5), HangUp(0), set::<2>(), Store(0)],
                ]
            },
        ),
        listing(
            "a pool of threads that take closures from a channel",
            "type Job = Box<dyn FnOnce() + Send>;
             let (tx, rx) = mpsc::channel::<Job>();
             let rx = Arc::new(Mutex::new(rx));
             let workers: Vec<_> = (0..2).map(|_| { let rx = rx.clone(); thread::spawn(move || loop {
                 let job = rx.lock().unwrap().recv();
                 match job { Ok(job) => job(), Err(_) => break }
             }) }).collect();
             tx.send(Box::new(|| println!(\"1\"))).unwrap();
             drop(tx);
             for worker in workers { worker.join().unwrap(); }",
            {
                let worker = vec![Lock(0), Recv(0), Unlock(0), If(NOTHING, 6), Print, Go(0)];
                let main = vec![Spawn(1), Spawn(2), set::<1>(), Send(0, MUCH), HangUp(0), Join(1), Join(2), HangUp(1)];
                vec![main, worker.clone(), worker]
            },
        ),
        listing(
            "a message that nobody may want",
            "let (tx, rx) = mpsc::channel();
             let h = thread::spawn(move || println!(\"{}\", tx.send(1).is_ok() as u32));
             drop(rx);
             h.join().unwrap();",
            {
                // The receiver goes by a step on the channel; what is sent later comes back.
                let is_sent = Then(|world, me| world.own[me][0] = 1 - world.own[me][0]);
                vec![vec![Spawn(1), set::<1>(), Store(2), Join(1)], vec![Load(2), is_sent, Print, HangUp(0)]]
            },
        ),
    ]
}

fn of_conditions() -> Vec<Listing> {
    let main = vec![Spawn(1), Spawn(2), Lock(0), ADD, Unlock(0), NotifyAll(0), Join(1), Join(2)];
    let code = |wait: &str| {
        format!(
            "let pair = Arc::new((Mutex::new(0), Condvar::new()));
             let hs: Vec<_> = (0..2).map(|_| {{ let pair = pair.clone(); thread::spawn(move || {{
                 let mut n = pair.0.lock().unwrap();
                 {wait} *n == 0 {{ n = pair.1.wait(n).unwrap(); }}
                 println!(\"{{}}\", *n);
                 *n -= 1;
             }}) }}).collect();
             *pair.0.lock().unwrap() += 1;
             pair.1.notify_all();
             for h in hs {{ h.join().unwrap(); }}"
        )
    };
    let with_if = vec![Lock(0), SHOW, If(0, 4), Go(5), Wait(0, 0), TAKE, Print, Unlock(0)];
    let with_while = vec![Lock(0), SHOW, If(0, 4), Go(6), Wait(0, 0), Go(1), TAKE, Print, Unlock(0)];
    vec![
        listing(
            "a queue whose condition is asked for with if",
            &code("if"),
            vec![main.clone(), with_if.clone(), with_if],
        ),
        listing("the same with while", &code("while"), vec![main, with_while.clone(), with_while]),
        listing(
            "who is parked after it was unparked",
            "let h = thread::spawn(|| { thread::park(); println!(\"1\"); });
             h.thread().unpark();
             println!(\"2\");
             h.join().unwrap();",
            vec![vec![Spawn(1), Unpark(1), set::<2>(), Print, Join(1)], vec![Park, set::<1>(), Print]],
        ),
        listing(
            "a value that is made once",
            "static CELL: OnceLock<u32> = OnceLock::new();
             let h = thread::spawn(|| println!(\"{}\", CELL.get_or_init(|| 1)));
             println!(\"{}\", CELL.get_or_init(|| 2));
             h.join().unwrap();",
            {
                let make = |n: Do, from: usize| {
                    let keep = Then(|world, me| world.memory[0] = world.own[me][0]);
                    vec![Begin(0), If(0, from + 5), n, keep, End(0), SHOW, Print]
                };
                vec![[vec![Spawn(1)], make(set::<2>(), 1), vec![Join(1)]].concat(), make(set::<1>(), 0)]
            },
        ),
        listing(
            "a static that is made when it is first used",
            "static FIVE: LazyLock<u32> = LazyLock::new(|| { println!(\"0\"); 5 });
             let h = thread::spawn(|| println!(\"{}\", *FIVE));
             println!(\"{}\", *FIVE);
             h.join().unwrap();",
            {
                let make = |from: usize| vec![Begin(0), If(0, from + 5), set::<0>(), Print, End(0), set::<5>(), Print];
                vec![[vec![Spawn(1)], make(1), vec![Join(1)]].concat(), make(0)]
            },
        ),
        listing(
            "whether what is done once has been done",
            "static ONCE: Once = Once::new();
             let h = thread::spawn(|| ONCE.call_once(|| ()));
             println!(\"{}\", ONCE.is_completed() as u32);
             h.join().unwrap();",
            {
                let done = Then(|world, _| world.atoms[3] = 1);
                vec![vec![Spawn(1), Load(3), Print, Join(1)], vec![Begin(0), End(0), done]]
            },
        ),
    ]
}

fn of_atomics() -> Vec<Listing> {
    let [one, zero] = [set::<1>(), set::<0>()];
    vec![
        listing(
            "who enters by Peterson's rule, or gives up",
            "static WANTS: [AtomicU32; 2] = [AtomicU32::new(0), AtomicU32::new(0)];
             static TURN: AtomicU32 = AtomicU32::new(0);
             let enter = |me: usize| {
                 WANTS[me].store(1, SeqCst);
                 TURN.store(1 - me as u32, SeqCst);
                 let may = WANTS[1 - me].load(SeqCst) == 0 || TURN.load(SeqCst) == me as u32;
                 println!(\"{}\", may as u32);
             };
             let h = thread::spawn(move || enter(1));
             enter(0);
             h.join().unwrap();",
            {
                let enter = |me: usize, from: usize| {
                    let other = if me == 0 { one } else { zero };
                    let is_mine = match me {
                        0 => Then(|world, me| world.own[me][0] = i64::from(world.own[me][0] == 0)),
                        _ => Then(|world, me| world.own[me][0] = i64::from(world.own[me][0] == 1)),
                    };
                    vec![
                        one,
                        Store(me),
                        other,
                        Store(2),
                        Load(1 - me),
                        If(0, from + 9),
                        Load(2),
                        is_mine,
                        Go(from + 10),
                        one,
                        Print,
                    ]
                };
                vec![[vec![Spawn(1)], enter(0, 1), vec![Join(1)]].concat(), enter(1, 0)]
            },
        ),
        listing(
            "a stack that looks as it was before",
            "static HEAD: AtomicU32 = AtomicU32::new(1);
             static NEXT: AtomicU32 = AtomicU32::new(2);
             let pop = |old, new| HEAD.compare_exchange(old, new, SeqCst, SeqCst);
             let h = thread::spawn(move || {
                 if HEAD.load(SeqCst) == 1 { let next = NEXT.load(SeqCst); let _ = pop(1, next); }
             });
             let _ = pop(1, 2);
             let _ = pop(2, 0);
             NEXT.store(0, SeqCst);
             let _ = pop(0, 1);
             h.join().unwrap();
             println!(\"{}\", HEAD.load(SeqCst));",
            {
                let begin = Then(|world, _| (world.atoms[0], world.atoms[1]) = (1, 2));
                vec![
                    vec![
                        begin,
                        Spawn(1),
                        Swap(0, 1, 2),
                        Swap(0, 2, 0),
                        zero,
                        Store(1),
                        Swap(0, 0, 1),
                        Join(1),
                        Load(0),
                        Print,
                    ],
                    vec![Load(0), If(1, 3), Go(5), Load(1), SwapIn(0, 1)],
                ]
            },
        ),
        listing(
            "a sequence lock whose reader may see that it was torn",
            "static SEQ: AtomicU32 = AtomicU32::new(0);
             static A: AtomicU32 = AtomicU32::new(0);
             let h = thread::spawn(|| { SEQ.fetch_add(1, SeqCst); A.store(1, SeqCst); SEQ.fetch_add(1, SeqCst); });
             let before = SEQ.load(SeqCst);
             let seen = A.load(SeqCst);
             let after = SEQ.load(SeqCst);
             println!(\"{}\", if before == after && before % 2 == 0 { seen } else { 9 });
             h.join().unwrap();",
            {
                let keep = Then(|world, me| world.own[me][1] = world.own[me][0] * 10);
                let add = Then(|world, me| world.own[me][1] += world.own[me][0]);
                let told = Then(|world, me| {
                    let [after, seen] = world.own[me];
                    let is_whole = seen / 10 == after && after % 2 == 0;
                    world.own[me][0] = if is_whole { seen % 10 } else { 9 };
                });
                vec![
                    vec![Spawn(1), Load(0), keep, Load(1), add, Load(0), told, Print, Join(1)],
                    vec![Add(0, 1), one, Store(1), Add(0, 1)],
                ]
            },
        ),
        listing(
            "a flag that is taken if it is free",
            "static TAKEN: AtomicBool = AtomicBool::new(false);
             let take = || if TAKEN.compare_exchange(false, true, SeqCst, SeqCst).is_ok() { println!(\"1\"); TAKEN.store(false, SeqCst); };
             let h = thread::spawn(take);
             take();
             h.join().unwrap();",
            {
                let take = |from: usize| vec![Swap(0, 0, 1), If(1, from + 6), one, Print, zero, Store(0)];
                vec![[vec![Spawn(1)], take(1), vec![Join(1)]].concat(), take(0)]
            },
        ),
    ]
}

//! Pools whose workers are killed again and again, by their own tasks and from outside; and one with very many tasks.

use crate::support::{Outcome, Run};
use nbrun::record::{ExitStatus, RunOutcome, Status};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// So few that the list of what came of them is shown whole, also where no worker was left for any: each is told in some forty
/// bytes then, and of a list no more than 64 KiB are kept.
const TASKS: usize = 1500;

/// Tasks that kill the worker that does them.
const DEADLY: [usize; 4] = [0, 499, 500, TASKS - 1];

/// Pools that differ in how tasks are claimed and how their results reach main. Each task notes that it was done before it is,
/// in an element of its own, and says its number with its result.
fn notebook() -> String {
    let pools = [
        "map: squared\nchunk: 1",
        "map: squared\nchunk: 50",
        "map: squared\nmax_tasks: 300",
        "map: said\nchunk: 7",
        "map: said\norder: completion",
        "map: long\nchunk: 25",
    ];
    let cell = |(n, pool): (usize, &&str)| {
        format!(
            "```yaml array\ndone: {{type: u32, len: {TASKS}}}\n```\n\n```rust job\n// {n}\nconst _: u8 = {n};\n\
             fn squared(i: usize) -> (u64, u64) {{ work(i) }}\n\
             fn said(i: usize) -> String {{ let (i, square) = work(i); format!(\"{{i}}={{square}}\") }}\n\
             fn long(i: usize) -> (u64, u64, Vec<u8>) {{ let (i, square) = work(i); (i, square, vec![7; i as usize % 3]) }}\n\
             ```\n\n```yaml pool\nworkers: 4\n{pool}\nover: 0..{TASKS}\nshow: done.iter().max()\n```\n\n"
        )
    };
    let cells: String = pools.iter().enumerate().map(cell).collect();
    // What the tasks write to is a resource of each cell's own.
    let cells = cells.replace("work(i)", "work(done, i)").replace("(i: usize)", "(done: Array<u32>, i: usize)");
    let cells = cells
        .replace("map: squared", "map: \"|i| squared(done, i)\"")
        .replace("map: said", "map: \"|i| said(done, i)\"")
        .replace("map: long", "map: \"|i| long(done, i)\"");
    format!(
        "---\nnbrun: {{timeout: 100s, output: 1MiB}}\n---\n\n```rust job\nunsafe extern \"C\" {{ safe fn kill(pid: i32, signal: \
         i32) -> i32; }}\n\nfn work(done: Array<u32>, i: usize) -> (u64, u64) {{\n    done.set(i, done.get(i) + 1);\n    \
         if {DEADLY:?}.contains(&i) {{ kill(worker().pid as i32, 9); }}\n    let x = (0..260_000_u64).fold(i as u64, |x, n| \
         std::hint::black_box(x ^ n));\n    std::hint::black_box(x);\n    (i as u64, (i * i) as u64)\n}}\n```\n\n{cells}\
         ```yaml spawn\n- thread: 'std::fs::write(\"enough\", \"\").unwrap()'\n```\n\n```rust job\nfn hello() {{ println!(\"hello\"); }}\n```\n\n```yaml spawn\n- process: hello()\n```\n"
    )
}

fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Kills workers of the run of this process, one after another, until the pools have ended; gives how many.
fn kill_from_outside(nbrun: u32, enough: &Path) -> u32 {
    let (mut killed, mut chance) = (0, 88_172_645_463_325_252_u64);
    while !enough.exists() && Path::new(&format!("/proc/{nbrun}")).exists() {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        // Below nbrun is the kernel, below that main, and below that are the workers.
        let workers: Vec<u32> = children(nbrun).into_iter().flat_map(children).flat_map(children).collect();
        // Looked for before it is asked whether it is enough: so it is no worker of the cell behind the pools.
        if let Some(victim) = workers.get(chance as usize % workers.len().max(1)).filter(|_| !enough.exists()) {
            let victim = nix::unistd::Pid::from_raw(*victim as i32);
            killed += u32::from(nix::sys::signal::kill(victim, nix::sys::signal::Signal::SIGKILL).is_ok());
        }
        thread::sleep(Duration::from_micros(500 + chance % 10_000));
    }
    killed
}

/// By task what came of it, as far as the shown list says which task it was; and how many have failed.
fn results(run: &RunOutcome) -> (BTreeMap<usize, usize>, usize, usize) {
    let text = &run.results[0].text;
    let (mut squares, mut killed, mut given_up) = (BTreeMap::new(), 0, 0);
    // Each result is `(i, i * i)` or `"i=i*i"`, or what went wrong in angle brackets.
    let mut rest = text.trim_matches(['[', ']']);
    while let Some(at) = rest.find(['(', '"', '<']) {
        let (kind, from) = (rest.as_bytes()[at], &rest[at + 1..]);
        let end = from.find(match kind {
            b'(' => ')',
            b'"' => '"',
            _ => '>',
        });
        let (one, behind) = from.split_at(end.expect("a whole result"));
        rest = &behind[1..];
        if kind == b'<' {
            let is_killed = one.starts_with("failed: its worker `worker-") && one.ends_with("` was killed by SIGKILL");
            assert!(is_killed || one == "failed: no worker was left to do it", "{one}");
            *if is_killed { &mut killed } else { &mut given_up } += 1;
            continue;
        }
        let mut numbers = one.split([',', '=']).map_while(|number| number.trim().parse::<usize>().ok());
        let (task, square) = (numbers.next().expect("a number"), numbers.next().expect("its square"));
        assert_eq!(squares.insert(task, square), None, "task {task} has two results");
    }
    (squares, killed, given_up)
}

fn storm(outside: bool) -> (Outcome, u32) {
    let running = Run::new().notebook("a.md", &notebook()).args(["--record", "a.json"]).start();
    let (nbrun, enough) = (running.pid(), running.path("enough"));
    let killer = thread::spawn(move || if outside { kill_from_outside(nbrun, &enough) } else { 0 });
    let outcome = running.finish();
    (outcome.code(1), killer.join().expect("no panic"))
}

/// Checks what must hold of each of the pools, whoever was killed when.
fn check(outcome: &Outcome, deaths: impl Fn(&RunOutcome, usize)) {
    let record = outcome.record("a.json");
    let pools: Vec<_> =
        record.cells.iter().filter(|cell| cell.runs.first().is_some_and(|run| run.workers.len() > 2)).collect();
    assert_eq!(pools.len(), 6);
    for cell in pools {
        let run = &cell.runs[0];
        let (squares, killed, given_up) = results(run);
        for (task, square) in &squares {
            assert_eq!(*square, task * task, "task {task}");
        }
        assert_eq!(squares.len() + killed + given_up, TASKS, "every task has a result or is told");
        assert!(DEADLY.iter().all(|task| !squares.contains_key(task)));
        // On a busy machine all may be killed so soon that none is even begun.
        let most = run.results[1].text.as_str();
        assert!(most == "Some(1)" || most == "Some(0)" && squares.is_empty(), "a task was done so often: {most}");
        // Each of them at its index, as far as so many are told.
        let told: Vec<&str> =
            cell.errors.iter().map(|error| error.message.as_str()).filter(|it| it.starts_with("task ")).collect();
        assert_eq!(told.len(), (killed + given_up).min(5), "{told:?}");
        for error in &told {
            let index = error["task ".len()..].split(' ').next().and_then(|index| index.parse::<usize>().ok());
            assert!(!squares.contains_key(&index.expect("an index")), "{error}");
        }
        deaths(run, given_up);
    }
    let last = record.cells.last().expect("cells");
    assert_eq!((last.status, last.runs[0].output[0].text.as_str()), (Status::Passed, "hello"));
}

fn died(run: &RunOutcome) -> usize {
    run.workers.iter().filter(|worker| matches!(worker.exit, ExitStatus::Signaled { .. })).count()
}

#[test]
fn tasks_that_kill_their_workers_cost_nobody_else_a_result() {
    let (outcome, _) = storm(false);
    check(&outcome, |run, given_up| assert_eq!((died(run), given_up), (DEADLY.len(), 0)));
}

#[test]
fn every_task_of_a_pool_has_its_result_or_fails_whoever_is_killed() {
    let (outcome, killed) = storm(true);
    assert!(killed > 0, "nobody was killed from outside");
    // After so many deaths nobody is replaced any more.
    check(&outcome, |run, given_up| {
        assert!(given_up == 0 || died(run) > 32, "{given_up} given up after {} deaths", died(run))
    });
}

/// Runs within what the memory limit leaves: the inputs are main's, and a result has its place in shared memory.
#[test]
fn ten_million_small_tasks_take_no_more_memory_than_their_results() {
    let text = "---\nnbrun: {memory: 96MiB, timeout: 100s}\n---\n\n```rust job\nuse std::alloc::{GlobalAlloc, Layout, System};\n\
                use std::sync::atomic::{AtomicU64, Ordering::Relaxed};\n\nstruct Counting;\n\
                static COUNT: AtomicU64 = AtomicU64::new(0);\n\n// SAFETY: it only counts.\n\
                unsafe impl GlobalAlloc for Counting {\n    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {\n        \
                COUNT.fetch_add(1, Relaxed);\n        unsafe { System.alloc(layout) }\n    }\n    \
                unsafe fn dealloc(&self, at: *mut u8, layout: Layout) { unsafe { System.dealloc(at, layout) } }\n}\n\n\
                #[global_allocator]\nstatic COUNTING: Counting = Counting;\n\n\
                fn low(n: u32, most: Value<u64>) -> u8 {\n    if n % 1_000_000 == 999_999 {\n        \
                most.fetch_add(COUNT.load(Relaxed));\n    }\n    n as u8\n}\n\nfn peak_kb() -> u64 {\n    \
                let status = std::fs::read_to_string(\"/proc/self/status\").unwrap();\n    \
                let line = status.lines().find(|line| line.starts_with(\"VmHWM:\")).unwrap();\n    \
                line.split_whitespace().nth(1).unwrap().parse().unwrap()\n}\n```\n\n```yaml value\nmost: u64\n```\n\n\
                ```yaml pool\nworkers: 2\nmap: \"|n| low(n, most)\"\nover: 0..10_000_000_u32\nshow: [peak_kb(), most.get(), \
                COUNT.load(Relaxed)]\n```\n";
    let outcome = Run::new().notebook("a.md", text).args(["--record", "a.json"]).run().code(0);
    let record = outcome.record("a.json");
    let run = &record.cells.last().expect("cells").runs[0];
    let shown: Vec<u64> = run.results[1..].iter().map(|result| result.text.parse().expect("a number")).collect();
    assert!(run.results[0].text.starts_with("[0, 1, 2, 3"));
    assert_eq!(run.workers.iter().map(|worker| worker.tasks).sum::<u64>(), 10_000_000);
    assert!(shown[0] < 200 << 10, "main took {} KiB at its peak", shown[0]);
    assert!(shown[1] > 0 && shown[1] < 100_000, "ten looks at the allocations of a worker saw {} together", shown[1]);
    assert!(shown[2] > 0 && shown[2] < 100_000, "main allocated {} times", shown[2]);
}

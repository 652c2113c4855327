//! The storm: forks workers, kills them, sweeps behind them, and makes sure that the others come to their end.

use nbrun::shared::mapping::{Arena, Mapping};
use nbrun::shared::{WorkerId, clock};
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// All kills together, unless the environment says otherwise. The tests share them by percentages that add up to 100.
const KILLS: usize = 10_000;
/// How many workers a world sees at most, its first ones included.
pub const LIVES: usize = 80;
/// How many of them are killed.
const KILLS_A_ROUND: usize = 40;
/// How many live at a time.
const CREW: usize = 4;
/// How long the last workers of a round may take to end. They need milliseconds; a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Chance that can be repeated: SplitMix64.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Something shared, and what workers do with it.
pub trait World {
    /// A new one in empty memory.
    fn new(arena: &Arena, chance: &mut Chance) -> Self;

    /// The whole life of a worker: some hundred operations, or fewer if the world is [winding down](Self::wind_down).
    /// `role` is 0 or 1, so that a world can have two kinds of workers: as many are alive of the one as of the other.
    fn live(&self, me: WorkerId, role: usize, chance: &mut Chance);

    /// What the supervisor does when a worker has died.
    fn release_owned_by(&self, dead: WorkerId);

    /// Nobody is started any more, and `alive` are those of each role who are left. Called again and again until all have
    /// ended.
    fn wind_down(&self, _alive: [usize; 2]) {}

    /// Everybody has ended, and so many were killed: what must hold now, also that the world can still be used. Main has
    /// the number 0.
    fn check(&self, killed: usize);
}

struct Worker {
    number: WorkerId,
    role: usize,
    pid: Pid,
}

/// Kills `percent` of all kills in worlds of this kind.
pub fn storm<W: World>(percent: usize) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let kills = number("NBRUN_CHAOS_KILLS").map_or(KILLS, |kills| kills as usize) * percent / 100;
    let seed = number("NBRUN_CHAOS_SEED").unwrap_or_else(clock::now);
    // Shown if the test fails.
    println!("NBRUN_CHAOS_SEED={seed}");
    let mapping = Mapping::new(4096, 1 << 30).expect("shared memory");
    let mut chance = Chance(seed);
    let mut killed = 0;
    while killed < kills {
        // SAFETY: nobody who used the last world is alive, and it is not used again.
        unsafe { mapping.run.clear() };
        let world = W::new(&mapping.run, &mut chance);
        killed += Round { world: &world, workers: Vec::new(), lives: 0 }.run(&mut chance);
    }
    println!("{killed} workers were killed");
}

struct Round<'a, W> {
    world: &'a W,
    workers: Vec<Worker>,
    lives: WorkerId,
}

impl<W: World> Round<'_, W> {
    /// Lives through a round; gives how many were killed.
    fn run(mut self, chance: &mut Chance) -> usize {
        let mut killed = 0;
        for n in 0..CREW {
            self.start(n % 2, chance);
        }
        while killed < KILLS_A_ROUND && (self.lives as usize) < LIVES {
            sleep(Duration::from_micros(chance.below(400)));
            let victim = chance.below(self.workers.len() as u64) as usize;
            let role = self.workers[victim].role;
            killed += self.kill(victim);
            self.start(role, chance);
            // Who has come to its end makes place for another.
            for ended in self.ended() {
                if (self.lives as usize) < LIVES {
                    self.start(ended, chance);
                }
            }
        }
        // In every other round nobody follows on the last of a kind, who might make up for what a dead one left undone.
        if chance.below(2) == 0 {
            while let Some(last) = self.workers.iter().position(|worker| worker.role == 0) {
                sleep(Duration::from_micros(chance.below(400)));
                killed += self.kill(last);
            }
        }
        let since = Instant::now();
        while !self.workers.is_empty() {
            let alive = |role| self.workers.iter().filter(|worker| worker.role == role).count();
            self.world.wind_down([alive(0), alive(1)]);
            self.ended();
            if since.elapsed() > PATIENCE {
                let left: Vec<WorkerId> = self.workers.iter().map(|worker| worker.number).collect();
                self.workers.iter().for_each(|worker| _ = kill(worker.pid, Signal::SIGKILL));
                panic!("the workers {left:?} hang after {killed} others were killed");
            }
            sleep(Duration::from_micros(200));
        }
        self.world.check(killed);
        killed
    }

    /// Kills that one of the workers, and counts it, unless it had ended by itself.
    fn kill(&mut self, victim: usize) -> usize {
        let victim = self.workers.remove(victim);
        let _ = kill(victim.pid, Signal::SIGKILL);
        let status = waitpid(victim.pid, None).expect("a child of ours");
        self.on_worker_exit(&victim, status);
        usize::from(matches!(status, WaitStatus::Signaled(..)))
    }

    fn start(&mut self, role: usize, chance: &mut Chance) {
        self.lives += 1;
        let (number, seed) = (self.lives, chance.below(u64::MAX));
        // SAFETY: the child calls nothing but the world's functions, which allocate at most, and the C library keeps its
        // allocator usable in the child of a process with threads.
        match unsafe { fork() }.expect("a process") {
            ForkResult::Parent { child } => self.workers.push(Worker { number, role, pid: child }),
            ForkResult::Child => {
                // No worker outlives the test, however that ends.
                let _ = prctl::set_pdeathsig(Signal::SIGKILL);
                // What the test's own hook keeps of a panic ends with this process.
                std::panic::set_hook(Box::new(move |panic| {
                    let text = format!("NBRUN_CHAOS worker {number}, role {role}: {panic}\n");
                    let _ = nix::unistd::write(std::io::stderr(), text.as_bytes());
                }));
                let life = || self.world.live(number, role, &mut Chance(seed));
                let code = i32::from(catch_unwind(AssertUnwindSafe(life)).is_err());
                // SAFETY: _exit(2) does not return.
                unsafe { libc::_exit(code) }
            }
        }
    }

    /// The roles of those who have ended by themselves.
    fn ended(&mut self) -> Vec<usize> {
        let mut roles = Vec::new();
        for worker in std::mem::take(&mut self.workers) {
            match waitpid(worker.pid, Some(WaitPidFlag::WNOHANG)).expect("a child of ours") {
                WaitStatus::StillAlive => self.workers.push(worker),
                status => {
                    self.on_worker_exit(&worker, status);
                    roles.push(worker.role);
                }
            }
        }
        roles
    }

    fn on_worker_exit(&self, worker: &Worker, status: WaitStatus) {
        let well = matches!(status, WaitStatus::Signaled(_, Signal::SIGKILL, _) | WaitStatus::Exited(_, 0));
        assert!(well, "worker {} found something wrong, as it says above: {status:?}", worker.number);
        self.world.release_owned_by(worker.number);
    }
}

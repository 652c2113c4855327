//! What a job does, learnt from running it: for each history of answers, its next call.
//!
//! A job is deterministic: what it asks for next depends only on what it was told so far. So what it does is a tree. Its
//! code runs only where the tree has a gap; everything else is read off the tree, and thousands of interleavings cost
//! hardly more than the few different histories that they are made of.

use super::fiber::{self, Entry, Fiber, Panic, SideEffects, Stack, Turn};
use super::registry;
use super::rounds::{self, Question};
use super::{ExploreError, current};
use crate::abi;
use crate::host::{Answer, Call, Operation};
use std::collections::BTreeSet;

/// A place in a job's tree.
pub type NodeId = u32;

/// Where a job begins, and always has its first node.
pub const ROOT: NodeId = 0;

/// How a worker ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By a panic.
    Panicked(Panic),
    /// With the error that its job returned.
    Failed(String),
}

impl Ended {
    /// How a worker ended that has this exit code and did this aside.
    pub fn of(code: i32, effects: &mut SideEffects) -> Self {
        match (effects.failure.take(), effects.error.take()) {
            (Some(panic), _) => Self::Panicked(panic),
            (None, Some(error)) => Self::Failed(error),
            (None, None) => Self::Code(code),
        }
    }
}

/// What a worker does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It asks for something.
    Asks(Call),
    /// Nothing: it has ended.
    Ended(Ended),
}

/// A job after some history.
#[derive(Debug)]
pub struct Node {
    /// What it does next.
    pub next: Next,
    /// What it did aside since the last answer, if anything.
    effects: Option<Box<SideEffects>>,
    /// The calls of a loop that only asks, if it has gone round several times without any news.
    pub round: usize,
    /// Whether it holds something there that the loop itself takes and gives back.
    pub holds: bool,
    parent: NodeId,
    answer: Answer,
    children: Vec<(Answer, NodeId)>,
}

/// A job and all that is known of it.
pub struct Job {
    worker: u32,
    entry: Entry,
    /// The calls of its code before it begins, with their answers: those of a pool's main.
    before: Vec<(Call, Answer)>,
    nodes: Vec<Node>,
    /// The resources that it was seen to use: see [`Call::uses`].
    pub uses: BTreeSet<(u32, bool)>,
    /// The code under way, and the node that it has reached.
    running: Option<(Fiber, NodeId)>,
    stack: Option<Stack>,
}

impl Job {
    /// The job of a worker, begun twice: a job that does not even begin alike cannot be explored. It begins behind the
    /// calls `before`.
    ///
    /// # Errors
    /// Why it cannot be explored.
    pub fn new(worker: u32, entry: Entry, before: Vec<(Call, Answer)>) -> Result<Self, ExploreError> {
        let mut job =
            Self { worker, entry, before, nodes: Vec::new(), uses: BTreeSet::new(), running: None, stack: None };
        let (next, effects) = job.start()?;
        job.add(next, effects, ROOT, Answer::status(abi::OK));
        job.is_alone()?;
        let (again, _) = job.start()?;
        job.check(ROOT, &again)?;
        Ok(job)
    }

    fn add(&mut self, next: Next, effects: SideEffects, parent: NodeId, answer: Answer) -> NodeId {
        if let Next::Asks(call) = &next {
            self.uses.extend(call.uses());
        }
        self.nodes.push(Node {
            next,
            effects: effects.kept(),
            round: 0,
            holds: false,
            parent,
            answer,
            children: Vec::new(),
        });
        self.nodes.len() as NodeId - 1
    }

    /// Refuses a job that has threads of its own. Asked whenever it has come to a new place; at a known one it has none.
    fn is_alone(&self) -> Result<(), ExploreError> {
        if fiber::has_threads() { Err(ExploreError::OwnThreads { worker: self.worker }) } else { Ok(()) }
    }

    /// What is known of it at a node.
    #[inline]
    pub fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node as usize]
    }

    /// The call at a node, if the job has not ended there.
    #[inline]
    pub fn call(&self, node: NodeId) -> Option<Call> {
        match &self.node(node).next {
            Next::Asks(call) => Some(*call),
            Next::Ended(_) => None,
        }
    }

    /// The node before, where the job was not told its last answer yet.
    pub fn parent(&self, node: NodeId) -> NodeId {
        self.node(node).parent
    }

    /// What it did aside when it came to a node.
    pub fn effects(&self, node: NodeId) -> Option<&SideEffects> {
        self.node(node).effects.as_deref()
    }

    /// How much is known of it.
    pub fn known(&self) -> usize {
        self.nodes.len()
    }

    /// Forgets everything but how it begins. Nodes from before mean nothing any more.
    pub fn forget(&mut self) {
        self.nodes.truncate(1);
        self.nodes[0].children.clear();
        self.stack = self.running.take().and_then(|(fiber, _)| fiber.abandon());
    }

    /// What it did aside on the way to a node, the last first.
    pub fn asides(&self, node: NodeId) -> impl Iterator<Item = &SideEffects> {
        let before = |at: &NodeId| (*at != ROOT).then(|| self.parent(*at));
        std::iter::successors(Some(node), before).filter_map(|at| self.effects(at))
    }

    /// The calls on the way to a node with their answers, the last first.
    pub fn past(&self, node: NodeId) -> impl Iterator<Item = (Call, Answer)> {
        let mut at = node;
        std::iter::from_fn(move || {
            let answer = self.node(at).answer;
            let parent = self.node(at).parent;
            let call = self.call(parent).filter(|_| at != ROOT)?;
            at = parent;
            Some((call, answer))
        })
    }

    /// Where the job is when it is told `answer` at `node`.
    ///
    /// # Errors
    /// Why it cannot be explored, if that shows now.
    #[inline]
    pub fn told(&mut self, node: NodeId, answer: Answer) -> Result<NodeId, ExploreError> {
        let children = &self.node(node).children;
        if let Some((_, child)) = children.iter().find(|(known, _)| *known == answer) {
            return Ok(*child);
        }
        self.learn(node, answer)
    }

    /// Lets the code be told `answer` at `node`, where nobody has told it that before.
    #[cold]
    #[inline(never)]
    fn learn(&mut self, node: NodeId, answer: Answer) -> Result<NodeId, ExploreError> {
        self.go_to(node)?;
        let (next, effects) = self.resume(answer)?;
        self.is_alone()?;
        let child = self.add(next, effects, node, answer);
        self.nodes[node as usize].children.push((answer, child));
        if let Some((_, at)) = &mut self.running {
            *at = child;
        }
        let round = self.round(child);
        if round > 0 && self.goes_on(child, round)? {
            let calls: Vec<(Call, Answer)> = self.past(child).take(round).collect();
            (self.nodes[child as usize].round, self.nodes[child as usize].holds) = (round, rounds::holds(&calls));
        }
        Ok(child)
    }

    /// Brings the code to a node: it is there already, or it runs again from its beginning.
    fn go_to(&mut self, node: NodeId) -> Result<(), ExploreError> {
        if matches!(&self.running, Some((_, at)) if *at == node) {
            return Ok(());
        }
        let mut way = Vec::new();
        let mut at = node;
        while at != ROOT {
            way.push(at);
            at = self.node(at).parent;
        }
        let (next, _) = self.start()?;
        self.check(ROOT, &next)?;
        while let Some(at) = way.pop() {
            let (next, _) = self.resume(self.node(at).answer)?;
            self.check(at, &next)?;
        }
        if let Some((_, at)) = &mut self.running {
            *at = node;
        }
        Ok(())
    }

    /// Follows a whole history with the code itself, however much is known of it.
    ///
    /// # Errors
    /// If the code does not do what it did before.
    pub fn prove(&mut self, node: NodeId) -> Result<(), ExploreError> {
        if let Some((fiber, _)) = self.running.take() {
            self.stack = fiber.abandon();
        }
        self.go_to(node)
    }

    fn check(&self, node: NodeId, now: &Next) -> Result<(), ExploreError> {
        if self.node(node).next == *now {
            return Ok(());
        }
        let line = |next: &Next| match next {
            Next::Asks(call) => call.line,
            Next::Ended(_) => 0,
        };
        let line = [now, &self.node(node).next].into_iter().map(line).find(|line| *line > 0);
        Err(ExploreError::NotTheSame { worker: self.worker, line: line.unwrap_or(0) })
    }

    fn start(&mut self) -> Result<(Next, SideEffects), ExploreError> {
        if let Some((fiber, _)) = self.running.take() {
            self.stack = fiber.abandon();
        }
        let stack = match self.stack.take() {
            Some(stack) => stack,
            None => Stack::new().map_err(ExploreError::System)?,
        };
        let entry = self.entry;
        self.running = Some((Fiber::new(move || entry(), stack), ROOT));
        let mut answer = Answer::status(abi::OK);
        for n in 0..self.before.len() {
            // Until then it is main's code.
            let (next, _) = self.resume_as(0, answer)?;
            let (call, known) = self.before[n];
            if next != Next::Asks(call) {
                return Err(ExploreError::NotTheSame { worker: 0, line: call.line });
            }
            answer = known;
        }
        self.resume(answer)
    }

    fn resume(&mut self, answer: Answer) -> Result<(Next, SideEffects), ExploreError> {
        self.resume_as(self.worker, answer)
    }

    fn resume_as(&mut self, worker: u32, answer: Answer) -> Result<(Next, SideEffects), ExploreError> {
        let Some((fiber, _)) = &mut self.running else { return Err(ExploreError::System("no code".to_owned())) };
        current::become_worker(worker);
        let turn = fiber.resume(answer);
        let mut effects = fiber::take_aside();
        if registry::was_used() {
            return Err(ExploreError::UsesStd);
        }
        if fiber::was_called_from_outside() {
            return Err(ExploreError::OwnThreads { worker });
        }
        let next = match turn {
            Turn::Asks(Call { operation: Operation::End { code }, .. }) | Turn::Ended(code) => {
                Next::Ended(Ended::of(code, &mut effects))
            }
            Turn::Asks(call) => Next::Asks(call),
        };
        Ok((next, effects))
    }

    /// Whether a loop goes on and on if it is told the same again and again.
    fn goes_on(&mut self, node: NodeId, round: usize) -> Result<bool, ExploreError> {
        let mut calls: Vec<(Call, Answer)> = self.past(node).take(round).collect();
        calls.reverse();
        let mut goes_on = true;
        for (n, (_, answer)) in calls.iter().cycle().take(round * rounds::PROBED).enumerate() {
            let (next, _) = self.resume(*answer)?;
            goes_on = next == Next::Asks(calls[(n + 1) % round].0);
            if !goes_on {
                break;
            }
        }
        self.is_alone()?;
        // The code has gone elsewhere meanwhile.
        self.stack = self.running.take().and_then(|(fiber, _)| fiber.abandon());
        Ok(goes_on)
    }

    /// The number of calls in a loop that only asks, if its last rounds were all alike and another one begins here.
    fn round(&self, node: NodeId) -> usize {
        let Some(next) = self.call(node) else { return 0 };
        let past: Vec<Question> = self.past(node).take(rounds::SEEN).map(Question::of).collect();
        rounds::round(&past, &next)
    }
}

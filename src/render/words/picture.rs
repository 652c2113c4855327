//! What pictures say: what happened in them, what their marks mean, how to read them.

use super::marks::{Mark, Undrawn};
use super::{close, some, texts};
use crate::model::{Action, ScalarType, Span, SyncError, TaskOutcome, WaitCondition};
use crate::record::number::text;
use crate::render::units::count;

/// What an action is told with; what it does not need is empty.
#[derive(Debug)]
pub struct Did<'a> {
    /// What was used.
    pub name: &'a str,
    /// The same, with the index of an element.
    pub place: &'a str,
    /// The type of its numbers.
    pub of: ScalarType,
    /// What was printed.
    pub printed: &'a str,
    /// Who was joined.
    pub joined: &'a str,
}

texts! { self:
    /// Something whose name is not known.
    something_shared -> &'static str { "something shared", "某个共享的东西" }
    /// What somebody did, behind their name.
    did(action: Action, did: &Did) -> String {
        match action {
            Action::Sleep => "slept".to_owned(),
            Action::Print { .. } => format!("printed “{}”", did.printed),
            Action::Load { bits, .. } => format!("read {} from {}", text(did.of, bits), did.place),
            Action::Store { bits, .. } => format!("wrote {} to {}", text(did.of, bits), did.place),
            Action::Update { before, after } => {
                format!("changed {} from {} to {} in one step", did.name, text(did.of, before), text(did.of, after))
            }
            Action::LoadMany { start, count } => format!("read {} of {}", self.elements(start, count), did.name),
            Action::StoreMany { start, count } => format!("wrote {} of {}", self.elements(start, count), did.name),
            Action::Acquire => format!("acquired {}", did.name),
            Action::AcquireShared => format!("acquired {} to read", did.name),
            Action::Release => format!("released {}", did.name),
            Action::Put { item, .. } => format!("put item {item} into {}", did.name),
            Action::Get { item, .. } => format!("took item {item} from {}", did.name),
            Action::JoinQueue | Action::WaitEvent | Action::WaitNotified | Action::Meet { .. } => {
                format!("waited for {}", did.name)
            }
            Action::Close => format!("closed {}", did.name),
            Action::Set | Action::Notify { .. } => format!("signalled {}", did.name),
            Action::Clear => format!("cleared {}", did.name),
            Action::Spawn { .. } => format!("started {}", did.joined),
            Action::Park => "was parked".to_owned(),
            Action::Unpark { .. } => format!("unparked {}", did.joined),
            Action::WaitOnce => format!("waited until {} was initialized", did.name),
            Action::TakeTasks { first, count } => format!("claimed {count} tasks, from task {first} on"),
            Action::Task { index, outcome } => match outcome {
                TaskOutcome::Cut => format!("was ended in task {index}"),
                TaskOutcome::Failed => format!("failed at task {index}"),
                TaskOutcome::Done => format!("ran task {index}"),
            },
            Action::Open => "opened the start gate".to_owned(),
            Action::Join { .. } => format!("joined {}", did.joined),
            Action::GiveUp { reason: SyncError::Cancelled } => format!("waited without success for {}", did.name),
            Action::GiveUp { .. } => format!("gave up on {}", did.name),
            Action::Prepare => "ran the initializer".to_owned(),
        },
        match action {
            Action::Sleep => "睡眠".to_owned(),
            Action::Print { .. } => format!("打印了“{}”", did.printed),
            Action::Load { bits, .. } => format!("从 {} 读出 {}", did.place, text(did.of, bits)),
            Action::Store { bits, .. } => format!("把 {} 写入 {}", text(did.of, bits), did.place),
            Action::Update { before, after } => {
                format!("把 {} 从 {} 变成 {}，一步完成", did.name, text(did.of, before), text(did.of, after))
            }
            Action::LoadMany { start, count } => format!("读出 {} 的{}", did.name, self.elements(start, count)),
            Action::StoreMany { start, count } => format!("写入 {} 的{}", did.name, self.elements(start, count)),
            Action::Acquire => format!("拿到 {}", did.name),
            Action::AcquireShared => format!("拿到 {}，用来读", did.name),
            Action::Release => format!("归还 {}", did.name),
            Action::Put { item, .. } => format!("把元素 {item} 放进 {}", did.name),
            Action::Get { item, .. } => format!("从 {} 取出元素 {item}", did.name),
            Action::JoinQueue | Action::WaitEvent | Action::WaitNotified | Action::Meet { .. } => {
                format!("等待 {}", did.name)
            }
            Action::Close => format!("关闭 {}", did.name),
            Action::Set | Action::Notify { .. } => format!("向 {} 发出信号", did.name),
            Action::Clear => format!("清除 {}", did.name),
            Action::Spawn { .. } => format!("启动 {}", did.joined),
            Action::Park => "停下，等待被唤醒".to_owned(),
            Action::Unpark { .. } => format!("唤醒 {}", did.joined),
            Action::WaitOnce => format!("等到 {} 初始化完毕", did.name),
            Action::TakeTasks { first, count } => format!("从任务 {first} 起领取 {count} 个任务"),
            Action::Task { index, outcome } => match outcome {
                TaskOutcome::Cut => format!("做任务 {index} 时被结束"),
                TaskOutcome::Failed => format!("任务 {index} 失败"),
                TaskOutcome::Done => format!("完成任务 {index}"),
            },
            Action::Open => "打开起跑闸门".to_owned(),
            Action::Join { .. } => format!("等到 {} 结束", did.joined),
            Action::GiveUp { reason: SyncError::Cancelled } => format!("没有等到 {}", did.name),
            Action::GiveUp { .. } => format!("放弃等待 {}", did.name),
            Action::Prepare => "运行初始化".to_owned(),
        },
    }
    /// Elements of an array that are read or written at once.
    elements(first: u64, many: u64) -> String {
        match many {
            1 => format!("element {first}"),
            _ => format!("elements {first} to {}", first.saturating_add(many.saturating_sub(1))),
        },
        match many {
            1 => format!("元素 {first}"),
            _ => format!("元素 {first} 至 {}", first.saturating_add(many.saturating_sub(1))),
        },
    }
    /// How many steps each worker took, in a picture by steps.
    took_steps(took: &[(String, u64)]) -> String {
        {
            let took: Vec<String> = took.iter().map(|(who, steps)| format!("{who} took {}", self.steps(*steps))).collect();
            format!(
                "By steps and not by time: what a worker does comes one step after the last thing that it depends on. {}.",
                self.list(&took, 4)
            )
        },
        {
            let took: Vec<String> = took.iter().map(|(who, steps)| format!("{who} 用了 {}", self.steps(*steps))).collect();
            format!(
                "按步骤，而不是按时间：工人做的每件事，都在它所依赖的最后一件事之后的一步。{}。",
                self.list(&took, 4)
            )
        },
    }
    /// Why a run has no picture on a page that stays the same.
    no_steps(why: Undrawn) -> String {
        {
            let why = match why {
                Undrawn::Pool => "which worker takes which task differs from run to run",
                Undrawn::Threads => "what threads that a worker starts by itself depend on is not followed by steps",
                Undrawn::Dropped => "the trace reached its limit",
                Undrawn::Cut => "how far a worker comes within a time limit differs from run to run",
                Undrawn::Large => "too much happened to follow what depends on what",
                Undrawn::Unfit => "its events do not fit together",
            };
            format!("This run has no picture that would be the same every time: {why}.")
        },
        {
            let why = match why {
                Undrawn::Pool => "哪个工人领取哪个任务，每次运行都不同",
                Undrawn::Threads => "工人自己启动的线程，依赖关系没有按步骤跟踪",
                Undrawn::Dropped => "发生的事件超出了保留的上限",
                Undrawn::Cut => "在时间限制之内一个工人能走多远，每次运行都不同",
                Undrawn::Large => "事件太多，无法逐一跟踪它们的依赖",
                Undrawn::Unfit => "它的事件彼此对不上",
            };
            format!("这次运行没有每次都相同的图：{why}。")
        },
    }
    /// Which pictures are left out of a page that stays the same, and what workers came to in no order.
    left_out(of_workers: bool, of: &[String], contested: &[String]) -> String {
        {
            let of = if of.is_empty() { None } else { Some(format!("of {}", self.list(of, 12))) };
            let parts: Vec<String> = of_workers.then(|| "of the workers".to_owned()).into_iter().chain(of).collect();
            format!(
                "No picture {} is here, so that the page stays the same: several workers come to {} in an order that may \
                 differ from run to run.",
                parts.join(" and "), self.list(contested, 12)
            )
        },
        {
            let of = if of.is_empty() { None } else { Some(self.list(of, 12)) };
            let parts: Vec<String> = of_workers.then(|| "工人".to_owned()).into_iter().chain(of).collect();
            format!(
                "为了让这一页保持不变，这里{}：几个工人{}，每次运行都可能不同。",
                close(&["没有", &parts.join("、"), "的图"]), close(&["来到", &self.list(contested, 12), "的先后"])
            )
        },
    }
    /// For how long somebody did that, or waited before, behind it.
    took(action: Action, ns: u64) -> String {
        match (action, action.effect().span) {
            _ if ns == 0 => String::new(),
            (Action::Task { outcome: TaskOutcome::Failed | TaskOutcome::Cut, .. }, _) => {
                format!(" after {}", self.length(ns))
            }
            (_, Span::Sleeps | Span::Works) => format!(" for {}", self.length(ns)),
            (_, Span::GivesUp) if action.is_cut() => format!(" for {}", self.length(ns)),
            (_, Span::Moment | Span::Waits(_) | Span::Joins | Span::GivesUp) => {
                format!(" after waiting {}", self.length(ns))
            }
        },
        match action.effect().span {
            _ if ns == 0 => String::new(),
            Span::Sleeps | Span::Works => format!("，用时 {}", self.length(ns)),
            Span::Moment | Span::Waits(_) | Span::Joins | Span::GivesUp => format!("，等了 {}", self.length(ns)),
        },
    }
    /// When that was, behind it.
    at_time(ns: u64) -> String { format!(", at {}", self.moment(ns)), format!("，时刻 {}", self.moment(ns)) }
    /// What a worker waits for while it waits in this way, where there is little room.
    awaits(action: Action, name: &str) -> String {
        match action.effect().span {
            Span::Sleeps => "sleep".to_owned(),
            Span::Waits(WaitCondition::Item) => format!("waits for an item in {name}"),
            Span::Waits(WaitCondition::Room) => format!("waits for room in {name}"),
            Span::GivesUp if !action.is_cut() => format!("gave up on {name}"),
            Span::Joins => format!("joins {name}"),
            Span::Waits(
                WaitCondition::Time
                | WaitCondition::Lock
                | WaitCondition::Permit
                | WaitCondition::ItemsDone
                | WaitCondition::Event
                | WaitCondition::Notification
                | WaitCondition::Relock
                | WaitCondition::Parties
                | WaitCondition::Change
                | WaitCondition::Read
                | WaitCondition::Write
                | WaitCondition::Ended
                | WaitCondition::Unparked
                | WaitCondition::Initialized,
            )
            | Span::GivesUp
            | Span::Moment
            | Span::Works => format!("waits for {name}"),
        },
        match action.effect().span {
            Span::Sleeps => "睡眠".to_owned(),
            Span::Waits(WaitCondition::Item) => format!("等待 {name} 中的元素"),
            Span::Waits(WaitCondition::Room) => format!("等待 {name} 有空位"),
            Span::GivesUp if !action.is_cut() => format!("放弃 {name}"),
            Span::Joins => format!("等待 {name} 结束"),
            Span::Waits(
                WaitCondition::Time
                | WaitCondition::Lock
                | WaitCondition::Permit
                | WaitCondition::ItemsDone
                | WaitCondition::Event
                | WaitCondition::Notification
                | WaitCondition::Relock
                | WaitCondition::Parties
                | WaitCondition::Change
                | WaitCondition::Read
                | WaitCondition::Write
                | WaitCondition::Ended
                | WaitCondition::Unparked
                | WaitCondition::Initialized,
            )
            | Span::GivesUp
            | Span::Moment
            | Span::Works => format!("等待 {name}"),
        },
    }
    /// What a mark means.
    mark(mark: Mark) -> &'static str {
        match mark {
            Mark::Start => "starting",
            Mark::Work => "working",
            Mark::OnCore => "of that, on a core: as high as the part",
            Mark::Wait => "waiting for others",
            Mark::Sleep => "sleeping",
            Mark::Print => "printed a line",
            Mark::Gate => "all released at once",
            Mark::Task => "tasks",
            Mark::FailedTask => "a task that failed or was cut short",
            Mark::Chunk => "a chunk claimed at once",
            Mark::Idle => "ended: no task was left",
            Mark::Prepare => "the initializer",
            Mark::Put => "put an item",
            Mark::Get => "took an item",
            Mark::Way => "an item’s path",
            Mark::Depth => "number at that time",
            Mark::Read => "read",
            Mark::Write => "wrote",
            Mark::Lost => "overwrote what another had written",
            Mark::Curve => "the number over time",
            Mark::Held => "holding it",
            Mark::Handed => "what ended the wait",
            Mark::Signal => "sent the signal",
            Mark::Cleared => "cleared it",
            Mark::Met => "all parties arrived",
            Mark::Texture => "colour and texture: who wrote last",
            Mark::Thread => "a thread was started, or waited for",
        },
        match mark {
            Mark::Start => "启动中",
            Mark::Work => "工作中",
            Mark::OnCore => "其中在核心上：高度表示比例",
            Mark::Wait => "等待别人",
            Mark::Sleep => "睡眠",
            Mark::Print => "打印了一行",
            Mark::Gate => "同时放行",
            Mark::Task => "任务",
            Mark::FailedTask => "失败或中断的任务",
            Mark::Chunk => "一次领取的一块",
            Mark::Idle => "已结束：没有剩下的任务",
            Mark::Prepare => "初始化",
            Mark::Put => "放入元素",
            Mark::Get => "取出元素",
            Mark::Way => "元素的去向",
            Mark::Depth => "当时的数量",
            Mark::Read => "读",
            Mark::Write => "写",
            Mark::Lost => "覆盖了别人写入的值",
            Mark::Curve => "数值随时间的变化",
            Mark::Held => "持有",
            Mark::Handed => "等待由此结束",
            Mark::Signal => "发出信号",
            Mark::Cleared => "清除",
            Mark::Met => "全部到齐",
            Mark::Texture => "颜色和花纹：最后由谁写入",
            Mark::Thread => "启动线程，或等到其结束",
        },
    }
    /// The first of the steps on an axis.
    first_step -> &'static str { "step\u{a0}1", "第\u{a0}1\u{a0}步" }
    /// The name of the picture of a cell's workers, with its executor.
    timeline(cell: usize, executor: Option<&str>) -> String {
        {
            let executor = executor.map(|executor| format!(", executor {executor}")).unwrap_or_default();
            format!("Timeline of cell {cell}{executor}")
        },
        {
            let executor = executor.map(|executor| format!("，执行方式 {executor}")).unwrap_or_default();
            format!("单元 {cell} 的时间线{executor}")
        },
    }
    /// How to read that.
    timeline_about -> &'static str {
        "One lane for each worker, from left to right in time. The caption and the table of workers below say the same in \
         words.",
        "每个工人一条泳道，时间从左到右。下面的说明和工人的数据表用文字说明同样的内容。",
    }
    /// What the gate in it is.
    gate -> &'static str { "The start gate opens", "起跑闸门打开" }
    /// The same at the beginning of the axis.
    gate_tick -> &'static str { "gate", "闸门" }
    /// What stands above the costs of starting workers.
    start_cost -> &'static str { "start cost", "启动开销" }
    /// What starting a worker cost, beside its name.
    start_of(ns: u64) -> String { format!("start {}", self.length(ns)), format!("启动 {}", self.length(ns)) }
    /// Events that are drawn together, some of them as bars.
    binned(many: u64, has_bars: bool) -> String {
        format!(
            "{} events are closer than a pixel and are drawn together{}.",
            count(many),
            if has_bars { "; a bar is then as high as its share of the time" } else { "" }
        ),
        format!(
            "有 {}相距不到一个像素，画在了一起{}。",
            some(many, "个事件"),
            if has_bars { "；此时条的高度表示所占时间的比例" } else { "" }
        ),
    }
    /// Up to when all events are known.
    known_until(ns: u64) -> String {
        match ns {
            0 => " The trace reached its limit, so none of this is known in full.".to_owned(),
            _ => format!(
                " The trace reached its limit: only what was over by {} is known in full, and this picture and its numbers end \
                 there.",
                self.moment(ns)
            ),
        },
        match ns {
            0 => "发生的事件超出了保留的上限，所以这里没有完整的信息。".to_owned(),
            _ => format!(
                "发生的事件超出了保留的上限：只有 {} 之前的事件是完整的，这张图和它的数据到此为止。",
                self.moment(ns)
            ),
        },
    }
    /// Not all that workers did is drawn in their lanes.
    lanes_cut -> String {
        " The trace reached its limit, so later waits and tasks are missing here.".to_owned(),
        "发生的事件超出了保留的上限，所以这里缺少后来的等待和任务。".to_owned(),
    }
    /// A pool's worker that made place for another one.
    retired -> &'static str { "✓ retired", "✓ 退役" }
    /// Workers that are not drawn.
    without_lane(many: u64) -> String {
        format!("{} more workers have no lane here.", count(many)),
        format!("另有 {}没有画出泳道。", some(many, "个工人")),
    }
}

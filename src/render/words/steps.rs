//! What is said of single steps, of what they change, and of who waits for ever.

use super::{Words, close, some, texts};
use crate::model::{CallResult, StepCall};
use crate::model::{Operation, ResourceKind, StdKind, WaitCondition};
use crate::record::Content;
use crate::record::StateLabel;
use crate::record::explored::{Outcome, Stuck};

texts! { self:
    /// What a worker does.
    call(call: &StepCall) -> String {
        call.to_string(),
        match (call.operation, call.result) {
            (_, CallResult::Tasks(first, last)) if first == last => format!("领取任务 {first}"),
            (_, CallResult::Tasks(first, last)) => format!("领取任务 {first} 至 {last}"),
            (Operation::Complete { task }, _) => format!("完成任务 {task}"),
            (Operation::HangUp { receiver: true }, _) => close(&["丢弃", &call.name, "的接收端"]),
            (Operation::HangUp { receiver: false }, _) => close(&["丢弃", &call.name, "的最后一个发送端"]),
            (Operation::EndOnce { .. }, _) => close(&["", &call.name, "初始化完毕"]),
            (Operation::Release { .. }, _) if matches!(call.kind, Some(ResourceKind::Std(_))) => {
                close(&["释放", &call.name, "的守卫"])
            }
            (Operation::Load { .. }, _) if matches!(call.kind, Some(ResourceKind::Std(StdKind::Once))) => {
                close(&["询问", &call.name, "是否已初始化"])
            }
            (_, result) => format!("{}{}", call.text(), self.came(result)),
        },
    }
    /// What came of a call, behind it.
    came(came: CallResult) -> String {
        came.to_string(),
        match came {
            CallResult::Done
            | CallResult::Number(_)
            | CallResult::Flag(_)
            | CallResult::Count(_)
            | CallResult::Item
            | CallResult::Updated(..)
            | CallResult::Tasks(..) => "",
            CallResult::Waits => " … 开始等待",
            CallResult::Spurious => " → 无缘无故地醒来",
            CallResult::NotInTime => " → 没有等到",
            CallResult::Closed => " → 已关闭",
            CallResult::OwnerDied => " → 持有者已经结束",
            CallResult::Broken => " → 已损坏",
            CallResult::Failed => " → 出错",
        }
        .to_owned(),
    }
    /// What something shared holds.
    holds(held: &Content) -> String {
        held.to_string(),
        match held {
            Content::Nothing => String::new(),
            Content::Numbers(numbers, None) => numbers.clone(),
            Content::Numbers(numbers, Some(owner)) => format!("{numbers}，由 {owner} 持有"),
            Content::Many(numbers, all) => format!("{numbers}（共 {}）", some(*all, "个")),
            Content::Lock(owner, inside) => {
                let owner = owner.as_ref().map_or("空闲".to_owned(), |owner| format!("由 {owner} 持有"));
                if *inside == 0 { owner } else { format!("{owner}，{}在等待", some(*inside, "个")) }
            }
            Content::RwLock(Some(writer), _) => format!("{writer} 在写"),
            Content::RwLock(None, 0) => "空闲".to_owned(),
            Content::RwLock(None, readers) => format!("{}在读", some(*readers, "个工人")),
            Content::Permits(free) => format!("{}空闲", some(*free, "个")),
            Content::Event(true) => "已设置".to_owned(),
            Content::Event(false) => "未设置".to_owned(),
            Content::Barrier(come, of) => format!("{of} 个中 {}在等待", some(*come, "个")),
            Content::Broken => "已损坏".to_owned(),
            Content::Queue(items, closed) => format!("{}{}", some(*items, "个元素"), if *closed { "，已关闭" } else { "" }),
            Content::Waiting(inside) => format!("{}在等待", some(*inside, "个")),
            Content::Tasks(left, of) => format!("{of} 个中还剩 {}", some(*left, "个")),
        },
    }
    /// What a player says of a worker or of something shared.
    told(told: &StateLabel) -> String {
        told.text(|position| self.at_line(self.line(Some(position)))),
        match told {
            StateLabel::Nothing => String::new(),
            StateLabel::Next(call, None) | StateLabel::Did(call) => self.call(call),
            StateLabel::Next(call, at) => format!("{}{}", self.call(call), self.at_line(self.line(*at))),
            StateLabel::Waits(call, None) => close(&["等待", &self.call(call)]),
            StateLabel::Waits(call, at) => {
                format!("{}{}", close(&["等待", &self.call(call)]), self.at_line(self.line(*at)))
            }
            StateLabel::NotStarted => "还没有启动".to_owned(),
            StateLabel::NoTaskLeft => "已经结束：没有任务了".to_owned(),
            StateLabel::Ended(0) => "已经结束".to_owned(),
            StateLabel::Ended(code) => format!("已经结束，退出码 {code}"),
            StateLabel::Panicked(message) => format!("panic：{message}"),
            StateLabel::Failed(error) => format!("返回了错误：{error}"),
            StateLabel::CutOff => "程序结束时被中止".to_owned(),
            StateLabel::Holds(held) => self.holds(held),
        },
    }
    /// Who waits for ever for what, a sentence for each, with names between backticks.
    waits_for_ever(outcome: &Outcome, workers: &[String]) -> Vec<String> {
        outcome.stuck_sentences(workers, |position| format!(" at line {}", self.line(Some(position)))),
        outcome.stuck.iter().map(|stuck| waits(stuck, workers, self)).collect(),
    }
}

fn waits(stuck: &Stuck, workers: &[String], words: Words) -> String {
    let name = |worker: u32| workers.get(worker as usize).map_or("?", String::as_str);
    let Stuck { worker, awaits, name: of, holder, holds, position } = stuck;
    let at = position.map_or(String::new(), |at| format!("在第 {} 行", words.line(Some(at))));
    let what = match awaits {
        WaitCondition::Change => format!("一圈又一圈地等待 `{of}` 的变化"),
        WaitCondition::Time => "等待时间过去".to_owned(),
        WaitCondition::Lock | WaitCondition::Relock => format!("等待 `{of}`"),
        WaitCondition::Read => format!("等待读 `{of}`"),
        WaitCondition::Write => format!("等待写 `{of}`"),
        WaitCondition::Event => format!("等待 `{of}` 被设置"),
        WaitCondition::Permit => format!("等待 `{of}` 的许可"),
        WaitCondition::Room => format!("等待 `{of}` 有空位"),
        WaitCondition::Item => format!("等待 `{of}` 中的元素"),
        WaitCondition::ItemsDone => format!("等待 `{of}` 的元素处理完毕"),
        WaitCondition::Parties => format!("等待其他工人来到 `{of}`"),
        WaitCondition::Notification => format!("等待 `{of}` 的通知"),
        WaitCondition::Ended => format!("等待 `{of}` 结束"),
        WaitCondition::Unparked => "等待 `unpark()`".to_owned(),
        WaitCondition::Initialized => format!("等待 `{of}` 初始化完毕"),
    };
    let holder = holder.map_or(String::new(), |holder| format!("（由 `{}` 持有）", name(holder)));
    let holds: Vec<String> = holds.iter().map(|name| format!("`{name}`")).collect();
    let holds = if holds.is_empty() { String::new() } else { format!("，同时持有 {}", holds.join("、")) };
    format!("`{}` {at}{what}{holder}{holds}", name(*worker))
}

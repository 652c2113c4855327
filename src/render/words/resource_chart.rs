//! What is said of what a run's workers shared.

use super::{close, some, texts};
use crate::render::units::{count, ordinal, plural};

texts! { self:
    /// A thing of a kind by its name.
    called(kind: &str, name: &str) -> String { format!("{kind} {name}"), close(&[kind, name]) }
    /// The line above a picture that is folded.
    in_a_picture(what: &str) -> String { format!("{what} in a picture"), close(&[what, "的图"]) }
    /// A picture whose name stands beside it.
    the_picture -> &'static str { "picture", "图" }
    /// The lanes of a run.
    the_timeline -> &'static str { "the timeline", "时间线" }
    /// The line above a table of numbers.
    in_numbers(what: &str) -> String { format!("{what} in numbers"), close(&[what, "的数据"]) }
    /// The name of a picture.
    in_cell(what: &str, cell: usize) -> String { format!("{what} in cell {cell}"), close(&[&format!("单元 {cell} 中的"), what]) }
    /// A part of it from nearby.
    near_by(title: &str) -> String { format!("{title}, from nearby"), format!("{title}，局部放大") }
    /// What is shared and not drawn.
    not_drawn(many: usize, names: &[String]) -> String {
        format!("Of what is shared, {} are not drawn: {}.", plural(many as u64, "thing"), self.list(names, 12)),
        format!("共享的东西中有 {}没有画出：{}。", some(many as u64, "个"), self.list(names, 12)),
    }
    /// A limit at the side of a picture.
    limit(most: u64) -> String { format!("max\u{a0}{most}"), format!("上限\u{a0}{most}") }
    /// Beside the marks of lost updates.
    overwritten -> &'static str { "overwritten", "被覆盖" }
    /// Who waited for how long.
    who_waited(waits: &[(String, u64)]) -> String {
        match waits {
            [] => " No worker had to wait.".to_owned(),
            _ => format!(" Waited: {}.", self.each_waited(waits)),
        },
        match waits {
            [] => "谁也没有等待。".to_owned(),
            _ => format!("等待的时间：{}。", self.each_waited(waits)),
        },
    }
    /// Names, each with how long it waited.
    each_waited(waits: &[(String, u64)]) -> String {
        self.list(&waits.iter().map(|(who, ns)| format!("{who} {}", self.length(*ns))).collect::<Vec<_>>(), 4),
        self.list(&waits.iter().map(|(who, ns)| format!("{who} {}", self.length(*ns))).collect::<Vec<_>>(), 4),
    }

    /// How to read the picture of a value.
    value_about -> &'static str {
        "From left to right, step by step: the strip in the middle has the number; above and below it, each worker has its \
         reads, which are hollow, and its writes, which are full. The caption and the table below say the same in words.",
        "从左到右，一步一步：中间的长条是数值；上面和下面是各个工人的读（空心）和写（实心）。下面的说明和表用文字讲述同样的内容。",
    }
    /// How often a value was read, written, and added to in one step.
    value_uses(name: &str, reads: u64, writes: u64, additions: u64) -> String {
        {
            let added = if additions == 1 { "in one step" } else { "each in one step" };
            let parts = [(reads, "read", ""), (writes, "written", ""), (additions, "added to", added)];
            let part = |(many, what, how): (u64, &str, &str)| {
                let how = if how.is_empty() { String::new() } else { format!(" ({how})") };
                format!("{what} {}{how}", self.times(many))
            };
            let parts: Vec<String> = parts.into_iter().filter(|(many, ..)| *many > 0).map(part).collect();
            format!("{name} was {}", self.list(&parts, 3))
        },
        {
            let parts = [(reads, "读"), (writes, "写"), (additions, "一步完成的加法")];
            let parts: Vec<String> = parts.into_iter().filter(|(many, _)| *many > 0)
                .map(|(many, what)| format!("{what} {}", self.times(many))).collect();
            format!("{name}：{}", self.list(&parts, 3))
        },
    }
    /// What could be a title, as a sentence.
    sentence(text: &str) -> String { format!("{text}."), format!("{text}。") }
    /// How one of the writes that lost an update did so: who had read what, then who else wrote what, and what was written over it.
    value_loss(who: &str, read: &str, other: (&str, &str), wrote: &str, step: u64) -> String {
        format!(
            " {who} had read {read}, then {} wrote {}, and {who} wrote {wrote} over it (step {}).",
            other.0, other.1, count(step)
        ),
        format!("{who} 读到 {read} 之后，{} 写入了 {}，{who} 又用 {wrote} 把它覆盖（第 {} 步）。", other.0, other.1, count(step)),
    }
    /// Of how many accesses an order is known, and of how many others not.
    value_unordered(known: u64, others: u64) -> String {
        match (known, others) {
            (_, 0) => " Something that is not noted here wrote it, too.".to_owned(),
            (0, _) => " The order of the accesses is not known: none was found that fits all their numbers and times.".to_owned(),
            _ => format!(
                " Only the order of the first {} is known: none was found for the other {} that fits all their numbers and \
                 times, and so they are not drawn.",
                if known == 1 { "access".to_owned() } else { format!("{} accesses", count(known)) }, count(others)
            ),
        },
        match (known, others) {
            (_, 0) => "还有这里没有记录的写入。".to_owned(),
            (0, _) => "访问的先后无法得知：没有找到一种顺序，与所有的数值和时间都相符。".to_owned(),
            _ => format!(
                "只知道前 {}访问的先后；其余 {}没有找到与数值和时间都相符的顺序，所以没有画出。",
                some(known, "次"), some(others, "次")
            ),
        },
    }
    /// What a picture from nearby shows.
    value_part(shown: u64, all: u64, from: u64) -> String {
        format!(
            " The lower picture shows {} of the {} accesses step by step, from the {} on.",
            count(shown), count(all), ordinal(from)
        ),
        format!("下图逐步显示 {}访问中的 {}，从第 {} 次开始。", some(all, "次"), some(shown, "次"), count(from)),
    }
    /// The columns of a value's table.
    value_columns -> &'static [&'static str] {
        &["read", "wrote", "added in one step", "overwrote another’s", "waited for its lock"],
        &["读", "写", "一步加法", "覆盖别人", "等待它的锁"],
    }

    /// How to read the picture of an array.
    array_about -> &'static str {
        "A line for each element, from left to right step by step, in the texture of the worker that wrote it last. The \
         caption and the table below say the same in words.",
        "每个元素一行，从左到右一步一步，花纹表示最后写入它的工人。下面的说明和表用文字讲述同样的内容。",
    }
    /// Nobody wrote an array.
    array_unwritten(name: &str, reads: u64) -> String {
        {
            let were = if reads == 1 { "was" } else { "were" };
            format!("Nobody wrote an element of {name}; {} {were} noted", plural(reads, "read"))
        },
        format!("没有谁写过 {name} 的元素；记录到的读 {}", some(reads, "次")),
    }
    /// Who wrote elements how often, and who wrote how many of them last.
    array_writes(name: &str, shares: &[(String, u64)], owners: &[(String, u64)]) -> String {
        {
            let shares: Vec<String> = shares.iter().map(|(who, many)| format!("{who} {}", self.times(*many))).collect();
            let owners: Vec<String> = owners.iter().map(|(who, many)| format!("{} by {who}", count(*many))).collect();
            format!("Elements of {name} were written by {}. Last words: {}.", self.list(&shares, 4), self.list(&owners, 4))
        },
        {
            let shares: Vec<String> = shares.iter().map(|(who, many)| format!("{who} {}", some(*many, "次"))).collect();
            let owners: Vec<String> = owners.iter().map(|(who, many)| format!("{who} {}", some(*many, "个"))).collect();
            format!("写入 {name} 的元素：{}。最后写入的元素：{}。", self.list(&shares, 4), self.list(&owners, 4))
        },
    }
    /// Who wrote how many elements.
    array_owners(owners: &[(String, u64)]) -> String {
        {
            let one = |(who, many): &(String, u64)| format!("{} by {who}", count(*many));
            format!("Written: {}.", self.list(&owners.iter().map(one).collect::<Vec<_>>(), 4))
        },
        {
            let one = |(who, many): &(String, u64)| format!("{who} {}", some(*many, "个"));
            format!("写入的元素：{}。", self.list(&owners.iter().map(one).collect::<Vec<_>>(), 4))
        },
    }
    /// How many elements nobody wrote; nothing if there is none.
    array_untouched(many: u64) -> String {
        if many == 0 { String::new() } else { format!(" Nobody wrote to {}.", plural(many, "element")) },
        if many == 0 { String::new() } else { format!("有 {}没有谁写过。", some(many, "个元素")) },
    }
    /// So many elements of which the order of the writes is not known.
    array_unordered(many: u64) -> String {
        format!(
            " The order of the writes to {} is not known: none was found that fits all that was read, and so they are not drawn.",
            plural(many, "element")
        ),
        format!("有 {}的写入先后无法得知：没有找到与所有读数都相符的顺序，所以没有画出。", some(many, "个元素")),
    }
    /// A line of the picture has several elements.
    array_shared(many: u64, is_mixed: bool) -> String {
        {
            let grey = if is_mixed { ", grey where several workers wrote them" } else { "" };
            format!(" A line stands for {}{grey}.", plural(many, "neighbour"))
        },
        {
            let grey = if is_mixed { "，灰色表示它们出自几个工人" } else { "" };
            format!("图中一行代表相邻的 {}{grey}。", some(many, "个元素"))
        },
    }
    /// The columns of an array's table.
    array_columns -> &'static [&'static str] {
        &["reads", "writes", "elements written", "waited for its lock"],
        &["读的次数", "写的次数", "写过的元素", "等待它的锁"],
    }
    /// From one index to another.
    range(low: u64, high: u64) -> String { format!("{low} to {high}"), format!("{low} 至 {high}") }

    /// How to read the picture of a lock.
    lock_about -> &'static str {
        "A row for each worker, from left to right in time: full while it held the lock, hatched while it waited for it. \
         The caption and the table below say the same in words.",
        "每个工人一行，时间从左到右：实心表示持有锁，斜线表示等待锁。下面的说明和表用文字讲述同样的内容。",
    }
    /// How to read the picture of a read-write lock.
    rwlock_about -> &'static str {
        "A row for each worker, from left to right in time: full while it held the lock, hatched while it waited for it. \
         Workers that only read hold it at the same time. The caption and the table below say the same in words.",
        "每个工人一行，时间从左到右：实心表示持有锁，斜线表示等待锁。只读的工人可以同时持有它。下面的说明和表用文字讲述同样的内容。",
    }
    /// What somebody did with a lock, for a mark.
    held(who: &str, name: &str, ns: u64, from_ns: u64, is_shared: bool) -> String {
        {
            let to_read = if is_shared { " to read" } else { "" };
            format!("{who} held {name}{to_read} for {}, from {} on", self.length(ns), self.moment(from_ns))
        },
        {
            let to_read = if is_shared { "（只读）" } else { "" };
            format!("{who} 从 {} 起持有 {name}{to_read}，共 {}", self.moment(from_ns), self.length(ns))
        },
    }
    /// Who held a lock or permits of a semaphore: for how long, and in how many turns.
    lock_holders(name: &str, permits: Option<u32>, holders: &[(String, u64, u64)]) -> String {
        {
            let one = |(who, ns, turns): &(String, u64, u64)| {
                let turns = if *turns == 1 { String::new() } else { format!(" in {}", plural(*turns, "turn")) };
                format!("{who} for {}{turns}", self.length(*ns))
            };
            let list = self.list(&holders.iter().map(one).collect::<Vec<_>>(), 3);
            match permits {
                _ if holders.is_empty() => format!("Nobody held {name}."),
                None => format!("{name} was held by {list}."),
                Some(1) => format!("The permit of {name} was held by {list}."),
                Some(permits) => format!("At least one of {} of {name} was held by {list}.", plural(permits.into(), "permit")),
            }
        },
        {
            let one = |(who, ns, turns): &(String, u64, u64)| {
                let turns = if *turns == 1 { String::new() } else { format!("（{}）", some(*turns, "次")) };
                format!("{who} {}{turns}", self.length(*ns))
            };
            let list = self.list(&holders.iter().map(one).collect::<Vec<_>>(), 3);
            match permits {
                _ if holders.is_empty() => format!("没有谁持有 {name}。"),
                None => format!("持有 {name} 的时间：{list}。"),
                Some(1) => format!("持有 {name} 的许可的时间：{list}。"),
                Some(permits) => format!("持有 {name} 至少一个许可（共 {}）的时间：{list}。", some(permits.into(), "个")),
            }
        },
    }
    /// Who gave the signals of a semaphore, and who took them, each how often.
    signalled(name: &str, givers: &[(String, u64)], takers: &[(String, u64)]) -> String {
        {
            let list = |of: &[(String, u64)]| {
                let of: Vec<String> = of.iter().map(|(who, many)| format!("{who} {}", self.times(*many))).collect();
                self.list(&of, 3)
            };
            let released = if givers.is_empty() { "released by nobody".to_owned() } else { format!("released by {}", list(givers)) };
            let taken = if takers.is_empty() { "taken by nobody".to_owned() } else { format!("taken by {}", list(takers)) };
            format!("{name} is a signal, which nobody holds: {released}, {taken}.")
        },
        {
            let list = |of: &[(String, u64)]| {
                let of: Vec<String> = of.iter().map(|(who, many)| format!("{who} {}", self.times(*many))).collect();
                self.list(&of, 3)
            };
            let released = if givers.is_empty() { "没有谁释放".to_owned() } else { format!("释放的是 {}", list(givers)) };
            let taken = if takers.is_empty() { "没有谁取得".to_owned() } else { format!("取得的是 {}", list(takers)) };
            format!("{name} 是一个信号，谁也不持有它：{released}，{taken}。")
        },
    }
    /// The columns of a signal's table.
    signal_columns -> &'static [&'static str] { &["took it", "waited", "released it"], &["取得", "等待时间", "释放"] }
    /// The columns of a lock's table.
    lock_columns -> &'static [&'static str] {
        &["held it, times", "in all", "at the longest", "waited for it"],
        &["持有次数", "总共", "最长", "等待"],
    }
    /// The columns of a semaphore's table, behind the worker.
    permit_columns -> &'static [&'static str] {
        &["took a permit", "gave one back", "held any, in all", "at the longest", "waited for one"],
        &["拿走许可", "归还许可", "持有的时间总共", "最长", "等待"],
    }
    /// Who never gave a lock back, or how many permits of a semaphore; nothing if nobody did so.
    never_given_back(kept: &[(String, u64)], are_permits: bool) -> String {
        {
            let one = |(who, many): &(String, u64)| match are_permits {
                true => format!("{} by {who}", plural(*many, "permit")),
                false => who.clone(),
            };
            let list = self.list(&kept.iter().map(one).collect::<Vec<_>>(), 3);
            match are_permits {
                _ if kept.is_empty() => String::new(),
                true => format!(" Never given back: {list}."),
                false => format!(" {list} never gave it back."),
            }
        },
        {
            let one = |(who, many): &(String, u64)| match are_permits {
                true => format!("{who} {}", some(*many, "个许可")),
                false => who.clone(),
            };
            let list = self.list(&kept.iter().map(one).collect::<Vec<_>>(), 3);
            match are_permits {
                _ if kept.is_empty() => String::new(),
                true => format!("从未归还：{list}。"),
                false => close(&[&list, "从未归还它。"]),
            }
        },
    }

    /// How to read the picture of an event or a barrier.
    meet_about -> &'static str {
        "A row for each worker, from left to right in time: hatched while it waited. The caption and the table below say \
         the same in words.",
        "每个工人一行，时间从左到右：斜线表示等待。下面的说明和表用文字讲述同样的内容。",
    }
    /// Who set an event, and when it was first set.
    event_set(name: &str, givers: &[String], first_ns: Option<u64>) -> String {
        match first_ns {
            Some(ns) => format!("{name} was set by {}, first at {}.", self.list(givers, 3), self.moment(ns)),
            None => format!("Nobody set {name}."),
        },
        match first_ns {
            Some(ns) => close(&[&self.list(givers, 3), &format!("触发了 {name}，第一次在 {}。", self.moment(ns))]),
            None => format!("没有谁触发 {name}。"),
        },
    }
    /// Who cleared an event, each how often; nothing if nobody did.
    event_cleared(clears: &[(String, u64)]) -> String {
        {
            let one = |(who, times): &(String, u64)| match times {
                1 => who.clone(),
                _ => format!("{who} ({})", plural(*times, "time")),
            };
            let list = self.list(&clears.iter().map(one).collect::<Vec<_>>(), 3);
            if clears.is_empty() { list } else { format!(" It was cleared by {list}.") }
        },
        {
            let one = |(who, times): &(String, u64)| match times {
                1 => who.clone(),
                _ => format!("{who}（{}）", some(*times, "次")),
            };
            let list = self.list(&clears.iter().map(one).collect::<Vec<_>>(), 3);
            if clears.is_empty() { list } else { close(&[&list, "清除了它。"]) }
        },
    }
    /// How often so many met at a barrier.
    barrier_met(name: &str, parties: u64, meetings: u64) -> String {
        match meetings {
            0 => format!("{name} never had all of the {} that it waits for.", self.workers(parties)),
            1 => format!("{} met at {name} once.", self.workers(parties)),
            _ => format!("{} met at {name} {}.", self.workers(parties), self.times(meetings)),
        },
        match meetings {
            0 => format!("{name} 要等 {}，他们从未到齐。", self.workers(parties)),
            1 => format!("{}在 {name} 会合了一次。", self.workers(parties)),
            _ => format!("{}在 {name} 会合了 {}。", self.workers(parties), some(meetings, "次")),
        },
    }
    /// The columns of an event's or a barrier's table.
    meet_columns -> &'static [&'static str] {
        &["waits", "waiting time", "signals"],
        &["来等待", "等待时间", "发出信号"],
    }
    /// The columns of a barrier's table, behind the worker.
    barrier_columns -> &'static [&'static str] { &["came", "waiting time"], &["来到", "等待时间"] }
    /// The columns of the table of an event that was cleared, behind the worker.
    clearing_columns -> &'static [&'static str] {
        &["waits", "waiting time", "signals", "cleared it"],
        &["来等待", "等待时间", "发出信号", "清除"],
    }
}

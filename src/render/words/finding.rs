//! What stands above a picture: the one thing that it shows.

use super::{close, some, texts};
use crate::render::units::{count, plural};

/// How many workers were at work at once, for the title of their lanes.
#[derive(Debug, Clone, Copy)]
pub struct Together {
    /// How many there were.
    pub workers: usize,
    /// How many of them were at work at once.
    pub most: usize,
    /// For how long, and of how long.
    pub most_ns: u64,
    /// How long it took in all.
    pub whole_ns: u64,
}

/// The waits at one end of a queue: how many, and how long together.
type Waits = (u64, u64);

texts! { self:
    /// A small number as a word, for the beginning of a line.
    number(many: usize) -> String {
        {
            const WORDS: [&str; 13] = [
                "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            ];
            WORDS.get(many).map_or_else(|| count(many as u64), |word| (*word).to_owned())
        },
        count(many as u64),
    }
    /// Workers of which each began when the one before had ended.
    in_turns(whole_ns: u64) -> String {
        format!("One after another, in {}", self.length(whole_ns)),
        format!("一个接一个，共 {}", self.length(whole_ns)),
    }
    /// Workers that slept side by side, all of them for so long.
    asleep(workers: usize, asleep_ns: u64) -> String {
        match workers {
            2 => format!("Both asleep at once, for {}", self.length(asleep_ns)),
            _ => format!("All {} asleep at once, for {}", self.number(workers), self.length(asleep_ns)),
        },
        format!("{}同时在睡眠，共 {}", some(workers as u64, "个工人"), self.length(asleep_ns)),
    }
    /// How many workers were at work at once.
    together(found: Together) -> String {
        {
            let Together { workers, most, most_ns, whole_ns } = found;
            let of = if most_ns >= whole_ns - whole_ns / 100 { String::new() } else { format!(" of {}", self.length(whole_ns)) };
            let time = format!("for {}{of}", self.length(most_ns));
            match most {
                0 => format!("Nobody at work for long: {} of waiting or sleep", self.length(whole_ns)),
                1 => format!("Never two at work at once, in {}", self.length(whole_ns)),
                2 if workers == 2 => format!("Both at once, {time}"),
                _ if most == workers => format!("All {} at once, {time}", self.number(workers)),
                _ => {
                    let most = self.number(most);
                    let capital = most.chars().next().map_or(String::new(), |first| first.to_uppercase().collect());
                    let rest = most.get(1..).unwrap_or("");
                    format!("{capital}{rest} of {} at once, {time}", self.number(workers))
                }
            }
        },
        {
            let Together { workers, most, most_ns, whole_ns } = found;
            let of = if most_ns >= whole_ns - whole_ns / 100 { String::new() } else { format!("（全程 {}）", self.length(whole_ns)) };
            let time = format!("{}{of}", self.length(most_ns));
            match most {
                0 => format!("几乎没有谁在工作：等待或睡眠了 {}", self.length(whole_ns)),
                1 => format!("从来没有两个同时在工作，共 {}", self.length(whole_ns)),
                _ if most == workers => format!("{}同时在工作，共 {time}", some(workers as u64, "个工人")),
                _ => format!(
                    "{}中有 {}同时在工作，共 {time}", some(workers as u64, "个工人"), some(most as u64, "个")
                ),
            }
        },
    }
    /// One of a pool's workers did everything.
    did_all(who: &str, tasks: u64) -> String {
        format!("{who} did all {}", plural(tasks, "task")),
        close(&[who, &format!("做了全部 {}", some(tasks, "个任务"))]),
    }
    /// What a picture would show, before that it is there: both are HTML.
    said_of(finding: &str, picture: &str) -> String {
        format!("<span class=\"brief\">{finding} · </span>{picture}"),
        format!("<span class=\"brief\">{finding} · </span>{picture}"),
    }
    /// Nobody waited for something.
    nobody_waited_for(name: &str) -> String {
        format!("Nobody had to wait for {name}"),
        format!("谁也没有等待 {name}"),
    }
    /// Who waited longest for something, and what part of its time that was.
    waited_longest(who: &str, name: &str, ns: u64, part: &str) -> String {
        format!("{who} waited longest for {name}: {}, {part} of its time", self.length(ns)),
        close(&[who, "等待", name, &format!("最久：{}，占它时间的 {part}", self.length(ns))]),
    }
    /// Who waited for something.
    waited_for(who: &str, name: &str, ns: u64) -> String {
        format!("{who} waited {} for {name}", self.length(ns)),
        close(&[who, "等待", &format!("{name}：{}", self.length(ns))]),
    }
    /// What part of the time a lock was held by anybody, or no permit of a semaphore was free.
    held_part(name: &str, are_permits: bool, part: &str) -> String {
        if are_permits { format!("No permit of {name} was free for {part} of the time") } else { format!("{name} was held for {part} of the time") },
        if are_permits { format!("{part} 的时间里 {name} 没有空闲的许可") } else { format!("{name} 有 {part} 的时间被持有") },
    }
    /// Who ended the waits for something.
    woken_by(name: &str, givers: &[String]) -> String {
        match givers {
            [] => format!("Nobody ended a wait for {name}"),
            givers => format!("{} ended the waits for {name}", self.list(givers, 3)),
        },
        match givers {
            [] => format!("没有谁结束对 {name} 的等待"),
            givers => close(&[&self.list(givers, 3), "结束了对", name, "的等待"]),
        },
    }
    /// Who came last to a barrier, how often, and at how many meetings.
    came_last(who: &str, name: &str, times: u64, meetings: u64) -> String {
        match (times, meetings) {
            (1, 1) => format!("{who} came last to {name}"),
            _ if times == meetings => format!("{who} came last to {name}, all {} times", count(meetings)),
            _ => format!("{who} came last to {name}, {} of {} times", count(times), count(meetings)),
        },
        match (times, meetings) {
            (1, 1) => close(&[who, "最后到达", name]),
            _ if times == meetings => close(&[who, &format!("{} 次都最后到达", count(meetings)), name]),
            _ => close(&[who, &format!("{} 次中有 {} 次最后到达", count(meetings), count(times)), name]),
        },
    }
    /// For whom the others waited longest at a barrier, where nobody came last most often.
    kept_waiting(who: &str, name: &str) -> String {
        format!("{who} kept the others waiting longest at {name}"),
        close(&[who, "在", name, "让其他工人等得最久"]),
    }
    /// Of a queue: nothing came into it, or nothing out of it.
    queue_stood_still(name: &str, puts: u64) -> String {
        if puts == 0 { format!("Nothing went through {name}") } else { format!("Nobody took anything from {name}") },
        if puts == 0 { format!("没有任何元素经过 {name}") } else { format!("没有谁从 {name} 取过元素") },
    }
    /// Who waited at the two ends of a queue.
    queue_finding(name: &str, put: Waits, get: Waits, limited: bool) -> String {
        {
            let room = if limited { format!("for room in {name}") } else { format!("for one another at {name}") };
            match (put, get) {
                ((0, _), (0, _)) => format!("Nobody had to wait for {name}"),
                ((0, _), (_, gets)) => format!("Consumers waited {} for items of {name}, producers never", self.length(gets)),
                ((_, puts), (0, _)) => format!("Producers waited {} {room}, consumers never", self.length(puts)),
                ((_, puts), (_, gets)) => {
                    format!("Producers waited {} {room}, consumers {} for items", self.length(puts), self.length(gets))
                }
            }
        },
        {
            let room = if limited { format!("等待 {name} 的空位") } else { format!("在 {name} 上等待彼此") };
            match (put, get) {
                ((0, _), (0, _)) => format!("谁也没有等待 {name}"),
                ((0, _), (_, gets)) => format!("取的一方等待 {name} 的元素共 {}，放的一方从不等待", self.length(gets)),
                ((_, puts), (0, _)) => format!("放的一方{room}共 {}，取的一方从不等待", self.length(puts)),
                ((_, puts), (_, gets)) => {
                    format!("放的一方{room}共 {}，取的一方等待元素共 {}", self.length(puts), self.length(gets))
                }
            }
        },
    }
    /// How many writes to a number, or to numbers, lost an update of another worker.
    losses_finding(name: &str, lost: u64, writes: u64) -> String {
        format!("{} of {} to {name} overwrote another worker’s update", count(lost), plural(writes, "write")),
        format!("对 {name} 的 {}写入中有 {}覆盖了别人的更新", some(writes, "次"), some(lost, "次")),
    }
    /// No write to something that several wrote lost an update.
    no_loss_finding(name: &str) -> String {
        format!("No write to {name} overwrote another worker’s update"),
        format!("对 {name} 的写入没有覆盖别人的更新"),
    }
    /// Each element that was written was written once: by so many workers, each as many as this, if all the same.
    one_each(name: &str, workers: u64, each: Option<u64>) -> String {
        match (workers, each) {
            (1, _) => format!("One worker wrote to {name}, and no element twice"),
            (_, Some(1)) => format!("{} wrote an element each of {name}, and nobody overwrote anybody", self.workers(workers)),
            (_, Some(each)) => {
                format!("{} wrote {} elements each of {name}, and nobody overwrote anybody", self.workers(workers), count(each))
            }
            (_, None) => format!("{} wrote {name}, and nobody overwrote anybody", self.workers(workers)),
        },
        match (workers, each) {
            (1, _) => format!("一个工人写了 {name}，没有元素写过两次"),
            (_, Some(each)) => {
                format!("{}各写了 {name} 的 {}，谁也没有覆盖谁", self.workers(workers), some(each, "个元素"))
            }
            (_, None) => format!("{}写了 {name}，谁也没有覆盖谁", self.workers(workers)),
        },
    }
    /// Who had the last word on most of the elements that were written.
    last_word(name: &str, who: &str, many: u64, written: u64) -> String {
        format!("{who} had the last word on {} of {} of {name}", count(many), plural(written, "element")),
        close(&[who, &format!("最后写入了 {name} 的 {}中的 {}", some(written, "个元素"), some(many, "个"))]),
    }
    /// Who waited until an event was set, and by whom it was.
    waited_until_set(who: &str, ns: u64, giver: &str, name: &str) -> String {
        format!("{who} waited {} until {giver} set {name}", self.length(ns)),
        close(&[who, &format!("等了 {}，直到", self.length(ns)), giver, "触发", name]),
    }
}
